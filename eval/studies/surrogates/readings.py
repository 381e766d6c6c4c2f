"""What was read of each surrogate, with its interval over seeds or over networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from eval.recorder import Row
from eval.statistics.intervals import Interval, ratio, student

Surrogate = tuple[str, float]
"""Shape and width."""


def surrogates(rows: Sequence[Row]) -> list[Surrogate]:
    """Return the surrogates that were trained with, in the table's order."""
    return list(dict.fromkeys((row["shape"], row["width"]) for row in rows if row["part"] == "training"))


def trained(rows: Sequence[Row], surrogate: Surrogate, name: str) -> Float[np.ndarray, " seeds"]:
    """Return a column of the training rows of one surrogate, in the order of the seeds."""
    own = [row for row in rows if row["part"] == "training" and (row["shape"], row["width"]) == surrogate]
    return np.array([row[name] for row in sorted(own, key=lambda row: row["training_seed"])])


def accuracy(rows: Sequence[Row], surrogate: Surrogate) -> Interval:
    """Return the accuracy on the test split after training."""
    return student(trained(rows, surrogate, "test_accuracy"))


def variance(rows: Sequence[Row], surrogate: Surrogate, place: str) -> Interval:
    """Return the variance of the per-example gradient, mean over parameters.

    Args:
        rows: The table.
        surrogate: Its shape and width.
        place: Where in training: ``initial`` or ``early``.
    """
    return student(trained(rows, surrogate, f"{place}_variance_over_examples"))


def signal_to_noise(rows: Sequence[Row], surrogate: Surrogate, place: str) -> Interval:
    """Return ``‖G‖² ÷ tr Σ`` of one example, numerator and denominator averaged over the seeds before dividing.

    Args:
        rows: The table.
        surrogate: Its shape and width.
        place: Where in training: ``initial`` or ``early``.
    """
    signal = trained(rows, surrogate, f"{place}_squared_norm_unbiased")
    return ratio(signal, trained(rows, surrogate, f"{place}_covariance_trace"))


def cosine(rows: Sequence[Row], surrogate: Surrogate, noise: float, network: str, comparisons: int = 1) -> Interval:
    """Return the cosine with the gradient of the expected loss, mean over networks.

    Args:
        rows: The table.
        surrogate: Its shape and width.
        noise: The noise of the threshold that makes the reference, in thresholds.
        network: ``noisy`` or ``deterministic``.
        comparisons: How many such intervals are to hold together.
    """
    wanted = {"part": "bias", "noise": noise, "shape": surrogate[0], "width": surrogate[1], "network": network}
    (row,) = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    return student(row["cosines"], comparisons)


def noises(rows: Sequence[Row]) -> list[float]:
    """Return the noise levels of the references, ascending."""
    return sorted({row["noise"] for row in rows if row["part"] == "bias"})
