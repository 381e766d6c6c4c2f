"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eval.energy.trained_networks.rows import NetworkBill
from eval.panel import Panel
from eval.rows import of
from eval.studies.precision.fronts import points


@dataclass(frozen=True)
class OnAverage:
    """Networks of one setting in the mean of the seeds.

    Attributes:
        model: The energy model.
        kind: How they compute, and under which penalty.
        energy: The energy of the hidden layers, in the unit of the model.
        accuracy: The test accuracy.
    """

    model: str
    kind: str
    energy: float
    accuracy: float


def _on_average(rows: list[Any]) -> Iterator[OnAverage]:
    bills = of(rows, NetworkBill)
    for model in sorted({row.model for row in bills}):
        for one in points(bills, model, "hidden"):
            kind = f"{one.network.kind.replace('_', ' ')}, penalty {one.network.penalty:g}"
            yield OnAverage(model, kind, one.energy, one.accuracy)


PANELS = tuple(
    Panel(
        f"Accuracy against energy under {model}",
        "energy", "accuracy", f"{quantity} per image, hidden layers", "test accuracy, mean of the seeds", ("kind",),
        {"model": model}, log_x=True, kind=OnAverage, rows=_on_average,
    )
    for model, quantity in (("yan2024", "picojoules"), ("bit_budget", "bit operations"), ("compute_only", "picojoules"))
)  # fmt: skip
"""One line of fields and one of labels per panel."""
