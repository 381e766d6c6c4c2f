"""wandb itself runs in processes of its own here: its settings, threads and service live as long as a process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from training.tracking import RunInfo
from training.tracking import weights_and_biases as module
from training.tracking.wandb_mode import Mode
from training.tracking.weights_and_biases import RUN_ID, WandbTracker

KEY = "0123456789abcdef" * 3

PROGRAM = """
import sys, time
from pathlib import Path
from training.tracking import RunInfo
from training.tracking.weights_and_biases import WandbTracker

begin = time.monotonic()
tracker = WandbTracker()
run = RunInfo(
    run_dir=Path(sys.argv[1]), config={"optimizer": {"learning_rate": 0.1}}, steps=9, start_step=0, batch_size=4,
    name="a name", group="a group",
)
tracker.start(run)
print("started", time.monotonic() - begin)
for step in range(9):
    tracker.log(step, {"train/loss": 0.5, "gradient/norm": float("nan")})
    tracker.advance(step + 1)
tracker.flush()
tracker.finish(sys.argv[2], {"best": {"train/loss": 0.125}})
print("finished", time.monotonic() - begin)
print("modules", "wandb" in sys.modules)
"""


def run_with(directory: Path, status: str = "completed", **environ: str) -> tuple[str, dict[str, float], float]:
    """Run the program; gives everything it printed, its times, and how long the whole process took."""
    home = directory / "home"
    home.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WANDB")}
    begin = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(directory), status],
        env=inherited | {"HOME": str(home)} | environ,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    seconds = time.monotonic() - begin
    assert result.returncode == 0, result.stderr
    assert KEY not in result.stdout + result.stderr, "the key was shown"
    lines = [line.split() for line in result.stdout.splitlines()]
    times = {line[0]: float(line[1]) for line in lines if line[0] in ("started", "finished")}
    return result.stdout + result.stderr, times, seconds


def offline_runs(directory: Path) -> list[Path]:
    return sorted((directory / "wandb").glob("offline-run-*/run-*.wandb"))


def test_without_a_key_the_run_is_kept_offline_in_the_run_directory_and_can_be_resumed(tmp_path):
    output, _, _ = run_with(tmp_path)
    (kept,) = offline_runs(tmp_path)
    content = kept.read_bytes()
    for expected in (b"train/loss", b"best/train/loss", b"learning_rate", b"a name", b"a group", b"gradient-cost"):
        assert expected in content
    assert b"gradient/norm" not in content, "what is not finite is left out"
    assert "wandb is offline: there is no key" in output
    assert f"wandb sync {kept.parent}" in output

    run_id = (tmp_path / RUN_ID).read_text().strip()
    assert kept.name == f"run-{run_id}.wandb"
    run_with(tmp_path, status="preempted")
    assert {path.name for path in offline_runs(tmp_path)} == {kept.name}, "the same run of wandb"


def test_disabled_does_not_even_import_wandb(tmp_path):
    output, times, _ = run_with(tmp_path, WANDB_MODE="disabled", WANDB_API_KEY=KEY)
    assert "modules False" in output
    assert times["finished"] < 1
    assert not (tmp_path / "wandb").exists()


def test_a_dead_server_costs_less_than_five_seconds(tmp_path, closed_port):
    output, times, _ = run_with(tmp_path, WANDB_API_KEY=KEY, WANDB_BASE_URL=closed_port)
    assert times["started"] < 5
    assert f"wandb is offline: {closed_port} did not answer" in output
    assert len(offline_runs(tmp_path)) == 1


def test_a_silent_server_costs_less_than_ten_seconds(tmp_path, silent_server):
    output, times, seconds = run_with(tmp_path, WANDB_API_KEY=KEY, WANDB_BASE_URL=silent_server)
    assert times["started"] < 10
    assert seconds < 25, "nor does the process wait at its end"
    assert f"wandb is offline: {silent_server} did not answer" in output
    assert len(offline_runs(tmp_path)) == 1


@pytest.fixture
def falls_silent() -> Iterator[str]:
    """The address of a server that refuses the first request, as a sound one would, and then never answers again."""
    asked = threading.Event()
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if asked.is_set():
                ended.wait(60)
                return
            asked.set()
            self.send_response(401)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    ended.set()
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_a_server_that_falls_silent_after_the_probe_costs_less_than_twenty_seconds(tmp_path, falls_silent):
    (tmp_path / RUN_ID).write_text("resumed1\n")
    output, times, seconds = run_with(tmp_path, WANDB_API_KEY=KEY, WANDB_BASE_URL=falls_silent)
    assert times["started"] < 20
    assert seconds < 30
    assert "wandb could not be started online" in output
    assert "wandb is offline: its server failed at the start" in output
    assert len(offline_runs(tmp_path)) == 1
    assert (tmp_path / RUN_ID).read_text() == "resumed1\n", "the next resume tries the recorded run again"


def test_a_run_of_a_sweep_keeps_the_run_that_its_agent_chose(tmp_path):
    (tmp_path / RUN_ID).write_text("another1\n")
    output, _, _ = run_with(
        tmp_path, WANDB_SWEEP_ID="sweep123", WANDB_RUN_ID="agent456", WANDB_PROJECT="swept", WANDB_ENTITY="team"
    )
    (kept,) = offline_runs(tmp_path)
    assert kept.name == "run-agent456.wandb"
    assert b"swept" in kept.read_bytes()
    assert "Ignoring" not in output


@pytest.mark.parametrize("environ", [{"WANDB_MODE": "nonsense"}, {"WANDB_API_KEY": "short"}])
def test_settings_that_wandb_refuses_do_not_fail_the_run(tmp_path, closed_port, environ):
    output, times, _ = run_with(tmp_path, **({"WANDB_BASE_URL": closed_port} | environ))
    assert "wandb" in output
    assert times["finished"] < 20


class FakeRun:
    """Stands in for a run of wandb whose calls fail or hang."""

    def __init__(self, log: Callable[[], None] = lambda: None, finish: Callable[[], None] = lambda: None) -> None:
        self.id = "fake"
        self.url = "https://wandb.example/fake"
        self.settings = SimpleNamespace(sync_dir="somewhere")
        self.summary: dict[str, Any] = {}
        self.rows: list[tuple[int, dict[str, float]]] = []
        self.exit_code: int | None = None
        self.preempting = False
        self._log, self._finish = log, finish

    def log(self, row: dict[str, float], step: int) -> None:
        self._log()
        self.rows.append((step, row))

    def mark_preempting(self) -> None:
        self.preempting = True

    def finish(self, exit_code: int) -> None:
        self._finish()
        self.exit_code = exit_code


def started(directory: Path, monkeypatch: pytest.MonkeyPatch, run: FakeRun, mode: str = "online") -> WandbTracker:
    monkeypatch.setattr(module, "choose_mode", lambda environ: Mode(mode, "it is a test"))
    monkeypatch.setattr(module, "_begin", lambda *_: run)
    tracker = WandbTracker()
    tracker.start(RunInfo(run_dir=directory, config={}, steps=9, start_step=0, batch_size=4, name="test"))
    return tracker


def fail() -> None:
    raise RuntimeError("the service died")


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize(
    ("status", "exit_code", "preempting"), [("completed", 0, False), ("failed", 1, False), ("preempted", 1, True)]
)
def test_the_end_is_told_as_it_was(tmp_path, monkeypatch, capsys, status, exit_code, preempting):
    run = FakeRun()
    tracker = started(tmp_path, monkeypatch, run)
    tracker.log(3, {"train/loss": 0.5})
    tracker.finish(status, {"best": {"eval/loss": 0.25}})
    assert run.rows == [(3, {"train/loss": 0.5})]
    assert run.summary == {"best/eval/loss": 0.25, "status": status}
    assert (run.exit_code, run.preempting) == (exit_code, preempting)
    assert "wandb is online: it is a test; https://wandb.example/fake" in capsys.readouterr().err


def test_the_first_failure_is_told_once_and_the_run_goes_on(tmp_path, monkeypatch, caplog):
    run = FakeRun(log=fail)
    tracker = started(tmp_path, monkeypatch, run)
    for step in range(20):
        tracker.log(step, {"train/loss": 0.5})
        time.sleep(0.002)
    tracker.finish("completed", {})
    assert warnings_in(caplog) == ["wandb failed (RuntimeError: the service died); the run goes on without it"]


def test_a_failure_at_the_end_is_told(tmp_path, monkeypatch, caplog):
    started(tmp_path, monkeypatch, FakeRun(finish=fail)).finish("completed", {})
    assert warnings_in(caplog) == ["wandb failed (RuntimeError: the service died); the run goes on without it"]


def test_calls_that_hang_do_not_stall_the_run(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(module, "EXIT_SECONDS", 0.3)
    released = threading.Event()
    tracker = started(tmp_path, monkeypatch, FakeRun(log=lambda: released.wait(30)))
    begin = time.monotonic()
    for step in range(100):
        tracker.log(step, {"train/loss": 0.5})
    tracker.finish("completed", {})
    assert time.monotonic() - begin < 3
    assert warnings_in(caplog) == ["wandb failed (TimeoutError: no answer in time); the run goes on without it"]
    released.set()


def test_a_start_that_hangs_is_left_behind_and_tried_again_offline(tmp_path, monkeypatch, caplog, capsys):
    monkeypatch.setattr(module, "START_SECONDS", 0.3)
    monkeypatch.setattr(module, "choose_mode", lambda environ: Mode("online", "it is a test"))
    released = threading.Event()
    offline = FakeRun()

    def begin(run: RunInfo, mode: Mode, run_id: str | None) -> FakeRun:
        if mode.name == "online":
            released.wait(30)
        return offline

    monkeypatch.setattr(module, "_begin", begin)
    tracker = WandbTracker()
    tracker.start(RunInfo(run_dir=tmp_path, config={}, steps=9, start_step=0, batch_size=4, name="test"))
    tracker.log(1, {"train/loss": 0.5})
    tracker.finish("completed", {})
    released.set()
    assert warnings_in(caplog) == [
        "wandb could not be started online (TimeoutError: no answer in time); offline instead"
    ]
    assert "wandb sync somewhere uploads it" in capsys.readouterr().err
    assert offline.rows == [(1, {"train/loss": 0.5})]


def test_the_key_is_taken_out_of_messages(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("WANDB_API_KEY", KEY)

    def leak() -> None:
        raise RuntimeError(f"bad header: Bearer {KEY}\nsecond line")

    started(tmp_path, monkeypatch, FakeRun(finish=leak)).finish("failed", {})
    assert warnings_in(caplog) == ["wandb failed (RuntimeError: bad header: Bearer [key]); the run goes on without it"]


def test_a_run_that_failed_before_it_started_can_be_finished():
    WandbTracker().finish("failed", {})
