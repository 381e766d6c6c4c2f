"""What the training loop asks of a place that rows of metrics go to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, SupportsFloat, TypeAlias, runtime_checkable

Metrics: TypeAlias = Mapping[str, SupportsFloat]
"""Name to scalar: a Python number, a NumPy scalar or a 0-d array."""


@dataclass(frozen=True)
class RunInfo:
    """What a tracker may know of a run.

    Attributes:
        run_dir: The run's own directory, absolute; it exists.
        config: The resolved configuration, of plain values.
        steps: Updates in all.
        start_step: Updates already completed; more than 0 when the run is resumed.
        batch_size: Examples an update.
        name: For people to tell runs apart.
        group: Runs that belong together, for example the seeds of a study; ``None`` where there is no such thing.
        parameters: Trained numbers of the model; ``None`` where nobody counted.
        notes: What was done to the data to fit the task and the model, one sentence each.
    """

    run_dir: Path
    config: Mapping[str, Any]
    steps: int
    start_step: int
    batch_size: int
    name: str
    group: str | None = None
    parameters: int | None = None
    notes: tuple[str, ...] = ()


@runtime_checkable
class Tracker(Protocol):
    """One place that rows go to. Methods are called in the order below, from one thread."""

    def start(self, run: RunInfo) -> None:
        """Called once, before the first row."""
        ...

    def log(self, step: int, metrics: Metrics) -> None:
        """Take one row; ``step`` is the number of completed updates and never decreases within a process."""
        ...

    def advance(self, step: int) -> None:
        """Called after every update, from inside the timed loop: about a microsecond is all it may take."""
        ...

    def flush(self) -> None:
        """Make every row so far survive the death of the process and, where it is a file, of the machine."""
        ...

    def finish(self, status: str, summary: Mapping[str, Any]) -> None:
        """Called once, last, also when the run failed.

        Args:
            status: ``completed``, ``preempted`` or ``failed``.
            summary: The content of ``summary.json``.
        """
        ...
