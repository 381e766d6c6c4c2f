"""95% intervals of what was repeated with several seeds."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy import special, stats


class Interval(NamedTuple):
    """A value and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def student(values: ArrayLike, comparisons: int = 1) -> Interval:
    """Compute Student's t interval of a mean.

    Args:
        values: The values, at least two.
        comparisons: How many such intervals are to hold together (Bonferroni).

    Returns:
        The mean and the ends of its interval.

    Raises:
        ValueError: If there are fewer than two values.
    """
    array = np.asarray(values, float)
    _require_two(len(array))
    return _around(float(array.mean()), array, comparisons)


def total(*samples: ArrayLike, comparisons: int = 1) -> Interval:
    """Compute a sum of independent means, with an interval by Welch's approximation.

    The degrees of freedom of the sum's standard error are those of Welch (1947, Biometrika 34, 28) and Satterthwaite.

    Args:
        samples: For each of the means its values, at least two; those of different means are independent.
        comparisons: How many such intervals are to hold together (Bonferroni).

    Returns:
        The sum of the means and the ends of its interval.

    Raises:
        ValueError: If there are fewer than two values of one of the means.
    """
    arrays = [np.asarray(values, float) for values in samples]
    for array in arrays:
        _require_two(len(array))
    centre = float(sum(array.mean() for array in arrays))
    squares = np.array([array.var(ddof=1) / len(array) for array in arrays])
    if not squares.any():
        return Interval(centre, centre, centre)
    shares = squares / squares.sum()
    freedom = 1 / sum(share**2 / (len(array) - 1) for share, array in zip(shares, arrays, strict=True))
    half = student_quantile(freedom, comparisons) * math.sqrt(squares.sum())
    return Interval(centre, centre - half, centre + half)


def ratio(numerators: ArrayLike, denominators: ArrayLike) -> Interval:
    """Compute a ratio of means, with an interval by the jackknife over the pairs; see :func:`jackknife`."""
    return jackknife(operator.truediv, numerators, denominators)


def jackknife(statistic: Callable[..., float], *columns: ArrayLike, comparisons: int = 1) -> Interval:
    """Compute a function of means, with an interval by the jackknife (Efron & Tibshirani 1993, chapter 11).

    It serves ratios and logarithms of means.

    Args:
        statistic: The function, of one mean per column.
        columns: The paired values, all of one length, at least two each.
        comparisons: How many such intervals are to hold together (Bonferroni).

    Returns:
        The function of the means and the ends of its interval.

    Raises:
        ValueError: If there are fewer than two values per column.
    """
    table = np.stack([np.asarray(column, float) for column in columns])
    count = table.shape[1]
    _require_two(count)
    whole = statistic(*table.mean(axis=1))
    without = [statistic(*means) for means in ((table.sum(axis=1, keepdims=True) - table) / (count - 1)).T]
    # Tukey's pseudo-values: their standard error of the mean is the jackknife's.
    return _around(float(whole), count * whole - (count - 1) * np.array(without), comparisons)


def wilson(successes: int, trials: int) -> Interval:
    """Compute Wilson's score interval of a probability (Wilson 1927), which has a width where all trials end alike.

    Args:
        successes: Trials that succeeded, at most all.
        trials: Independent trials, at least one.

    Returns:
        The share of successes and the ends of its 95% interval.
    """
    found = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    return Interval(successes / trials, float(found.low), float(found.high))


def student_quantile(freedom: int | float, comparisons: int = 1) -> float:
    """The half width of a 95% Student interval, in standard errors.

    Args:
        freedom: The degrees of freedom of the standard error; the half width is NaN where there are none.
        comparisons: How many such intervals are to hold together (Bonferroni).
    """
    # What scipy.stats.t.ppf calls, without a tenth of a millisecond of checks: verdicts ask thousands of times.
    return float(special.stdtrit(freedom, 1 - 0.025 / comparisons))


def together(interval: Interval, freedom: int, comparisons: int) -> Interval:
    """Widen a Student interval so that several of its kind hold at once (Bonferroni).

    Args:
        interval: The interval of one of them, symmetric about its mean.
        freedom: The degrees of freedom of its standard error.
        comparisons: How many such intervals are to hold together.

    Returns:
        The same mean between wider ends.
    """
    factor = student_quantile(freedom, comparisons) / student_quantile(freedom)
    mean, low, high = interval
    return Interval(mean, mean - factor * (mean - low), mean + factor * (high - mean))


def _around(centre: float, values: Float[np.ndarray, " count"], comparisons: int) -> Interval:
    error = values.std(ddof=1) / math.sqrt(len(values))
    half = student_quantile(len(values) - 1, comparisons) * float(error)
    return Interval(centre, centre - half, centre + half)


def _require_two(count: int) -> None:
    if count < 2:
        raise ValueError(f"{count} value has no interval: repeat with at least 2 seeds")
