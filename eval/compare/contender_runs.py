"""One run of a contender: what is trained, how, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from eval.compare.config import CompareConfig, Contender, build
from training.run.run_directory import Resume, continues, plain
from training.run.summary import SUMMARY, read_summary
from training.tasks import Task
from training.trainer import RECORDS, Settings, Trainer

Group = Literal["tuning", "matched", "default", "hardware"]
PARAMETER_SHIFT = "parameter_shift"


@dataclass(frozen=True)
class ContenderRun:
    """One training run of a contender.

    Attributes:
        group: ``tuning`` where a learning rate is tried, ``matched`` at the common parameter count, ``default`` at the
            paradigm's default size, ``hardware`` for the matched circuit with the gradient that hardware can run.
        contender: The paradigm that is trained, with its learning rate.
        settings: The settings of the Trainer.
        learning_rates: The learning rates that were tried to find the contender's; empty where it came with its own.
    """

    group: Group
    contender: Contender
    settings: Settings
    learning_rates: tuple[float, ...] = ()

    @property
    def run(self) -> str:
        """The name of its directory inside that of the comparison, which is the table's ``run``."""
        rate = f"-{self.contender.learning_rate:g}" if self.group == "tuning" else ""
        return f"{self.group}-{self.contender.name}{rate}"

    def config(self) -> dict[str, Any]:
        """Return the configuration as ``python -m scripts.train`` records that of a run."""
        name, config = self.contender.name, self.contender.config
        return {**plain(self.settings), "paradigm": {"name": name, **plain(config)}}


def contender_run(config: CompareConfig, group: Group, contender: Contender) -> ContenderRun:
    """Settle how a contender is run in a group.

    Args:
        config: The settings of the comparison.
        group: The group, which decides how long it is trained, by which rule and with which probes.
        contender: The paradigm that is trained.

    Returns:
        The run, which nothing has started yet.
    """
    trainer, probes = config.trainer, config.probes
    if group == "tuning":
        # Nothing of it is shown but the accuracy at its end.
        probes = replace(probes, every=0, timing_repeats=0)
    if group == "hardware":
        steps = config.parameter_shift_steps
        trainer = replace(trainer, steps=steps, log_every=1, eval_every=0, checkpoint_every=0)
        # The gradient is the same as by backprop, whose run is probed.
        probes = replace(probes, every=0, timing_repeats=min(probes.timing_repeats, 3))
        contender = replace(contender, config=replace(contender.config, differentiation=PARAMETER_SHIFT))
    settings = Settings(
        trainer=trainer,
        optimizer=replace(config.optimizer, learning_rate=contender.learning_rate),
        probes=probes,
        mesh=config.mesh,
        seed=config.seed,
        tracking=config.tracking,
    )
    return ContenderRun(group, contender, settings, config.learning_rates if group in ("matched", "hardware") else ())


def train(
    run: ContenderRun, task: Task, directory: Path, resume: Resume, announce: Callable[[str], None]
) -> dict[str, Any]:
    """Train a run to its end, unless it is finished already.

    Args:
        run: The run.
        task: The data that it learns from.
        directory: The directory of the comparison, in which the run has its own.
        resume: Whether a run that was begun is continued, as for ``Trainer.run``.
        announce: A function that takes a sentence on what is done.

    Returns:
        The content of the run's ``summary.json``.

    Raises:
        BadInput: If ``directory`` holds a run of another configuration, or one that is damaged.
    """
    path = directory / run.run
    config = run.config() | {"task": {"name": task.name}, "run_dir": str(path)}
    if continues(path, config, resume, RECORDS) and (path / SUMMARY).exists():
        summary = read_summary(path)
        if summary["status"] == "completed":
            announce(f"{run.run}: finished before, kept")
            return summary
    announce(f"{run.run}: {run.settings.trainer.steps:,} updates")
    paradigm = build(run.contender.name, run.contender.config, task.spec)
    return Trainer(paradigm, task, run.settings, config=config).run(path, resume=resume)
