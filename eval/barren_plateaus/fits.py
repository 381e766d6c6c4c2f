"""Straight lines through logarithms of variances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

EXACT_BITS = 1e-3
"""Standard error, in bits, that a computed value is given beside sampled ones: no fit rests on one point alone."""


@dataclass(frozen=True)
class Slope:
    """A slope with its 95% interval.

    Attributes:
        value: Per unit of x.
        low: Lower end.
        high: Upper end.
        points: How many points it rests on.
        first: Smallest x.
        last: Largest x.
    """

    value: float
    low: float
    high: float
    points: int
    first: float
    last: float

    def within(self, centre: float, band: float) -> bool:
        """Whether the whole interval lies within ``centre`` ± ``band``."""
        return centre - band <= self.low and self.high <= centre + band

    def __str__(self) -> str:
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def slope(x: Sequence[float], y: Sequence[float], errors: Sequence[float]) -> Slope | None:
    """Weighted least squares, with Student's interval; ``None`` for fewer than three points.

    The interval is that of the stated errors, widened by what the residuals show beyond them (never narrowed).

    Args:
        x: Of every point.
        y: Of every point.
        errors: Standard errors of y; those below ``EXACT_BITS`` are taken for that.
    """
    if len(x) < 3:
        return None
    positions, values = np.asarray(x, np.float64), np.asarray(y, np.float64)
    weights = 1 / np.square(np.maximum(np.asarray(errors, np.float64), EXACT_BITS))
    centred = positions - np.average(positions, weights=weights)
    spread = float(np.sum(weights * centred**2))
    value = float(np.sum(weights * centred * values)) / spread
    residuals = values - np.average(values, weights=weights) - value * centred
    freedom = len(x) - 2
    scale = max(1.0, math.sqrt(float(np.sum(weights * residuals**2)) / freedom))
    half = float(student.ppf(0.975, freedom)) * scale / math.sqrt(spread)
    return Slope(value, value - half, value + half, len(x), float(positions.min()), float(positions.max()))
