"""One run of a comparison: what is trained, how, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from eval.compare.config import CompareConfig, Contender, build
from training.run_directory import Resume, continues, plain
from training.summary import SUMMARY, read_summary
from training.tasks import Task
from training.trainer import RECORDS, Settings, Trainer

Group = Literal["tuning", "matched", "default", "hardware"]
PARAMETER_SHIFT = "parameter_shift"


@dataclass(frozen=True)
class Entry:
    """One run.

    Attributes:
        group: ``tuning``, a learning rate tried; ``matched``, at the common parameter count; ``default``, as the
            paradigm comes; ``hardware``, the matched circuit with the gradient that hardware can run.
        contender: What is trained, with its learning rate.
        settings: How.
        learning_rates: Those that were tried to find the contender's; empty where it came with it.
    """

    group: Group
    contender: Contender
    settings: Settings
    learning_rates: tuple[float, ...] = ()

    @property
    def run(self) -> str:
        """Name of its directory inside the comparison's."""
        rate = f"-{self.contender.learning_rate:g}" if self.group == "tuning" else ""
        return f"{self.group}-{self.contender.name}{rate}"

    def config(self) -> dict[str, Any]:
        """As ``python -m scripts.train`` records a run."""
        name, config = self.contender.name, self.contender.config
        return {**plain(self.settings), "paradigm": {"name": name, **plain(config)}}


def entry(config: CompareConfig, group: Group, contender: Contender) -> Entry:
    """The run of a contender in a group."""
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
    return Entry(group, contender, settings, config.learning_rates if group in ("matched", "hardware") else ())


def train(entry: Entry, task: Task, directory: Path, resume: Resume, announce: Callable[[str], None]) -> dict[str, Any]:
    """The content of the run's ``summary.json``: as it stands where the run is finished, else trained to it.

    Raises:
        BadInput: ``directory`` holds a run of another configuration, or one that is damaged.
    """
    path = directory / entry.run
    config = entry.config() | {"task": {"name": task.name}, "run_dir": str(path)}
    if continues(path, config, resume, RECORDS) and (path / SUMMARY).exists():
        summary = read_summary(path)
        if summary["status"] == "completed":
            announce(f"{entry.run}: finished before, kept")
            return summary
    announce(f"{entry.run}: {entry.settings.trainer.steps:,} updates")
    paradigm = build(entry.contender.name, entry.contender.config, task.spec)
    return Trainer(paradigm, task, entry.settings, config=config).run(path, resume=resume)
