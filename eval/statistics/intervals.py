"""95% intervals of what was repeated with several seeds."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy import stats


class Interval(NamedTuple):
    """A value and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def student(values: ArrayLike, comparisons: int = 1) -> Interval:
    """Student's t interval of a mean; with several ``comparisons`` all of them hold at once (Bonferroni).

    Raises:
        ValueError: For fewer than two values.
    """
    array = np.asarray(values, float)
    return _around(float(array.mean()), array, comparisons)


def ratio(numerators: ArrayLike, denominators: ArrayLike) -> Interval:
    """A ratio of means, with an interval by the jackknife over the pairs (Efron & Tibshirani 1993, chapter 11).

    Raises:
        ValueError: For fewer than two pairs.
    """
    return jackknife(operator.truediv, numerators, denominators)


def jackknife(statistic: Callable[..., float], *columns: ArrayLike, comparisons: int = 1) -> Interval:
    """A function of the columns' means, with an interval by the jackknife over what stands in one row of them.

    For ratios and logarithms of means; with several ``comparisons`` all of them hold at once (Bonferroni).

    Args:
        statistic: One mean a column to a number.
        columns: The paired values, all of one length.
        comparisons: How many such intervals are to hold together.

    Raises:
        ValueError: For fewer than two rows.
    """
    table = np.stack([np.asarray(column, float) for column in columns])
    count = table.shape[1]
    if count < 2:
        raise ValueError(f"{count} value has no interval: repeat with at least 2 seeds")
    whole = statistic(*table.mean(axis=1))
    without = [statistic(*means) for means in ((table.sum(axis=1, keepdims=True) - table) / (count - 1)).T]
    # Tukey's pseudo-values: their standard error of the mean is the jackknife's.
    return _around(float(whole), count * whole - (count - 1) * np.array(without), comparisons)


def _around(centre: float, values: Float[np.ndarray, " count"], comparisons: int) -> Interval:
    if len(values) < 2:
        raise ValueError(f"{len(values)} value has no interval: repeat with at least 2 seeds")
    error = values.std(ddof=1) / math.sqrt(len(values))
    half = float(stats.t.ppf(1 - 0.025 / comparisons, len(values) - 1) * error)
    return Interval(centre, centre - half, centre + half)
