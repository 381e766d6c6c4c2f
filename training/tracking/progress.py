"""How far the run is, for whoever watches the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn

from training.run.terminal import broken, shown
from training.tracking.jsonl import finite
from training.tracking.tracker import Metrics, RunInfo

REFRESHES_PER_SECOND = 4
LINE_SECONDS = 5.0
"""Least time between two lines where there is no terminal; a row with an evaluation is always shown."""


class ProgressTracker:
    """A progress bar on a terminal, now and then a line elsewhere. ``NO_COLOR`` is respected.

    Args:
        console: The console that draws; standard output by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._newest: dict[str, float] = {}
        self._step = 0
        self._bar: _Bar | None = None

    def start(self, run: RunInfo) -> None:
        """See :meth:`training.tracking.tracker.Tracker.start`."""
        self._run = run
        self._step = self._line_step = run.start_step
        self._line_time = time.monotonic()
        size = "" if run.parameters is None else f": {run.parameters:,} parameters"
        width = self._console.width if self._console.is_terminal else None
        for line, indent in ((f"{run.name}{size}, in {shown(run.run_dir)}", ""), *((note, "  ") for note in run.notes)):
            lines = broken(line, width, indent, "    ")
            self._console.print(lines, markup=False, highlight=False, soft_wrap=True)
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._bar = _Bar(self, run, self._console)
            self._bar.start()

    def log(self, step: int, metrics: Metrics) -> None:
        """See :meth:`training.tracking.tracker.Tracker.log`."""
        row = finite(metrics)
        self._newest |= row
        self._step = step
        evaluated = any(name.startswith(("eval/", "test/")) for name in row)
        if self._bar is None and (evaluated or time.monotonic() - self._line_time >= LINE_SECONDS):
            self._print_line(step)

    def advance(self, step: int) -> None:
        """See :meth:`training.tracking.tracker.Tracker.advance`."""
        # All that happens inside the timed loop: the bar's own thread comes and reads it.
        self._step = step

    def flush(self) -> None:
        """See :meth:`training.tracking.tracker.Tracker.flush`."""
        pass

    def finish(self, status: str, summary: Mapping[str, Any]) -> None:
        """See :meth:`training.tracking.tracker.Tracker.finish`."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    @property
    def step(self) -> int:
        """Updates completed."""
        return self._step

    def readings(self) -> list[str]:
        """The newest loss, accuracy and speed, in words; nothing for what has not been logged."""
        texts = []
        if (loss := self._newest.get("train/loss", self._newest.get("eval/loss"))) is not None:
            texts.append(f"loss {loss:.4g}")
        if (accuracy := self._newest.get("eval/accuracy")) is not None:
            texts.append(f"accuracy {accuracy:.1%}")
        if (speed := self._newest.get("throughput/examples_per_second")) is not None:
            texts.append(f"{speed:,.0f} examples/s" if speed >= 10 else f"{speed:.2g} examples/s")
        return texts

    def _print_line(self, step: int) -> None:
        now = time.monotonic()
        texts = [f"step {step}/{self._run.steps}", *self.readings()]
        if step > self._line_step:
            left = (self._run.steps - step) * (now - self._line_time) / (step - self._line_step)
            texts.append(time_left(left))
        self._line_step, self._line_time = step, now
        self._console.print("  ".join(texts), markup=False, highlight=False, soft_wrap=True)


def time_left(seconds: float | int | None) -> str:
    """``0:01:07 left``; empty where it is not known yet."""
    return "" if seconds is None else f"{timedelta(seconds=round(seconds))} left"


class _Bar(Progress):
    """Reads the tracker whenever rich's own thread is about to draw."""

    def __init__(self, tracker: ProgressTracker, run: RunInfo, console: Console) -> None:
        self._tracker = tracker
        super().__init__(
            BarColumn(bar_width=None),
            TextColumn("{task.completed}/{task.total}", style="progress.percentage"),
            TextColumn("{task.fields[readings]}", markup=False),
            TextColumn("{task.fields[left]}", style="progress.remaining", markup=False),
            console=console,
            refresh_per_second=REFRESHES_PER_SECOND,
            # Long enough to see two updates of a slow model.
            speed_estimate_period=120,
            expand=True,
        )
        self._task = self.add_task("", total=run.steps, completed=run.start_step, readings="", left="")

    def get_renderables(self) -> Iterable[RenderableType]:
        for task in self.tasks:
            left = time_left(task.time_remaining)
            readings = "  ".join(self._tracker.readings())
            self.update(task.id, completed=self._tracker.step, readings=readings, left=left)
        yield from super().get_renderables()
