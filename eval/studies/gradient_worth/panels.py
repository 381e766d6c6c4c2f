"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.panel import Panel
from eval.rows import Row, of
from eval.studies.gradient_worth.rows import Look, Update


@dataclass(frozen=True)
class Spent:
    """A look at a run, and the operations that it had then taken."""

    task: str
    model: str
    flops: int | float
    value: float


def _accuracies(rows: list[Row]) -> Iterator[Spent]:
    """Yield the accuracies of runs whose operations are known."""
    for row, flops in _priced(rows):
        if row.eval_accuracy is not None:
            yield Spent(row.task, row.model, flops, row.eval_accuracy)


def _losses(rows: list[Row]) -> Iterator[Spent]:
    """Yield the losses of runs whose operations are known."""
    for row, flops in _priced(rows):
        if row.eval_loss is not None:
            yield Spent(row.task, row.model, flops, row.eval_loss)


def _priced(rows: list[Row]) -> Iterator[tuple[Look, int | float]]:
    """Yield the looks at runs whose operations are known, with the operations that the run had then taken."""
    each = {(row.task, row.model): row.update_flops for row in of(rows, Update) if row.update_flops is not None}
    for row in of(rows, Look):
        if (row.task, row.model) in each:
            yield row, row.updates * each[row.task, row.model]


PANELS = (
    Panel(
        "Accuracy against operations",
        "flops", "value", "FLOPs of training so far", "validation accuracy, mean of the seeds",
        ("task", "model"), log_x=True, kind=Spent, rows=_accuracies,
    ),
    Panel(
        "Loss against operations",
        "flops", "value", "FLOPs of training so far", "validation loss, mean of the seeds",
        ("task", "model"), log_x=True, log_y=True, kind=Spent, rows=_losses,
    ),
    Panel(
        "Accuracy against updates",
        "updates", "eval_accuracy", "updates", "validation accuracy, mean of the seeds", ("task", "model"), kind=Look,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
