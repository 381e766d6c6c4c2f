"""Straight lines and power laws through measured points: the one fit that studies use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from eval.statistics.intervals import Interval, student_quantile

EXACT_BITS = 1e-3
"""The standard error, in bits, of a computed value beside sampled ones, so that no fit rests on one point alone."""


@dataclass(frozen=True)
class Line:
    """A straight line ``y = intercept + slope x``, fitted by least squares.

    Attributes:
        slope: The change of y per unit of x.
        low: The lower end of the slope's 95% interval.
        high: The upper end of the slope's 95% interval.
        intercept: The value of y at x = 0.
        chi_squared: The sum of the squared residuals over the squared standard errors; over 1 without such errors.
        points: The number of points.
        first: The smallest x.
        last: The largest x.
    """

    slope: float
    low: float
    high: float
    intercept: float
    chi_squared: float
    points: int
    first: float
    last: float

    def __str__(self) -> str:
        return f"{self.slope:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


@dataclass(frozen=True)
class PowerLaw:
    """A power law ``value = factor · size^exponent``, fitted by least squares on logarithms.

    Attributes:
        exponent: The exponent.
        low: The lower end of the exponent's 95% interval.
        high: The upper end of the exponent's 95% interval.
        error: The standard error of the normal distribution that has this interval. Student's t is wider than the
            normal distribution, so that the plain standard error of so few points would be too small.
        factor: The value at size 1, in the unit of the values.
    """

    exponent: float
    low: float
    high: float
    error: float
    factor: float


def line(
    x: Sequence[float] | np.ndarray,
    y: Sequence[float] | np.ndarray,
    errors: Sequence[float] | None = None,
    *,
    comparisons: int = 1,
) -> Line:
    """Fit a straight line by least squares, with Student's 95% interval of its slope.

    With standard errors the points are weighted by them, and the interval is theirs, widened by what the residuals show
    beyond them but never narrowed. Without them all points count alike, and the residuals alone make the interval: it
    has no width where the points lie on a line, as exact counts do.

    Args:
        x: The abscissae, at least 3 of them and not all equal.
        y: The ordinates.
        errors: The standard errors of y, all positive.
        comparisons: How many slopes are to lie in such intervals together (Bonferroni).

    Returns:
        The line and the interval of its slope.

    Raises:
        ValueError: If there are fewer than 3 points, x does not vary, or an error is not positive.
    """
    positions, values = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if len(positions) < 3 or np.ptp(positions) == 0:
        raise ValueError(f"a line with an interval needs 3 points at different x, not x = {positions.tolist()}")
    if errors is not None and not np.all(np.asarray(errors) > 0):
        raise ValueError(f"standard errors must be positive, not {list(errors)}")
    weights = np.ones_like(positions) if errors is None else np.asarray(errors, np.float64) ** -2.0
    centre, level = np.average(positions, weights=weights), np.average(values, weights=weights)
    centred = positions - centre
    spread = float(np.sum(weights * centred**2))
    slope = float(np.sum(weights * centred * values)) / spread
    chi_squared = float(np.sum(weights * (values - level - slope * centred) ** 2))
    freedom = len(positions) - 2
    excess = chi_squared / freedom if errors is None else max(1.0, chi_squared / freedom)
    half = student_quantile(freedom, comparisons) * math.sqrt(excess / spread)
    return Line(
        slope, slope - half, slope + half, float(level - slope * centre), chi_squared, len(positions),
        float(positions.min()), float(positions.max()),
    )  # fmt: skip


def difference(first: Line, second: Line) -> Interval:
    """Subtract the slopes of two independent lines, whose intervals' half widths add in squares.

    Args:
        first: The line from whose slope is subtracted.
        second: The line whose slope is subtracted; its interval has the same confidence.

    Returns:
        The difference of the slopes with an interval of that confidence.
    """
    slope = first.slope - second.slope
    half = math.hypot(first.high - first.slope, second.high - second.slope)
    return Interval(slope, slope - half, slope + half)


def power_law(
    sizes: Sequence[int | float],
    values: Sequence[int | float],
    relative_errors: Sequence[float] | None = None,
    *,
    comparisons: int = 1,
) -> PowerLaw:
    """Fit a power law through values at different sizes: a :func:`line` through their logarithms.

    Args:
        sizes: The positive sizes, at least 3, no two of them equal.
        values: The positive values at these sizes.
        relative_errors: The standard errors of the values as shares of them, all positive.
        comparisons: How many exponents are to lie in such intervals together (Bonferroni).

    Returns:
        The law and the interval of its exponent.

    Raises:
        ValueError: If there are fewer than 3 sizes, two sizes are equal, or a size, value or error is not positive.
    """
    numbers, measured = np.asarray(sizes, float), np.asarray(values, float)
    if len(set(sizes)) < max(len(sizes), 3) or not (np.all(numbers > 0) and np.all(measured > 0)):
        raise ValueError(f"a law needs positive values at 3 different sizes, not {list(values)} at {list(sizes)}")
    fitted = line(np.log(numbers), np.log(measured), relative_errors, comparisons=comparisons)
    error = (fitted.high - fitted.slope) / float(stats.norm.ppf(1 - 0.025 / comparisons))
    return PowerLaw(fitted.slope, fitted.low, fitted.high, error, math.exp(fitted.intercept))
