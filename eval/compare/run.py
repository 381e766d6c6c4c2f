"""Running a comparison: match sizes, find learning rates, train, and write the table and the figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.compare.config import CompareConfig, Contender, build
from eval.compare.entries import PARAMETER_SHIFT, Entry, entry, train
from eval.compare.figure import draw_comparison
from eval.compare.matching import matched
from eval.compare.table import Row, make_row, write_table
from training.run_directory import METRICS, open_run_directory, plain
from training.tasks import Task
from training.tracking.jsonl import read


def compare(
    config: CompareConfig,
    task: Task,
    run_dir: str | Path,
    *,
    resume: bool = True,
    announce: Callable[[str], None] = print,
) -> list[Row]:
    """Compare, and write ``table.json`` and ``compare.png`` into ``run_dir``, with a run directory for every run.

    Args:
        config: Who is compared, and how.
        task: On what.
        run_dir: Where.
        resume: Keep what is finished in ``run_dir`` and continue with the rest; false refuses a used directory.
        announce: Takes a sentence at the start of every run.

    Returns:
        The rows of ``table.json``; their columns are described in ``eval.compare.table``.

    Raises:
        BadInput: Settings that cannot be served, or a directory that cannot be used.
        Unsupported: A paradigm that cannot serve the task.
        Interrupted: A signal asked the run to stop; the same call continues it.
    """
    contenders = matched(config, task.spec)
    # Built now, so that what cannot serve the task is refused before anything is trained.
    for contender in config.contenders:
        build(contender.name, contender.config, task.spec)
    directory = open_run_directory(run_dir, plain(config), resume)

    def finish(run: Entry) -> dict[str, Any]:
        return train(run, task, directory, announce)

    rows: list[Row] = []

    def show(run: Entry) -> None:
        rows.append(make_row(run, finish(run), read(directory / run.run / METRICS), task))

    for contender in contenders:
        tuned = _tuned(config, contender, finish)
        show(entry(config, "matched", tuned))
        if _has_parameter_shift(contender) and config.parameter_shift_steps:
            show(entry(config, "hardware", tuned))
    for contender in config.contenders[1:] if config.default_size else ():
        show(entry(config, "default", contender))

    write_table(directory, rows)
    curves = {row["run"]: read(directory / row["run"] / METRICS) for row in rows}
    draw_comparison(rows, curves, directory)
    return rows


def _has_parameter_shift(contender: Contender) -> bool:
    return contender.name == "vqc" and contender.config.differentiation != PARAMETER_SHIFT


def _tuned(config: CompareConfig, contender: Contender, finish: Callable[[Entry], dict[str, Any]]) -> Contender:
    """The contender with the learning rate that ends with the best validation accuracy, then the least loss."""
    tried = [replace(contender, learning_rate=rate) for rate in config.learning_rates]
    if len(tried) < 2:
        return tried[0] if tried else contender

    def merit(candidate: Contender) -> tuple[float, float]:
        metrics = finish(entry(config, "tuning", candidate))["metrics"]
        return metrics.get("eval/accuracy", 0.0), -metrics["eval/loss"]

    return max(tried, key=merit)
