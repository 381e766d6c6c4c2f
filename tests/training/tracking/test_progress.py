from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from training.tracking import RunInfo
from training.tracking.progress import ProgressTracker

ROW = {
    "train/loss": 0.31234,
    "eval/accuracy": 0.931,
    "throughput/examples_per_second": 26000.0,
}


def run_info(start_step: int = 0) -> RunInfo:
    return RunInfo(run_dir=Path("."), config={}, steps=1500, start_step=start_step, batch_size=64, name="test")


def terminal(width: int = 100, **options: object) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=width, **options)


def drawn(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture(autouse=True)
def ordinary_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("width", [80, 120])
def test_the_bar_shows_loss_accuracy_speed_and_time_left_on_one_line(width):
    console = terminal(width, no_color=True)
    tracker = ProgressTracker(console)
    tracker.start(run_info())
    for step in (250, 500, 750):
        time.sleep(0.4)
        tracker.advance(step)
    tracker.log(750, ROW)
    time.sleep(0.4)
    tracker.finish("completed", {})
    last = [line for line in drawn(console).splitlines() if "examples/s" in line][-1]
    for text in ("750/1500", "loss 0.3123", "accuracy 93.1%", "26,000 examples/s", "left"):
        assert text in last


def test_the_bar_of_a_resumed_run_starts_where_the_run_does():
    console = terminal()
    tracker = ProgressTracker(console)
    tracker.start(run_info(start_step=600))
    tracker.finish("preempted", {})
    assert "600/1500" in drawn(console)


def test_no_color_is_respected(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    console = terminal()
    tracker = ProgressTracker(console)
    tracker.start(run_info())
    tracker.log(10, ROW)
    tracker.finish("completed", {})
    # A colour is set by a code 30-37, 38, 90-97 between the escape and an m; bold (1) and dim (2) are no colours.
    assert not any(f"\x1b[{code}" in drawn(console) for code in (*range(30, 39), *range(90, 98)))


def test_without_a_terminal_there_are_plain_lines_now_and_then(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("training.tracking.progress.time.monotonic", lambda: now[0])
    console = Console(file=io.StringIO(), width=40)
    tracker = ProgressTracker(console)
    tracker.start(run_info())
    for step in range(50, 301, 50):
        now[0] += 2.0
        tracker.log(step, {"train/loss": 1.0, "throughput/examples_per_second": 1600.0})
    # Six rows in twelve seconds: the first after six seconds, the second after twelve.
    assert drawn(console).splitlines() == [
        "test, in .",
        "step 150/1500  loss 1  1,600 examples/s  0:00:54 left",
        "step 300/1500  loss 1  1,600 examples/s  0:00:48 left",
    ]
    tracker.log(301, {"eval/loss": 0.4, "eval/accuracy": 0.5})
    assert drawn(console).splitlines()[-1].startswith("step 301/1500  loss 1  accuracy 50.0%"), "evaluations always"
    tracker.finish("completed", {})
    assert "\x1b" not in drawn(console)


def test_a_dumb_terminal_gets_lines_too(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("training.tracking.progress.time.monotonic", lambda: 100.0)  # so that no time passes
    console = terminal()
    tracker = ProgressTracker(console)
    tracker.start(run_info())
    tracker.log(5, {"eval/loss": 0.5})
    tracker.finish("completed", {})
    assert drawn(console).splitlines() == ["test, in .", "step 5/1500  loss 0.5  0:00:00 left"]


def test_the_start_says_what_is_trained_and_what_was_done_to_its_data():
    console = Console(file=io.StringIO(), width=40)
    run = RunInfo(Path("runs/a"), {}, 9, 0, 4, "vqc on digits", parameters=1234, notes=("Pixels are averaged.",))
    ProgressTracker(console).start(run)
    assert drawn(console).splitlines() == ["vqc on digits: 1,234 parameters, in runs/a", "  Pixels are averaged."]


def test_advancing_takes_about_a_microsecond():
    # In a process of its own, where no test hook checks the types of every call.
    program = """
import io, time
from pathlib import Path
from rich.console import Console
from training.tracking import RunInfo
from training.tracking.progress import ProgressTracker

tracker = ProgressTracker(Console(file=io.StringIO(), force_terminal=True))
tracker.start(RunInfo(run_dir=Path("."), config={}, steps=20_000, start_step=0, batch_size=64, name="test"))
best = 1.0
for repetition in range(10):
    begin = time.perf_counter()
    for step in range(20_000):
        tracker.advance(step)
    best = min(best, (time.perf_counter() - begin) / 20_000)
tracker.finish("completed", {})
print(best)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(result.stdout) < 1e-6


def test_a_run_that_failed_before_it_started_can_be_finished():
    ProgressTracker(terminal()).finish("failed", {})
