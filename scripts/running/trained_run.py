"""A run directory whose training is over: its task, its paradigm and the newest state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from paradigms.interface import Paradigm
    from scripts.configuration.run_config import RunConfig
    from training.state import TrainState
    from training.tasks import Task


class TrainedRun(NamedTuple):
    """What a run directory holds.

    Attributes:
        config: Its settings.
        task: Its data.
        paradigm: What was trained.
        state: The state in the newest checkpoint that can be read.
    """

    config: RunConfig
    task: Task
    paradigm: Paradigm
    state: TrainState


def read_run_config(run_dir: Path) -> RunConfig:
    """Read the settings of a run.

    Raises:
        BadInput: There is no run.
    """
    from scripts.configuration.run_config import read_config
    from training.errors import BadInput
    from training.run.run_directory import CONFIG, read_config_file

    if not (run_dir / CONFIG).is_file():
        raise BadInput(f"{run_dir} holds no run: there is no {CONFIG} in it")
    return read_config(read_config_file(run_dir))


def read_trained_run(run_dir: Path, config: RunConfig) -> TrainedRun:
    """Restore the newest checkpoint of a run.

    Args:
        run_dir: The run directory.
        config: Its settings; see :func:`read_run_config`.

    Raises:
        BadInput: There is no checkpoint that can be read.
    """
    from training.errors import BadInput
    from training.run.checkpoint import Checkpoints
    from training.run.run_directory import CHECKPOINTS
    from training.tasks import load_task
    from training.trainer import Settings, Trainer

    if not (run_dir / CHECKPOINTS).is_dir():
        raise BadInput(f"{run_dir} holds no checkpoint; train it first")
    task = load_task(config.task, config.data_dir)
    paradigm = config.paradigm.build(task.spec)
    settings = Settings(trainer=config.trainer, optimizer=config.optimizer, mesh=config.mesh, seed=config.seed)
    programs = Trainer(paradigm, task, settings).programs
    checkpoints = Checkpoints(run_dir / CHECKPOINTS, config.trainer.keep_checkpoints)
    restored, damaged = checkpoints.restore_latest(programs.state, programs.state_shardings)
    if restored is None:
        problems = "".join(f"; checkpoint {step} is damaged, {reason}" for step, reason in damaged.items())
        raise BadInput(f"{run_dir} holds no checkpoint that can be read{problems}")
    return TrainedRun(config, task, paradigm, restored[0])
