"""How the price grows: exponents of ratios gradient ÷ forward, of kept bytes and of executions, with intervals.

Counts of operations, bytes and circuits have no noise. The interval of their exponent says how far they are from a
power law (small sizes have other terms than large ones); that of seconds holds noise as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

import numpy as np

from eval.statistics.laws import power_law
from eval.studies.gradient_price.rows import Exponent, GradientPrice, Quantity, Series

FLOPS: Quantity = "cost/gradient_to_forward_flops"
SECONDS: Quantity = "time/gradient_to_forward"
MEMORY: Quantity = "gradient_to_forward_total_bytes"
"""Of all that the programs hold."""
TEMPORARY: Quantity = "gradient_to_forward_temp_bytes"
"""Of temporaries alone."""
KEPT: Quantity = "memory/residual_bytes"
CIRCUITS: Quantity = "gradient_executions"
EXAMPLE_SECONDS: Quantity = "seconds_per_example"
"""A gradient's seconds over its batch."""
QUANTITIES = (FLOPS, SECONDS, MEMORY, TEMPORARY, KEPT, CIRCUITS, EXAMPLE_SECONDS)
"""What has an exponent; the first four are ratios gradient ÷ forward."""
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


def value(price: GradientPrice, quantity: Quantity) -> int | float | None:
    """Return a quantity of a priced gradient; ``None`` where there is none."""
    match quantity:
        case "cost/gradient_to_forward_flops":
            return _ratio(price.flops, price.forward_flops)
        case "time/gradient_to_forward":
            return _ratio(price.gradient_seconds, price.forward_seconds)
        case "gradient_to_forward_total_bytes":
            return _ratio(price.total_bytes, price.forward_total_bytes)
        case "gradient_to_forward_temp_bytes":
            return _ratio(price.temp_bytes, price.forward_temp_bytes)
        case "memory/residual_bytes":
            return price.residual_bytes
        case "gradient_executions":
            return price.gradient_executions
        case "seconds_per_example":
            return _ratio(price.gradient_seconds, price.batch)
        case _:
            assert_never(quantity)


def _ratio(above: int | float | None, below: int | float | None) -> float | None:
    return above / below if above is not None and below else None


def knee(prices: Sequence[GradientPrice], factor: float) -> int | None:
    """Find the least N from which on every forward pass takes ``factor`` times a call of a program that does nothing.

    From there on calls are at most 1/``factor`` of what is timed.

    Args:
        prices: Those of one model; where a forward pass was timed beside several gradients, the least median counts.
        factor: The factor, ``Config.knee_factor`` or that of the paradigm.

    Returns:
        The number N; ``None`` where no size is that large, or nothing was timed.
    """
    above: dict[int, bool] = {}
    for one in prices:
        if one.forward_seconds is not None and one.call_seconds is not None:
            enough = one.forward_seconds >= factor * one.call_seconds
            above[one.number] = enough and above.get(one.number, True)
    found: int | None = None
    for size in sorted(above, reverse=True):
        if not above[size]:
            break
        found = size
    return found


def by_series(prices: Sequence[GradientPrice]) -> dict[Series, list[GradientPrice]]:
    """Group the priced gradients by series, each in the order of its size."""
    found: dict[Series, list[GradientPrice]] = {}
    for one in sorted(prices, key=lambda one: one.number):
        found.setdefault(one.series, []).append(one)
    return found


def points(prices: Sequence[GradientPrice], quantity: Quantity, least: int | None = None) -> dict[int, float]:
    """Return a quantity by N, where it is known and not 0.

    Args:
        prices: Those of one series.
        quantity: One of ``QUANTITIES``.
        least: The N from which on points count; ``None`` for all.
    """
    known = {one.number: value(one, quantity) for one in prices}
    return {size: float(one) for size, one in known.items() if one and (least is None or size >= least)}


def exponents(
    prices: Sequence[GradientPrice], knee_factor: float, others: Mapping[str, float] | None = None
) -> list[Exponent]:
    """Fit a row for every series and quantity of which there are three sizes or more.

    Args:
        prices: The priced gradients.
        knee_factor: The factor of :func:`knee`.
        others: The same of paradigms that have one of their own.

    Returns:
        The rows; those of seconds are fitted from the knee on.
    """
    found: list[Exponent] = []
    every = by_series(prices)
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
            if len(kept) < 3 or len({row.number for row in priced}) < len(priced):
                continue
            sizes, values = list(kept), list(kept.values())
            fitted = power_law(sizes, values)
            found.append(
                Exponent(
                    **one._asdict(),
                    quantity=quantity,
                    exponent=fitted.exponent,
                    low=fitted.low,
                    high=fitted.high,
                    standard_error=fitted.error,
                    factor=fitted.factor,
                    log_exponent=logarithmic(sizes),
                    points=len(sizes),
                    smallest=sizes[0],
                    largest=sizes[-1],
                    at_largest=values[-1],
                    most=max(values),
                    knee=bend if clocked else None,
                )
            )
    return found
