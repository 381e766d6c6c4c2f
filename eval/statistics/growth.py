"""Growth with a constant beside it, M = a + b T^p, fitted so that p means something even where nothing grows.

Counts of bytes have no noise: what an interval expresses is how far the points are from the law, since segments are
whole numbers of steps and buffers come and go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import stats

from eval.statistics.laws import power_law

EXPONENTS = np.arange(1, 3001) / 1000
"""Exponents that are tried; an exponent and its interval are known to this resolution."""


class Growth(NamedTuple):
    """A fitted law ``constant + factor T^exponent``.

    Attributes:
        exponent: The exponent p.
        low: The lower end of the exponent's 95% interval.
        high: The upper end of the exponent's 95% interval.
        constant: The constant a, 0 or more, in the quantity's unit.
        factor: The factor b, 0 or more, in the quantity's unit.
        grows: Whether there was growth to fit; else the exponent is that of the quantity itself, see :func:`growth`.
        per_step: What one more step adds to the quantity, between the first and the last length.
    """

    exponent: float
    low: float
    high: float
    constant: float
    factor: float
    grows: bool
    per_step: float


def growth(steps: Sequence[int | float], values: Sequence[int | float], *, least_growth: float) -> Growth:
    """Fit the law M = a + b T^p, with the profile-likelihood interval of p.

    Deviations are taken as relative (all lengths count alike, not the longest alone), independent and normal. For each
    exponent, ``a`` and ``b`` are the best that are not negative; of the exponents, those belong to the interval whose
    sum of squares S satisfies ``S <= S_min (1 + F / (n - 3))`` with F the 95% quantile of F(1, n - 3): the profile
    likelihood's interval for an unknown variance.

    Where the last value is above the first by less than ``least_growth`` of it, ``b T^p`` is lost in ``a`` and any
    exponent would do. Then ``a`` is left out, and the exponent is the slope of log M in log T, 0 for a constant, with
    the interval of :func:`eval.statistics.laws.power_law`.

    Args:
        steps: The lengths T, at least 4, no two of them equal.
        values: The positive quantity at each length.
        least_growth: The share of the first value by which the last must exceed it for a growth to be fitted.

    Returns:
        The law and the interval of its exponent.

    Raises:
        ValueError: For fewer than four lengths, lengths that are equal, or values that are not positive.
    """
    order = np.argsort(steps)
    lengths, measured = np.asarray(steps, float)[order], np.asarray(values, float)[order]
    if len(lengths) < 4 or np.any(np.diff(lengths) <= 0) or np.any(measured <= 0):
        raise ValueError(f"a growth needs positive values at 4 different lengths, not {list(values)} at {list(steps)}")
    per_step = float((measured[-1] - measured[0]) / (lengths[-1] - lengths[0]))
    if measured[-1] < (1 + least_growth) * measured[0]:
        law = power_law(lengths.tolist(), measured.tolist())
        level = float(np.exp(np.log(measured).mean()))
        return Growth(law.exponent, law.low, law.high, level, 0.0, False, per_step)
    # T relative to the longest, so that the columns are of one size for every exponent.
    powers = (lengths / lengths[-1])[None, :] ** EXPONENTS[:, None]
    constants, factors, squares = _not_negative(powers / measured, 1 / measured)
    best = int(np.argmin(squares))
    freedom = len(lengths) - 3
    # Rounding alone leaves this much where points are exactly on a law.
    allowed = squares[best] * (1 + float(stats.f.ppf(0.95, 1, freedom)) / freedom) + 1e-20
    inside = EXPONENTS[squares <= allowed]
    factor = factors[best] / lengths[-1] ** EXPONENTS[best]
    return Growth(
        float(EXPONENTS[best]), float(inside.min()), float(inside.max()), float(constants[best]), float(factor), True,
        per_step,
    )  # fmt: skip


def _not_negative(
    powers: Float[np.ndarray, "exponents points"], ones: Float[np.ndarray, " points"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``a``, ``b >= 0`` that bring ``a ones + b powers`` closest to 1, and the sum of squares, for each exponent."""
    oo, op, pp = ones @ ones, powers @ ones, np.sum(powers**2, axis=1)
    o, p = np.sum(ones), np.sum(powers, axis=1)
    determinant = oo * pp - op**2
    candidates = [
        ((pp * o - op * p) / determinant, (oo * p - op * o) / determinant),
        (np.zeros_like(p), p / pp),
        (np.full_like(p, o / oo), np.zeros_like(p)),
    ]
    squares = np.stack(
        [
            np.where((a < 0) | (b < 0), np.inf, np.sum((1 - a[:, None] * ones - b[:, None] * powers) ** 2, axis=1))
            for a, b in candidates
        ]
    )
    which = np.argmin(squares, axis=0)
    rows = np.arange(len(which))
    a, b = (np.stack(column)[which, rows] for column in zip(*candidates, strict=True))
    return a, b, squares[which, rows]
