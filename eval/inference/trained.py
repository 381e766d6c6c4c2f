"""A language model that the Trainer trained in a directory of its own, where a stopped study finds it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paradigms.interface import Paradigm, Variables
from training.config import Settings
from training.errors import BadInput
from training.run.checkpoint import Checkpoints
from training.run.run_directory import CHECKPOINTS, plain
from training.run.summary import SUMMARY
from training.tasks import Task
from training.trainer import Trainer


@dataclass(frozen=True)
class TrainedModel:
    """A trained model.

    Attributes:
        paradigm: What was trained.
        variables: Its parameters and state after the last update.
        parameters: The number of its parameters.
        updates: Updates in all.
        tokens: Tokens that it read while it was trained, padding included.
        flops: Operations of all gradients, counted as ``cost/flops`` is; ``None`` where they cannot be counted.
        validation_loss: After the last update, in nats per scored token.
        validation_solved: The share of validation examples of which every scored token was predicted.
        step_seconds: Seconds of an update, in the last interval that was logged.
    """

    paradigm: Paradigm
    variables: Variables
    parameters: int
    updates: int
    tokens: int
    flops: float | None
    validation_loss: float
    validation_solved: float
    step_seconds: float


def train(paradigm: Paradigm, task: Task, settings: Settings, directory: Path) -> TrainedModel:
    """Train a language model of puzzles, or go on where it was stopped, or read it where it is trained.

    Args:
        paradigm: What is trained.
        task: The data; not all of their tokens are scored.
        settings: How.
        directory: Where its run is kept.

    Raises:
        BadInput: The directory holds a run of other settings, or its checkpoints are damaged.
        Interrupted: A signal asked to stop; the same call goes on.
        NonFiniteUpdate: Training diverged.
    """
    trainer = Trainer(paradigm, task, settings)
    # Compiling anew what is trained would take longer than all that is asked of it.
    summary = _completed(directory, settings) or trainer.run(directory, resume=True)
    programs = trainer.programs
    checkpoints = Checkpoints(directory / CHECKPOINTS, settings.trainer.keep_checkpoints)
    try:
        restored, damaged = checkpoints.restore_latest(programs.state, programs.state_shardings)
    finally:
        checkpoints.close()
    if restored is None or damaged:
        raise BadInput(f"{directory} holds a damaged checkpoint: delete the directory, and it is trained again")
    state, metrics = restored[0], summary["metrics"]
    loop = settings.trainer
    return TrainedModel(
        paradigm,
        Variables(state.params, state.model_state),
        programs.parameters,
        loop.steps,
        loop.steps * loop.batch_size * task.spec.inputs.shape[0],
        None if (own := metrics.get("cost/flops")) is None else float(own) * loop.steps,
        metrics["eval/loss"],
        metrics["eval/solved"],
        metrics["time/step_seconds"],
    )


def _completed(directory: Path, settings: Settings) -> dict[str, Any] | None:
    """Return the summary of a run of these settings that came to its end; another is left to the Trainer to refuse."""
    try:
        summary = json.loads((directory / SUMMARY).read_bytes())
    except (OSError, ValueError):
        return None
    whole = isinstance(summary, dict) and summary.get("status") == "completed"
    return summary if whole and summary.get("config") == plain(settings) else None
