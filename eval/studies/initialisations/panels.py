"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator

from eval.panel import Panel
from eval.recorder import Row


def _with_intervals(rows: list[Row]) -> Iterator[Row]:
    """Variances with the 95% intervals that their standard errors give."""
    for row in rows:
        if row.get("part") == "variance":
            half = 1.96 * row["relative_error"] * row["variance"]
            yield {**row, "low": row["variance"] - half, "high": row["variance"] + half}


PANELS = (
    Panel(
        "Variance of a gradient component at the start",
        "qubits", "variance", "qubits", "variance of a gradient component, mean of all", ("setting",),
        log_y=True, low="low", high="high", rows=_with_intervals,
    ),
    Panel(
        "Training on digits from each start",
        "step", "validation_accuracy", "updates", "validation accuracy, mean of the seeds", ("setting",),
        {"part": "training"},
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
