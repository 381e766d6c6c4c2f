"""Ratios of variances in bits, and the standard error that a 95% interval stands for."""

from __future__ import annotations

import math

NORMAL = 1.959964
"""97.5% quantile, by which an interval's half width is a standard error."""


def bits(variance: float, reference: float) -> float:
    """Return log2 of a variance over a reference."""
    return math.log2(variance / reference)


def error_bits(variance: float, low: float | None, high: float | None) -> float:
    """Return the standard error of log2 of a variance.

    Args:
        variance: The variance, positive.
        low: The lower end of its 95% interval; ``None`` where it is exact.
        high: The upper end; ``None`` where it is exact.

    Returns:
        The error in bits; 0 where the variance is exact.
    """
    if low is None or high is None:
        return 0.0
    # An interval that reaches down to nothing has no lower end in bits: the upper half stands for both.
    return bits(high, low) / (2 * NORMAL) if low > 0 else bits(high, variance) / NORMAL
