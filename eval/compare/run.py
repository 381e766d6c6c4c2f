"""Running a comparison: match sizes, find learning rates, train, and write the table and the figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.compare.config import CompareConfig, Contender, build
from eval.compare.entries import PARAMETER_SHIFT, Entry, entry, train
from eval.compare.figure import FIGURE, draw_comparison
from eval.compare.matching import matched
from eval.compare.table import TABLE, Row, make_row, write_table
from training.run_directory import METRICS, Resume, open_run_directory, plain
from training.signals import stop_on_signal
from training.tasks import Task
from training.tracking.durable import writing
from training.tracking.jsonl import read

RECORDS = (TABLE, FIGURE)
"""What only a comparison leaves behind in its directory, beside ``config.yaml`` and the runs inside."""


def compare(
    config: CompareConfig,
    task: Task,
    run_dir: str | Path,
    *,
    resume: Resume = True,
    announce: Callable[[str], None] = print,
) -> list[Row]:
    """Compare, and write ``table.json`` and ``compare.png`` into ``run_dir``, with a run directory for every run.

    Args:
        config: Who is compared, and how.
        task: On what.
        run_dir: Where.
        resume: Keep what is finished in ``run_dir`` and continue with the rest; false refuses a used directory, and
            ``"restart"`` sets everything aside and starts over.
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
    with stop_on_signal() as stop, open_run_directory(run_dir, plain(config), resume, RECORDS) as opened:
        if replaced := opened.begin():
            announce(replaced)
        # The runs inside have directories of their own, which are gone on with, or started over with the whole.
        again: Resume = "restart" if resume == "restart" else True

        def finish(run: Entry) -> dict[str, Any]:
            stop.check("stopped between two runs; the same command continues")
            return train(run, task, opened.path, again, announce)

        return _compare(config, contenders, opened.path, finish, task)


def _compare(
    config: CompareConfig,
    contenders: Sequence[Contender],
    directory: Path,
    finish: Callable[[Entry], dict[str, Any]],
    task: Task,
) -> list[Row]:
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
    with writing(directory / FIGURE):
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
