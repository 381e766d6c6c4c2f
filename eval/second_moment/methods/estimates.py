"""What every method returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from eval.statistics.heavy_tails import LEAST_EFFECTIVE_SAMPLES
from eval.statistics.intervals import student_quantile


@dataclass(frozen=True)
class Estimates:
    """Variances over random angles, one per parameter (or one in all for the cost), float64.

    Attributes:
        variance: The estimate. With normal angles, the mean square.
        low: Lower end of the 95% interval of a sampled value; lower numerical bound of a computed one.
        high: Upper end.
        effective_samples: (variance / its standard error)², which is the number of survivors where survivors are
            counted; inf where computed.
        method: ``dense``, ``chain``, ``paths`` or ``tableau``.
        refused: True where the effective sample size is under 100: the interval is not to be believed.
    """

    variance: Float[np.ndarray, " parameters"]
    low: Float[np.ndarray, " parameters"]
    high: Float[np.ndarray, " parameters"]
    effective_samples: Float[np.ndarray, " parameters"]
    method: str
    refused: Bool[np.ndarray, " parameters"]


def computed(
    variance: Float[np.ndarray, " parameters"], error: Float[np.ndarray, " parameters"], method: str
) -> Estimates:
    """Estimates without sampling, plus or minus a bound on the numerical error; a variance is not negative."""
    return Estimates(
        variance=np.maximum(variance, 0.0),
        low=np.maximum(variance - error, 0.0),
        high=np.maximum(variance + error, 0.0),
        effective_samples=np.full(variance.shape, np.inf),
        method=method,
        refused=np.zeros(variance.shape, bool),
    )


def from_batches(batches: Float[np.ndarray, "batches parameters"], method: str) -> Estimates:
    """Estimates from independent batches.

    The 95% interval is Student's, corrected for the skewness of the batches (Hall 1992, J. R. Stat. Soc. B 54, 221):
    rare large contributions, of which too few were seen, make the upper side longer.
    """
    count = len(batches)
    values = batches.mean(0)
    errors = batches.std(0, ddof=1) / np.sqrt(count)
    quantile = student_quantile(count - 1)
    centred = batches - values
    skewness = np.divide(
        np.mean(centred**3, axis=0), np.mean(centred**2, axis=0) ** 1.5, out=np.zeros(values.shape), where=errors > 0
    )
    effective = np.divide(values, errors, out=np.full(values.shape, np.inf), where=errors > 0) ** 2
    effective = np.where(values > 0, effective, 0.0)
    return Estimates(
        variance=np.maximum(values, 0.0),
        low=np.maximum(values - errors * _unskewed(quantile, skewness, count), 0.0),
        high=values - errors * _unskewed(-quantile, skewness, count),
        effective_samples=effective,
        method=method,
        refused=effective < LEAST_EFFECTIVE_SAMPLES,
    )


def _unskewed(
    quantile: float, skewness: Float[np.ndarray, " parameters"], count: int
) -> Float[np.ndarray, " parameters"]:
    """The quantile of a studentised mean of ``count`` skewed values: Hall's cubic transformation, inverted."""
    root = np.sqrt(count)
    safe = np.where(np.abs(skewness) > 1e-6, skewness, 1.0)
    turned = 3 * root / safe * (np.cbrt(1 + safe * (quantile / root - safe / (6 * count))) - 1)
    return np.where(np.abs(skewness) > 1e-6, turned, quantile)
