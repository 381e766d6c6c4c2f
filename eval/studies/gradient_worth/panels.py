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

    model: str
    flops: int | float
    eval_accuracy: float


def _with_operations(rows: list[Row]) -> Iterator[Spent]:
    """Yield the looks at runs whose operations are known."""
    each = {row.model: row.update_flops for row in of(rows, Update) if row.update_flops is not None}
    for row in of(rows, Look):
        if row.model in each:
            yield Spent(row.model, row.updates * each[row.model], row.eval_accuracy)


PANELS = (
    Panel(
        "Accuracy against operations",
        "flops", "eval_accuracy", "FLOPs of training so far", "validation accuracy, mean of the seeds",
        ("model",), log_x=True, kind=Spent, rows=_with_operations,
    ),
    Panel(
        "Accuracy against updates",
        "updates", "eval_accuracy", "updates", "validation accuracy, mean of the seeds", ("model",), kind=Look,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
