"""Told to stop at twenty random moments, runs end with 75, and resumed they end where an uninterrupted one does."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from training.run import signals
from training.tracking.jsonl import read

SETTINGS = (
    "paradigm=snn", "paradigm.hidden=[4]", "paradigm.time_steps=2", "tracking=[jsonl]", "resume=true",
    "trainer.steps=300", "trainer.batch_size=16", "trainer.log_every=7", "trainer.eval_every=10",
    "trainer.checkpoint_every=11", "probes.every=20", "probes.timing_repeats=2",
)  # fmt: skip
# Of a process that nohup started, the children are deaf to it too.
SIGNALS = [one for one in signals.SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def start(run_dir: Path) -> subprocess.Popen[str]:
    """A run, from the moment on at which it answers signals."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.train", *SETTINGS, f"run_dir={run_dir}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None and not catches(process.pid, SIGNALS[-1]):
        time.sleep(0.001)
    return process


def catches(process: int, number: signal.Signals) -> bool:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (mask,) = (line.split()[1] for line in lines if line.startswith("SigCgt"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def left(run_dir: Path) -> tuple[object, object]:
    """Rows without what depends on the clock, and the checksums of every array of the last checkpoint."""
    rows = [
        {name: value for name, value in row.items() if not name.startswith(("time/", "throughput/"))}
        for row in read(run_dir / "metrics.jsonl")
    ]
    digests = json.loads((run_dir / "checkpoints" / "300" / "digests" / "metadata").read_text())
    return rows, {name: digest for name, digest in digests.items() if name != "meta"}


def status(run_dir: Path) -> str | None:
    path = run_dir / "summary.json"
    return json.loads(path.read_text())["status"] if path.exists() else None


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("whole") / "run"
    for _ in range(2):  # the first one fills the cache of compiled programs
        begin = time.monotonic()
        process = start(run_dir / f"{begin}")
        assert process.communicate() == (None, "")
        seconds = time.monotonic() - begin
    return left(run_dir / f"{begin}"), seconds


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_signals_at_two_random_moments_end_a_run_with_75(tmp_path, whole, seed):
    (expected, seconds), run_dir, chance = whole, tmp_path / "run 0", random.Random(seed)
    stopped = attempts = 0
    while stopped < 2:
        attempts += 1
        assert attempts < 20, "runs end before they can be stopped"
        process = start(run_dir)
        time.sleep(chance.uniform(0, seconds))
        process.send_signal(chance.choice(SIGNALS))
        _, err = process.communicate(timeout=300)
        # One that has come to its end may say so, and another is begun.
        done = (0, 0) if status(run_dir) == "completed" else ()
        assert (process.returncode, len(err.splitlines())) in ((75, 1), done), err
        assert status(run_dir) in ("completed", "preempted", None)
        assert not (run_dir / "lock.json").exists()
        print(f"{status(run_dir)}: {err.strip()}")
        stopped += process.returncode == 75
        if status(run_dir) == "completed":
            assert left(run_dir) == expected
            run_dir = tmp_path / f"run {attempts}"
    process = start(run_dir)
    assert process.communicate(timeout=300) == (None, "")
    assert left(run_dir) == expected
