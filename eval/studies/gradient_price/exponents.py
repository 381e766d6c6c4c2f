"""How the price grows: exponents of ratios gradient ÷ forward, of kept bytes and of executions, with intervals.

Counts of operations, bytes and circuits have no noise. The interval of their exponent says how far they are from a
power law (small sizes have other terms than large ones); that of seconds holds noise as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from eval.recorder import Row
from eval.statistics.laws import power_law
from eval.studies.gradient_price.pricing import PRICE
from eval.studies.gradient_price.subjects import LAYERS, QUBITS, STEPS

EXPONENT = "exponent"
"""``part`` of a row of these."""
OWN = "own model"
"""``axis`` of the rows of a model that is not ours, whose parameters grow too."""
FLOPS, SECONDS, MEMORY, TEMPORARY, KEPT, CIRCUITS, EXAMPLE_SECONDS = (
    "flops_ratio", "seconds_ratio", "memory_ratio", "temp_ratio", "residual_bytes", "executions", "seconds_an_example",
)  # fmt: skip
"""What an exponent is of. ``memory_ratio`` is of all that the programs hold, ``temp_ratio`` of temporaries alone,
``seconds_an_example`` of a gradient's seconds over its batch."""
_RATIOS = {
    FLOPS: ("flops_gradient", "flops_forward"),
    SECONDS: ("seconds_gradient", "seconds_forward"),
    MEMORY: ("memory_gradient_bytes", "memory_forward_bytes"),
    TEMPORARY: ("temp_bytes", "temp_bytes_forward"),
    EXAMPLE_SECONDS: ("seconds_gradient", "batch"),
}
QUANTITIES = (FLOPS, SECONDS, MEMORY, TEMPORARY, KEPT, CIRCUITS, EXAMPLE_SECONDS)


def logarithmic(sizes: Sequence[int | float]) -> float:
    """The exponent that log N itself has over these sizes: the most that c = O(log N) allows there.

    0 where a size is not above 1, and log N not positive.
    """
    numbers = np.asarray(sizes, float)
    return power_law(sizes, np.log(numbers).tolist()).exponent if np.all(numbers > 1) else 0.0


def number(row: Row) -> int:
    """N of a priced gradient: steps of time where they grow, gate angles of a circuit, else parameters."""
    if row["axis"] == STEPS:
        return row["size"]
    return row["gate_angles"] if row["axis"] in (LAYERS, QUBITS) else row["parameters"]


def value(row: Row, quantity: str) -> int | float | None:
    """A quantity of a priced gradient; ``None`` where there is none."""
    if quantity not in _RATIOS:
        return row[quantity]
    above, below = (row[column] for column in _RATIOS[quantity])
    return above / below if above is not None and below else None


def knee(rows: Sequence[Row], factor: float) -> int | None:
    """The least N from which on every forward pass takes ``factor`` times a call of a program that does nothing.

    From there on calls are at most 1/``factor`` of what is timed. ``None`` where no size is that large, or nothing was
    timed.

    Args:
        rows: Of one model; where a forward pass was timed beside several gradients, the least median counts.
        factor: ``Config.knee_factor``, or that of the paradigm.
    """
    above: dict[int, bool] = {}
    for row in rows:
        if row["seconds_forward"] is not None:
            enough = row["seconds_forward"] >= factor * row["seconds_call"]
            above[number(row)] = enough and above.get(number(row), True)
    found: int | None = None
    for size in sorted(above, reverse=True):
        if not above[size]:
            break
        found = size
    return found


class Series(NamedTuple):
    """Of what an exponent is: a model, a rule, an estimator, and what grows."""

    paradigm: str
    differentiation: str
    gradient: str
    axis: str


def series(rows: Sequence[Row]) -> dict[Series, list[Row]]:
    """Priced gradients in the order of their size."""
    found: dict[Series, list[Row]] = {}
    for row in sorted((row for row in rows if row["part"] == PRICE), key=number):
        found.setdefault(Series(*(row[name] for name in Series._fields)), []).append(row)
    return found


def exponents(rows: Sequence[Row], knee_factor: float, others: Mapping[str, float] | None = None) -> list[Row]:
    """A row for every series and quantity of which there are three sizes or more.

    Args:
        rows: Priced gradients.
        knee_factor: Of :func:`knee`.
        others: The same of paradigms that have one of their own.
    """
    found: list[Row] = []
    every = series(rows)
    for one, priced in every.items():
        # The forward pass is the same whatever the rule.
        same = (one.paradigm, one.axis)
        alike = [row for other, part in every.items() if (other.paradigm, other.axis) == same for row in part]
        bend = knee(alike, (others or {}).get(one.paradigm, knee_factor))
        for quantity in QUANTITIES:
            clocked = quantity in (SECONDS, EXAMPLE_SECONDS)
            points = {number(row): value(row, quantity) for row in priced}
            kept = {size: float(known) for size, known in points.items() if known}
            if clocked:
                kept = {size: known for size, known in kept.items() if bend is not None and size >= bend}
            if len(kept) < 3 or len(points) < len(priced):
                continue
            sizes, values = list(kept), list(kept.values())
            found.append(
                {
                    "part": EXPONENT,
                    **one._asdict(),
                    "quantity": quantity,
                    **asdict(power_law(sizes, values)),
                    "log_exponent": logarithmic(sizes),
                    "points": len(sizes),
                    "smallest": sizes[0],
                    "largest": sizes[-1],
                    "at_largest": values[-1],
                    "most": max(values),
                    "knee": bend if clocked else None,
                }
            )
    return found
