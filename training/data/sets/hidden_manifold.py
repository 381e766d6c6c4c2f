"""``hidden_manifold``: classes decided by a random network on few hidden variables, seen through many features.

The hidden manifold model of Goldt, Mézard, Krzakala & Zdeborová 2020 (Phys. Rev. X 10, 041044), as specified by Bowles,
Ahmed & Schuld 2024 (arXiv 2403.07059): with c normal on the m-dimensional manifold, the features are
tanh(cF/√m − b), with F normal and b uniform in [-1, 1], and the class is whether v·tanh(Wc)/√m, with W and v normal,
exceeds its median over the examples. Where d < m, the features do not determine the class.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int32

from training.data.draws import Draws
from training.data.generated import EXAMPLES, data_set
from training.data.split import DataSet

FILES = ()


def load(root: Path, features: int = 10, manifold_dimension: int = 6, seed: int = 0) -> DataSet:
    """Vectors ``float32[features]`` in [0, 1], classes int32 0 and 1. Nothing is read from ``root``."""
    points, classes = draw(Draws(seed), EXAMPLES, features, manifold_dimension)
    return data_set(
        points, classes, (features,), f"{features} features of points on a {manifold_dimension}-dimensional manifold"
    )


def draw(
    draws: Draws, examples: int, features: int, manifold_dimension: int
) -> tuple[Float64[np.ndarray, "examples features"], Int32[np.ndarray, " examples"]]:
    """Points before scaling, and their classes: half of them 1."""
    embedding = draws.normal(manifold_dimension, features)
    biases = draws.uniform(features, low=-1.0, high=1.0)
    weights = draws.normal(manifold_dimension, manifold_dimension)
    readout = draws.normal(manifold_dimension)
    hidden = draws.normal(examples, manifold_dimension)
    points = np.tanh(hidden @ embedding / np.sqrt(manifold_dimension) - biases)
    scores = np.tanh(hidden @ weights.T) @ readout / np.sqrt(manifold_dimension)
    return points, (scores > np.median(scores)).astype(np.int32)
