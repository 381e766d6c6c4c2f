"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.panel import Panel
from eval.rows import Row, of
from eval.studies.initialisations.rows import Look, Variance


@dataclass(frozen=True)
class Interval:
    """A variance with the 95% interval that its standard error gives."""

    setting: str
    qubits: int
    variance: float
    low: float
    high: float


def _with_intervals(rows: list[Row]) -> Iterator[Interval]:
    for row in of(rows, Variance):
        variance = row.variance_over_initialisations
        half = 1.96 * row.relative_error * variance
        yield Interval(row.setting, row.qubits, variance, variance - half, variance + half)


PANELS = (
    Panel(
        "Variance of a gradient component at the start",
        "qubits", "variance", "qubits", "variance of a gradient component, mean of all", ("setting",),
        log_y=True, low="low", high="high", kind=Interval, rows=_with_intervals,
    ),
    Panel(
        "Training on digits from each start",
        "updates", "eval_accuracy", "updates", "validation accuracy, mean of the seeds", ("setting",), kind=Look,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
