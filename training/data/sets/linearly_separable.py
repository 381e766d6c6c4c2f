"""``linearly_separable``: points of a cube on either side of a hyperplane, none close to it.

Points uniform in [-1, 1]^d, classified by the perceptron with weights (1, …, 1) and no bias; points with
|Σx| ≤ 0.02 d are drawn again (Bowles, Ahmed & Schuld 2024, arXiv 2403.07059, "linearly separable").
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int32

from training.data.draws import Draws
from training.data.generated import EXAMPLES, data_set
from training.data.split import DataSet

FILES = ()
MARGIN_PER_FEATURE = 0.02


def load(root: Path, features: int = 10, seed: int = 0) -> DataSet:
    """Vectors ``float32[features]`` in [0, 1], classes int32 0 and 1. Nothing is read from ``root``."""
    points, classes = draw(Draws(seed), EXAMPLES, features)
    return data_set(points, classes, (features,), f"points of [-1, 1]^{features}, classified by the sign of their sum")


def draw(
    draws: Draws, examples: int, features: int
) -> tuple[Float64[np.ndarray, "examples features"], Int32[np.ndarray, " examples"]]:
    """Points before scaling, and their classes: 1 where the sum of the features is positive."""
    kept = np.empty((0, features))
    while len(kept) < examples:
        candidates = draws.uniform(examples, features, low=-1.0, high=1.0)
        kept = np.concatenate([kept, candidates[np.abs(candidates.sum(axis=1)) > MARGIN_PER_FEATURE * features]])
    points = kept[:examples]
    return points, (points.sum(axis=1) > 0).astype(np.int32)
