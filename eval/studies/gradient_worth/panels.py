"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator

from eval.panel import Panel
from eval.recorder import Row


def _with_operations(rows: list[Row]) -> Iterator[Row]:
    """Looks at runs with the operations that they had then taken."""
    each = {row["model"]: row["flops_update"] for row in rows if row.get("part") == "cost"}
    for row in rows:
        if row.get("part") == "curve":
            yield {**row, "flops": row["updates"] * each[row["model"]]}


PANELS = (
    Panel(
        "Accuracy against operations",
        "flops", "validation_accuracy", "FLOPs of training so far", "validation accuracy, mean of the seeds",
        ("model",), log_x=True, rows=_with_operations,
    ),
    Panel(
        "Accuracy against updates",
        "updates", "validation_accuracy", "updates", "validation accuracy, mean of the seeds", ("model",),
        {"part": "curve"},
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
