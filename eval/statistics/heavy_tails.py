"""Intervals for a mean of squares, whose samples have a long upper tail."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.statistics.intervals import student_quantile

LEAST_EFFECTIVE_SAMPLES = CLAIMS["C3"].thresholds["least_effective_samples"]


@dataclass(frozen=True)
class VarianceEstimate:
    """A variance with its 95% interval.

    Attributes:
        value: The estimate.
        low: Lower end.
        high: Upper end.
        effective_samples: (Σx)² / Σx² of the samples x; ``None`` where nothing was sampled.
    """

    value: float
    low: float
    high: float
    effective_samples: float | None

    @property
    def refused(self) -> bool:
        """Whether too few samples carry the mean for the interval to be believed."""
        return self.effective_samples is not None and self.effective_samples < LEAST_EFFECTIVE_SAMPLES


def mean_of_squares(samples: Float[np.ndarray, " samples"]) -> VarianceEstimate:
    """The mean of non-negative samples, with Student's interval for its logarithm (delta method).

    On the logarithm's scale the estimator of a heavy-tailed mean is closer to normal, and the interval stays positive.
    With an effective sample size above 100 it covered 93 to 97% in simulations of squared normal numbers and of the
    product ansatz up to six qubits; the study measures its coverage again.
    """
    x = np.asarray(samples, np.float64)
    mean = float(x.mean())
    if mean == 0.0:
        return VarianceEstimate(0.0, 0.0, 0.0, 0.0)
    relative_error = float(x.std(ddof=1)) / (mean * math.sqrt(x.size))
    factor = math.exp(student_quantile(x.size - 1) * relative_error)
    return VarianceEstimate(mean, mean / factor, mean * factor, float(x.sum() ** 2 / np.sum(np.square(x))))


def coverage(estimates: list[VarianceEstimate], truth: float) -> tuple[float, int]:
    """Share of the intervals that hold the truth, of those that are not refused, and how many are not."""
    kept = [estimate for estimate in estimates if not estimate.refused]
    right = sum(estimate.low <= truth <= estimate.high for estimate in kept)
    return (right / len(kept) if kept else 0.0), len(kept)
