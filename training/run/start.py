"""Where a run begins: afresh, or at the newest sound checkpoint of its directory. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from training.distributed.processes import decided_by_first
from training.errors import BadInput
from training.programs import Programs
from training.run.checkpoint import Checkpoints
from training.run.history import History
from training.run.run_directory import CHECKPOINTS, METRICS, RunDirectory
from training.run.summary import read_summary
from training.state import TrainState
from training.tracking.jsonl import read


@dataclass(frozen=True)
class Start:
    """The beginning of a run.

    Attributes:
        state: The state to go on from; ``None`` to begin afresh.
        meta: What was saved beside the state.
        damaged: For each step, why newer checkpoints cannot be read.
        history: The history of the run, see ``training.run.history``.
        lost: What of its rows is not there any more, in a sentence.
    """

    state: TrainState | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    damaged: Mapping[int, str] = field(default_factory=dict)
    history: History = field(default_factory=list)
    lost: str | None = None

    @property
    def step(self) -> int:
        """Updates already completed."""
        return 0 if self.state is None else int(self.state.step)

    @property
    def row(self) -> dict[str, float] | None:
        """What is measured already of the row of :attr:`step`; ``None`` where all of it is on disk."""
        return {} if self.state is None else self.meta.get("row")

    @property
    def kept(self) -> int:
        """The step of the last row that is whole."""
        return self.step if self.row is None else self.step - 1


def find_start(directory: RunDirectory, checkpoints: Checkpoints, programs: Programs, checkpoint_every: int) -> Start:
    """Look at everything that a run goes on from.

    Raises:
        BadInput: ``metrics.jsonl`` is damaged, or no checkpoint is left of those that there were.
    """
    if not directory.continues:
        return Start()
    metrics = directory.path / METRICS
    # A save waits for the one before it, so rows beyond the second stand for one that was complete.
    steps = decided_by_first(lambda: [row["step"] for row in (read(metrics) if metrics.exists() else [])])
    completed = decided_by_first(lambda: _completed(directory.path))
    reached = max(steps, default=0)
    restored, damaged = checkpoints.restore_latest(programs.state, programs.state_shardings)
    if restored is not None:
        state, meta = restored
        start = Start(state, meta, damaged, meta.get("history", []))
        return replace(start, lost=_lost(metrics, sum(step <= start.kept for step in steps), start))
    saved = completed or reached > 2 * checkpoint_every > 0
    if damaged or saved:
        found = "; ".join(f"checkpoint {step} is damaged, {reason}" for step, reason in damaged.items())
        raise BadInput(
            f"{directory.path / CHECKPOINTS} holds no checkpoint that can be read, and the run had come to step "
            f"{reached} ({found or 'there is none'}); resume=restart sets the run aside and starts over"
        )
    return Start()


def _lost(metrics: Path, found: int, start: Start) -> str | None:
    """Say if there are fewer rows than when the checkpoint was written; those of earlier versions do not tell."""
    written = start.meta.get("rows", 0)
    if found >= written:
        return None
    return (
        f"{metrics} holds {found} rows up to step {start.kept} where the run has written {written}: best values, "
        "curves and signal-to-noise are of those that are left"
    )


def _completed(directory: Path) -> bool:
    """Whether ``summary.json`` says so. One that cannot be read says nothing: it is made anew from the rows."""
    try:
        return read_summary(directory)["status"] == "completed"
    except BadInput:
        return False
