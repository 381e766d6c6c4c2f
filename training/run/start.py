"""Where a run begins: afresh, or at the newest sound checkpoint of its directory. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.errors import BadInput
from training.processes import decided_by_first
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
    """

    state: TrainState | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    damaged: Mapping[int, str] = field(default_factory=dict)
    history: History = field(default_factory=list)

    @property
    def step(self) -> int:
        """Updates already completed."""
        return 0 if self.state is None else int(self.state.step)

    @property
    def row(self) -> dict[str, float] | None:
        """What is measured already of the row of :attr:`step`; ``None`` where all of it is on disk."""
        return {} if self.state is None else self.meta.get("row")


def find_start(directory: RunDirectory, checkpoints: Checkpoints, programs: Programs, checkpoint_every: int) -> Start:
    """Look at everything that a run goes on from.

    Raises:
        BadInput: ``metrics.jsonl`` is damaged, or no checkpoint is left of those that there were.
    """
    if not directory.continues:
        return Start()
    metrics = directory.path / METRICS
    # A save waits for the one before it, so rows beyond the second stand for one that was complete.
    reached, completed = decided_by_first(
        lambda: [
            max((row["step"] for row in (read(metrics) if metrics.exists() else [])), default=0),
            _completed(directory.path),
        ]
    )
    restored, damaged = checkpoints.restore_latest(programs.state, programs.state_shardings)
    if restored is not None:
        state, meta = restored
        return Start(state, meta, damaged, meta.get("history", []))
    saved = completed or reached > 2 * checkpoint_every > 0
    if damaged or saved:
        found = "; ".join(f"checkpoint {step} is damaged, {reason}" for step, reason in damaged.items())
        raise BadInput(
            f"{directory.path / CHECKPOINTS} holds no checkpoint that can be read, and the run had come to step "
            f"{reached} ({found or 'there is none'}); resume=restart sets the run aside and starts over"
        )
    return Start()


def _completed(directory: Path) -> bool:
    """Whether ``summary.json`` says so. One that cannot be read says nothing: it is made anew from the rows."""
    try:
        return read_summary(directory)["status"] == "completed"
    except BadInput:
        return False
