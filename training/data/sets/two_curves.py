"""``two_curves``: two parallel curves in a space of many dimensions, to be told apart.

After Buchanan, Gilboa & Wright 2021, as specified by Bowles, Ahmed & Schuld 2024 (arXiv 2403.07059): coordinate i of a
curve is the Fourier series a_i0 + b_i0 + Σ_k a_ik cos(πkt) + b_ik sin(πkt), k = 1 … D, of a place t uniform in [0, 1].
All coefficients are uniform in [0, 1] and divided by the norm of them all. The second class lies on the same curve,
shifted by Δ = 1/(2D) in every coordinate; both have normal noise of deviation 0.01.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int32

from training.data.draws import Draws
from training.data.generated import EXAMPLES, data_set
from training.data.split import DataSet

FILES = ()
NOISE = 0.01


def load(root: Path, features: int = 10, degree: int = 5, seed: int = 0) -> DataSet:
    """Vectors ``float32[features]`` in [0, 1], classes int32 0 and 1. Nothing is read from ``root``."""
    points, classes = draw(Draws(seed), EXAMPLES, features, degree)
    return data_set(points, classes, (features,), f"points of two curves of degree {degree} in {features} dimensions")


def draw(
    draws: Draws, examples: int, features: int, degree: int, noise: float = NOISE
) -> tuple[Float64[np.ndarray, "examples features"], Int32[np.ndarray, " examples"]]:
    """Points before scaling, and the curve that each lies on: half of them 1."""
    coefficients = draws.uniform(features, degree + 1, 2)
    coefficients /= np.linalg.norm(coefficients)
    classes = balanced_classes(draws, examples)
    places = draws.uniform(examples)
    points = curve(coefficients, places) + offset(degree) * classes[:, np.newaxis]
    return points + noise * draws.normal(examples, features), classes


def offset(degree: int) -> float:
    """Δ, by which the second curve is shifted in every coordinate."""
    return 1 / (2 * degree)


def curve(
    coefficients: Float64[np.ndarray, "features terms 2"], places: Float64[np.ndarray, " examples"]
) -> Float64[np.ndarray, "examples features"]:
    """The points of the first curve at ``places`` in [0, 1]."""
    frequencies = np.arange(coefficients.shape[1])
    phases = np.pi * frequencies * places[:, np.newaxis]
    # The constant is the sum of both coefficients of frequency 0, as published.
    sines = np.where(frequencies == 0, 1, np.sin(phases))
    return np.cos(phases) @ coefficients[..., 0].T + sines @ coefficients[..., 1].T


def balanced_classes(draws: Draws, examples: int) -> Int32[np.ndarray, " examples"]:
    """0 and 1 equally often (0 once more for an odd number), in random order."""
    order = np.argsort(draws.uniform(examples), kind="stable")
    return (order < examples // 2).astype(np.int32)
