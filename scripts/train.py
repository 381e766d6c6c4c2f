"""``python -m scripts.train``: train one paradigm on one task, and measure what its gradient costs and is worth."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.running.command import called, exit_code, run

if TYPE_CHECKING:
    from paradigms.interface import Paradigm
    from scripts.configuration.run_config import RunConfig
    from training.measure import Measure
    from training.tasks import Task


def train(config: RunConfig) -> dict[str, Any]:
    """Build what ``config`` names and train it; returns the content of ``summary.json``."""
    from scripts.running.run_names import run_directory
    from training.distributed.processes import decided_by_first
    from training.tasks import load_task, recorded
    from training.trainer import Trainer

    task = load_task(config.task, config.data_dir)
    config = replace(config, task=recorded(config.task, task))
    # One that is named by the moment has another name in every process.
    run_dir = Path(
        decided_by_first(
            lambda: str(run_directory(config.run_dir, (config.paradigm.name, config.task.name), config.plain()))
        )
    )
    paradigm = config.paradigm.build(task.spec)
    plain = config.plain() | {"run_dir": str(run_dir)}
    trainer = Trainer(paradigm, task, config.settings(), config=plain, measures=_measures(config, paradigm, task))
    return trainer.run(run_dir, resume=config.resume)


def _measures(config: RunConfig, paradigm: Paradigm, task: Task) -> list[Measure]:
    if config.energy is None:
        return []
    from eval.energy.telemetry import energy_measure

    return [energy_measure(paradigm, task.validation, config.energy, 1.0 if config.hops is None else config.hops)]


def _job(values: dict[str, Any]) -> None:
    from scripts.configuration.run_config import read_config
    from scripts.running.kept_programs import keep_compiled_programs
    from training.distributed.processes import is_writer, joined
    from training.run.terminal import say
    from training.run.terminal_table import print_table
    from training.tasks import LANGUAGES

    keep_compiled_programs()
    config = read_config(values)
    with joined(config.distributed, exit_code):
        summary = train(config)
        if not is_writer():
            return
        print_table(summary)
    if config.task.name in LANGUAGES:
        run_dir = shlex.quote(summary["config"]["run_dir"])
        say(f"next: {called('generate')} run_dir={run_dir} prompt=... writes with the model; --help has prompts")
        return
    data = [shlex.quote(one) for one in sys.argv[1:] if re.match(r"\+*(task|path)[.=]", one)]
    say(f"next: {' '.join([called('compare'), *data])} trains all three paradigms on the same data")


def main() -> int:
    """Entry point; returns the exit code."""
    return run("train", _job)


if __name__ == "__main__":
    sys.exit(main())
