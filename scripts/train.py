"""``python -m scripts.train``: train one paradigm on one task, and measure what its gradient costs and is worth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from omegaconf import DictConfig, OmegaConf

from scripts.command import called, run

if TYPE_CHECKING:
    from scripts.config import RunConfig

CONF = str(Path(__file__).parent / "conf")


def train(config: RunConfig) -> dict[str, Any]:
    """Build what ``config`` names and train it; returns the content of ``summary.json``."""
    from scripts.run_names import unique_run_directory
    from training.paths import local_path
    from training.tasks import load_task
    from training.trainer import Settings, Trainer

    run_dir = local_path("run_dir", config.run_dir or unique_run_directory(config.paradigm.name, config.task.name))
    task = load_task(config.task, config.data_dir)
    paradigm = config.paradigm.build(task.spec)
    settings = Settings(
        trainer=config.trainer,
        optimizer=config.optimizer,
        probes=config.probes,
        mesh=config.mesh,
        seed=config.seed,
        gradient=config.gradient,
        tracking=config.tracking,
    )
    plain = config.plain() | {"run_dir": str(run_dir)}
    return Trainer(paradigm, task, settings, config=plain).run(run_dir, resume=config.resume)


def _job(raw: DictConfig) -> None:
    from scripts.config import read_config
    from training.summary import print_table

    values = OmegaConf.to_container(raw, resolve=True)
    if not isinstance(values, dict):
        raise TypeError("Hydra composed no mapping")
    print_table(train(read_config({str(key): value for key, value in values.items()})))
    print(f"next: {called('compare')} trains all three paradigms on the same data")


def main() -> None:
    """Entry point."""
    run(hydra.main(version_base="1.3", config_path=CONF, config_name="train"), _job)


if __name__ == "__main__":
    sys.exit(main())
