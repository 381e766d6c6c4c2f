"""What was read of each surrogate, with its interval over seeds or over networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from eval.rows import Row, of
from eval.statistics.intervals import Interval, ratio, student
from eval.studies.surrogates.rows import Bias, Network, Noise, Place, Training

Surrogate = tuple[str, float]
"""Shape and width."""


def surrogates(rows: Sequence[Row]) -> list[Surrogate]:
    """Return the surrogates that were trained with, in the table's order."""
    return list(dict.fromkeys((row.shape, row.width) for row in of(rows, Training)))


def accuracies(rows: Sequence[Row], surrogate: Surrogate) -> Float[np.ndarray, " seeds"]:
    """Return the accuracies on the test split after training, in the order of the seeds."""
    own = [row for row in of(rows, Training) if (row.shape, row.width) == surrogate]
    return np.array([row.test_accuracy for row in sorted(own, key=lambda row: row.training_seed)])


def accuracy(rows: Sequence[Row], surrogate: Surrogate) -> Interval:
    """Return the accuracy on the test split after training."""
    return student(accuracies(rows, surrogate))


def noise(
    rows: Sequence[Row], surrogate: Surrogate, place: Place, moment: Callable[[Noise], float]
) -> Float[np.ndarray, " seeds"]:
    """Return a moment of one surrogate's gradient at the shared parameters, in the order of the seeds."""
    own = [row for row in of(rows, Noise) if ((row.shape, row.width), row.place) == (surrogate, place)]
    return np.array([moment(row) for row in sorted(own, key=lambda row: row.training_seed)])


def variance(rows: Sequence[Row], surrogate: Surrogate, place: Place) -> Interval:
    """Return the variance of the per-example gradient, mean over parameters.

    Args:
        rows: The table.
        surrogate: Its shape and width.
        place: The parameters at which they were taken.
    """
    return student(noise(rows, surrogate, place, lambda row: row.variance_over_examples))


def signal_to_noise(rows: Sequence[Row], surrogate: Surrogate, place: Place) -> Interval:
    """Return ``‖G‖² ÷ tr Σ`` of one example, numerator and denominator averaged over the seeds before dividing.

    Args:
        rows: The table.
        surrogate: Its shape and width.
        place: The parameters at which they were taken.
    """
    signal = noise(rows, surrogate, place, lambda row: row.squared_norm_unbiased)
    return ratio(signal, noise(rows, surrogate, place, lambda row: row.covariance_trace))


def cosine(rows: Sequence[Row], surrogate: Surrogate, noise: float, network: Network, comparisons: int = 1) -> Interval:
    """Return the cosine with the gradient of the expected loss, mean over networks.

    Args:
        rows: The table.
        surrogate: Its shape and width.
        noise: The noise of the threshold that makes the reference, in thresholds.
        network: In which network the surrogate gradient was taken.
        comparisons: How many such intervals are to hold together.
    """
    wanted = noise, surrogate, network
    (row,) = [row for row in of(rows, Bias) if (row.noise, (row.shape, row.width), row.network) == wanted]
    return student(np.array(row.cosines), comparisons)


def noise_levels(rows: Sequence[Row]) -> list[float]:
    """Return the noise levels of the references, ascending."""
    return sorted({row.noise for row in of(rows, Bias)})
