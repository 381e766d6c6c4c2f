"""A study that is killed at any moment and resumed ends with the table, models and answers of one that was not."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from eval.studies.inference.models import ANSWERS, MODELS

SETTINGS = (
    "countdown_updates=550", "chain_updates=550", "width=16", "heads=2", "problems=20", "samples=10",
    "separate_samples=10", "verifier_problems=[400,800]", "verifier_updates=[10,20]", "beams=[4]", "simulations=[2]",
    "attempts=2", "revision_updates=10", "rounds=0", "round_problems=100", "chains=10",
)  # fmt: skip
KILLS = 3
TIMEOUT = 3600


def start(run_dir: Path, task: str, programs: Path) -> subprocess.Popen:
    # What one process has compiled the next one finds: it is not what is tested.
    own = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(programs)}
    settings = (f"settings.{one}" for one in (f"tasks=[{task}]", *SETTINGS))
    command = [sys.executable, "-m", "scripts.study", "study=inference", f"run_dir={run_dir}", "resume=true", *settings]
    return subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL)


def progress(run_dir: Path) -> int:
    """Count what is on disk: answers, and rows of the metrics of every model."""
    answers = len(list((run_dir / ANSWERS).glob("*.npz")))
    return answers + sum(
        path.read_bytes().count(b"\n") for path in (run_dir / MODELS).glob("*/metrics.jsonl") if path.exists()
    )


def table(run_dir: Path) -> bytes:
    """Return the table without the seconds of an update, byte for byte as it is written elsewhere."""
    rows = json.loads((run_dir / "table.json").read_bytes())
    for row in rows:
        row.pop("time/step_seconds", None)
    return json.dumps(rows).encode()


def arrays(run_dir: Path) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for path in sorted((run_dir / ANSWERS).glob("*.npz")):
        with np.load(path, allow_pickle=False) as kept:
            found[path.name] = dict(kept)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("task", ["countdown", "chain"])
def test_a_killed_study_resumes_to_the_same_table(tmp_path, task):
    programs, whole, killed = tmp_path / "programs", tmp_path / "whole", tmp_path / "killed"
    assert start(whole, task, programs).wait(timeout=TIMEOUT) == 0
    chance = random.Random(task)
    moments = []
    for target in sorted(chance.sample(range(progress(whole)), KILLS)):
        process = start(killed, task, programs)
        deadline = time.monotonic() + TIMEOUT
        while process.poll() is None and progress(killed) < target and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 2))
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            moments.append(progress(killed))
    # Else it was through before the last kills, and nothing was tested.
    assert len(moments) >= KILLS - 1
    assert start(killed, task, programs).wait(timeout=TIMEOUT) == 0
    assert table(killed) == table(whole)
    ours, theirs = arrays(killed), arrays(whole)
    assert ours.keys() == theirs.keys()
    for name, own in ours.items():
        for column, values in own.items():
            np.testing.assert_array_equal(values, theirs[name][column], err_msg=f"{name}, {column}")
