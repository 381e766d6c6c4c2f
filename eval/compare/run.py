"""Run a comparison: match sizes, find learning rates, train, and write the table and the figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.compare.config import CompareConfig, Contender, build
from eval.compare.contender_runs import PARAMETER_SHIFT, ContenderRun, contender_run, train
from eval.compare.figure import FIGURE, draw_comparison
from eval.compare.parameter_counts import matched
from eval.compare.rows import ComparedRun
from eval.compare.table import TABLE, make_row, write_table
from training.run.run_directory import METRICS, Resume, open_run_directory, plain
from training.run.signals import stop_on_signal
from training.tasks import Task
from training.tracking.durable import writing
from training.tracking.jsonl import read

RECORDS = (TABLE, FIGURE)
"""The files that only a comparison leaves in its directory, beside ``config.yaml`` and the runs inside."""


def compare(
    config: CompareConfig,
    task: Task,
    run_dir: str | Path,
    *,
    resume: Resume = True,
    announce: Callable[[str], None] = print,
) -> list[ComparedRun]:
    """Compare paradigms, and write ``table.json`` and ``compare.png`` beside a directory for every run.

    Args:
        config: What is compared, and how.
        task: The data that all learn from.
        run_dir: The directory of the comparison.
        resume: Whether what is finished in ``run_dir`` is kept and the rest continued; false refuses a used directory,
            and ``"restart"`` sets everything aside and starts over.
        announce: A function that takes a sentence at the start of every run.

    Returns:
        The rows of ``table.json``.

    Raises:
        BadInput: If settings cannot be served, or the directory cannot be used.
        Unsupported: If a paradigm cannot serve the task.
        Interrupted: If a signal asked the run to stop; the same call continues it.
    """
    contenders = matched(config, task.spec)
    # Built now, so that what cannot serve the task is refused before anything is trained.
    for contender in config.contenders:
        build(contender.name, contender.config, task.spec)
    with stop_on_signal() as stop, open_run_directory(run_dir, plain(config), resume, RECORDS) as opened:
        if replaced := opened.begin():
            announce(replaced)
        # The runs inside have directories of their own, which are gone on with, or started over with the whole.
        again: Resume = "restart" if resume == "restart" else True

        def finish(run: ContenderRun) -> dict[str, Any]:
            stop.check("stopped between two runs; the same command continues")
            return train(run, task, opened.path, again, announce)

        return _compare(config, contenders, opened.path, finish, task)


def _compare(
    config: CompareConfig,
    contenders: Sequence[Contender],
    directory: Path,
    finish: Callable[[ContenderRun], dict[str, Any]],
    task: Task,
) -> list[ComparedRun]:
    rows: list[ComparedRun] = []

    def show(run: ContenderRun) -> None:
        rows.append(make_row(run, finish(run), read(directory / run.run / METRICS), task))

    for contender in contenders:
        tuned = _tuned(config, contender, finish)
        show(contender_run(config, "matched", tuned))
        if _has_parameter_shift(contender) and config.parameter_shift_steps:
            show(contender_run(config, "hardware", tuned))
    for contender in config.contenders[1:] if config.default_size else ():
        show(contender_run(config, "default", contender))

    write_table(directory, rows)
    curves = {row.run: read(directory / row.run / METRICS) for row in rows}
    with writing(directory / FIGURE):
        draw_comparison(rows, curves, directory)
    return rows


def _has_parameter_shift(contender: Contender) -> bool:
    return contender.name == "vqc" and contender.config.differentiation != PARAMETER_SHIFT


def _tuned(config: CompareConfig, contender: Contender, finish: Callable[[ContenderRun], dict[str, Any]]) -> Contender:
    """Choose the learning rate that ends with the best validation accuracy, and of equals that of the least loss."""
    tried = [replace(contender, learning_rate=rate) for rate in config.learning_rates]
    if len(tried) < 2:
        return tried[0] if tried else contender

    def merit(candidate: Contender) -> tuple[float, float]:
        metrics = finish(contender_run(config, "tuning", candidate))["metrics"]
        return metrics.get("eval/accuracy", 0.0), -metrics["eval/loss"]

    return max(tried, key=merit)
