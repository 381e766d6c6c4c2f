"""What a run leaves behind: rows to every tracker, and the summary that is built from the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from training.errors import NotWritten
from training.probes.variance import NoiseScale
from training.run.run_directory import METRICS
from training.run.summary import Summary
from training.tracking.jsonl import read, rewind
from training.tracking.tracker import RunInfo, Tracker


class Record:
    """Rows and summary of one run.

    Args:
        directory: The run directory.
        trackers: Where rows go.
        summary: Built from the same rows.
        batch_size: For the signal-to-noise of a batch.

    Attributes:
        rows: How many rows the run has written up to now, those that its directory has lost since then included.
    """

    def __init__(self, directory: Path, trackers: Sequence[Tracker], summary: Summary, batch_size: int) -> None:
        self._directory = directory
        self._trackers = trackers
        self.summary = summary
        self.noise_scale = NoiseScale(batch_size)
        self.unavailable: dict[str, str] = {}
        self.rows = 0

    def begin(self, run: RunInfo, kept: int, written: int = 0) -> None:
        """Cut the rows beyond ``kept``, take in the rest, and start the trackers.

        Args:
            run: What the trackers are told.
            kept: The step of the last row that is kept.
            written: How many rows there were up to that one, where a checkpoint says it.
        """
        path = self._directory / METRICS
        rewind(path, kept)
        for row in read(path) if path.exists() else []:
            self._take_in(row)
        self.rows = max(self.rows, written)
        self.summary.write("running")
        for tracker in self._trackers:
            tracker.start(run)

    def _take_in(self, row: Mapping[str, Any]) -> None:
        metrics = {name: value for name, value in row.items() if name != "step"}
        self.summary.update(metrics)
        self.noise_scale.add(metrics)
        self.rows += 1

    def explain(self, unavailable: Mapping[str, str]) -> None:
        """Say why metrics cannot be had."""
        self.unavailable |= unavailable
        for name, reason in unavailable.items():
            self.summary.mark_unavailable(name, reason)

    def probed(self, metrics: Mapping[str, float]) -> dict[str, float]:
        """A probe's metrics with the ratios over the last probes added."""
        self.noise_scale.add(metrics)
        ratios, absent = self.noise_scale.read()
        if "gradient/covariance_trace" in metrics:
            self.explain(absent)
        return {**metrics, **ratios}

    def row(self, step: int, metrics: Mapping[str, float]) -> None:
        """Log one row."""
        self.rows += 1
        self.summary.update(metrics)
        for tracker in self._trackers:
            tracker.log(step, metrics)

    def advance(self, step: int) -> None:
        """Tell the trackers of a completed update."""
        for tracker in self._trackers:
            tracker.advance(step)

    def flush(self) -> None:
        """Make every row so far durable."""
        for tracker in self._trackers:
            tracker.flush()
        self.summary.write("running")

    def finish(self, status: str, error: str | None = None) -> dict[str, Any]:
        """Write the summary, let the trackers go, and return the content of the summary.

        Raises:
            NotWritten: The summary or rows cannot be written; every tracker was told of the end all the same.
        """
        content = self.summary.content(status, error)
        problems: list[NotWritten] = []
        tracked = [partial(tracker.finish, status, content) for tracker in self._trackers]
        for call in (partial(self.summary.write, status, error), *tracked):
            try:
                call()
            except NotWritten as problem:
                problems.append(problem)
        if problems:
            raise problems[0]
        return content


class NullRecord(Record):
    """What a process records that is not the one to write: the same rows, of which it leaves nothing behind."""

    def __init__(self, directory: Path, summary: Summary, batch_size: int) -> None:
        super().__init__(directory, (), summary, batch_size)

    def begin(self, run: RunInfo, kept: int, written: int = 0) -> None:
        """Take in the rows up to ``kept``, which the process that writes may not have cut yet."""
        path = self._directory / METRICS
        for row in read(path) if path.exists() else []:
            if row["step"] <= kept:
                self._take_in(row)
        self.rows = max(self.rows, written)

    def flush(self) -> None:
        """Nothing is to be made durable."""

    def finish(self, status: str, error: str | None = None) -> dict[str, Any]:
        """Return what the summary would say."""
        return self.summary.content(status, error)
