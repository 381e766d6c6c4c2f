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
"""The ``part`` of a row that holds such an exponent."""
OWN = "own model"
"""The ``axis`` of the rows of a model that is not ours, whose parameters grow too."""
FLOPS, SECONDS, MEMORY, TEMPORARY, KEPT, CIRCUITS, EXAMPLE_SECONDS = (
    "flops_ratio", "seconds_ratio", "memory_ratio", "temp_ratio", "residual_bytes", "executions", "seconds_an_example",
)  # fmt: skip
"""The quantities that have an exponent: ``memory_ratio`` is of all that the programs hold, ``temp_ratio`` is of
temporaries alone, and ``seconds_an_example`` is a gradient's seconds over its batch."""
_RATIOS = {
    FLOPS: ("flops_gradient", "flops_forward"),
    SECONDS: ("seconds_gradient", "seconds_forward"),
    MEMORY: ("memory_gradient_bytes", "memory_forward_bytes"),
    TEMPORARY: ("temp_bytes", "temp_bytes_forward"),
    EXAMPLE_SECONDS: ("seconds_gradient", "batch"),
}
QUANTITIES = (FLOPS, SECONDS, MEMORY, TEMPORARY, KEPT, CIRCUITS, EXAMPLE_SECONDS)
_CLOCKED = (SECONDS, EXAMPLE_SECONDS)


def logarithmic(sizes: Sequence[int | float]) -> float:
    """Return the exponent that log N itself has over these sizes: the most that c = O(log N) allows there.

    Args:
        sizes: The numbers N, at least three different ones.

    Returns:
        The exponent; 0 where a size is not above 1, and log N not positive.
    """
    numbers = np.asarray(sizes, float)
    return power_law(sizes, np.log(numbers).tolist()).exponent if np.all(numbers > 1) else 0.0


def number(row: Row) -> int:
    """Return N of a priced gradient: steps of time where they grow, gate angles of a circuit, else parameters."""
    if row["axis"] == STEPS:
        return row["size"]
    return row["gate_angles"] if row["axis"] in (LAYERS, QUBITS) else row["parameters"]


def value(row: Row, quantity: str) -> int | float | None:
    """Return a quantity of a priced gradient, one of ``QUANTITIES``; ``None`` where there is none."""
    if quantity not in _RATIOS:
        return row[quantity]
    above, below = (row[column] for column in _RATIOS[quantity])
    return above / below if above is not None and below else None


def knee(rows: Sequence[Row], factor: float) -> int | None:
    """Find the least N from which on every forward pass takes ``factor`` times a call of a program that does nothing.

    From there on calls are at most 1/``factor`` of what is timed.

    Args:
        rows: The prices of one model; where a forward pass was timed beside several gradients, the least median counts.
        factor: The factor, ``Config.knee_factor`` or that of the paradigm.

    Returns:
        The number N; ``None`` where no size is that large, or nothing was timed.
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
    """The prices that share an exponent: those of a model, a rule and an estimator, along what grows."""

    paradigm: str
    differentiation: str
    gradient: str
    axis: str


def series(rows: Sequence[Row]) -> dict[Series, list[Row]]:
    """Group the priced gradients by series, each in the order of its size."""
    found: dict[Series, list[Row]] = {}
    for row in sorted((row for row in rows if row["part"] == PRICE), key=number):
        found.setdefault(Series(*(row[name] for name in Series._fields)), []).append(row)
    return found


def points(priced: Sequence[Row], quantity: str, least: int | None = None) -> dict[int, float]:
    """Return a quantity by N, where it is known and not 0.

    Args:
        priced: The prices of one series.
        quantity: One of ``QUANTITIES``.
        least: The N from which on points count; ``None`` for all.
    """
    known = {number(row): value(row, quantity) for row in priced}
    return {size: float(one) for size, one in known.items() if one and (least is None or size >= least)}


def exponents(rows: Sequence[Row], knee_factor: float, others: Mapping[str, float] | None = None) -> list[Row]:
    """Fit a row for every series and quantity of which there are three sizes or more.

    Args:
        rows: A table, of which the priced gradients are read.
        knee_factor: The factor of :func:`knee`.
        others: The same of paradigms that have one of their own.

    Returns:
        The rows; those of seconds are fitted from the knee on.
    """
    found: list[Row] = []
    every = series(rows)
    for one, priced in every.items():
        # The forward pass is the same whatever the rule.
        same = (one.paradigm, one.axis)
        alike = [row for other, part in every.items() if (other.paradigm, other.axis) == same for row in part]
        bend = knee(alike, (others or {}).get(one.paradigm, knee_factor))
        for quantity in QUANTITIES:
            clocked = quantity in _CLOCKED
            if clocked and bend is None:
                continue
            kept = points(priced, quantity, bend if clocked else None)
            # Two prices at one N, of a model whose parameters do not grow, have no law.
            if len(kept) < 3 or len({number(row) for row in priced}) < len(priced):
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
