"""``bars_and_stripes``: noisy images of horizontal or of vertical lines.

As specified by Bowles, Ahmed & Schuld 2024 (arXiv 2403.07059), at the small size of the other generated sets: of a
square of pixels at -1, each row (class 1) or each column (class 0) is set to +1 with probability 1/2; then every pixel
has normal noise of deviation 0.5. An image whose lines are all set or all unset belongs to both classes, so that even
without noise no classifier does better than 1 - 2^-side on average: 0.94 for 4×4 pixels.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int32

from training.data.draws import Draws
from training.data.generated import EXAMPLES, data_set
from training.data.split import DataSet
from training.errors import BadInput

FILES = ()
NOISE = 0.5


def load(root: Path, features: int = 16, seed: int = 0) -> DataSet:
    """Images ``float32[side, side, 1]`` in [0, 1], classes int32 0 and 1. Nothing is read from ``root``.

    Raises:
        BadInput: If ``features`` is not the square of a side.
    """
    side = math.isqrt(features)
    if side * side != features:
        raise BadInput(
            f"task.features={features} pixels make no square image of bars and stripes: choose 4, 9 or 16 of them"
        )
    images, classes = draw(Draws(seed), EXAMPLES, side)
    return data_set(
        images.reshape(EXAMPLES, -1), classes, (side, side, 1), f"{side}×{side} images of horizontal or vertical lines"
    )


def draw(
    draws: Draws, examples: int, side: int, noise: float = NOISE
) -> tuple[Float64[np.ndarray, "examples side side"], Int32[np.ndarray, " examples"]]:
    """Images before scaling, and their classes: 1 where the lines are horizontal."""
    classes = (draws.uniform(examples) > 0.5).astype(np.int32)
    lines = np.where(draws.uniform(examples, side) > 0.5, 1.0, -1.0)
    horizontal = np.broadcast_to(lines[:, :, np.newaxis], (examples, side, side))
    images = np.where(classes[:, np.newaxis, np.newaxis] == 1, horizontal, horizontal.swapaxes(1, 2))
    return images + noise * draws.normal(examples, side, side), classes
