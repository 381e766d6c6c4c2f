"""``matching``: whether two pulses, one after the other, come on the same channel (delayed matching to sample).

Two channels are read for 8 steps. A pulse of 2 steps begins in the first half, another in the second, each at a random
step and on a random channel; noise adds to all. No weighting of the inputs tells the classes apart, since each channel
and step is as often active in one as in the other: a linear model can only guess.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int32

STEPS, CHANNELS, LENGTH = 8, 2, 2
NOISE = 0.3


def draw(
    random: np.random.Generator, examples: int
) -> tuple[Float64[np.ndarray, "examples steps channels"], Int32[np.ndarray, " examples"]]:
    """Draw recordings and their classes.

    Args:
        random: Draws them.
        examples: How many.

    Returns:
        Currents in [0, 1] of each step and channel; 1 where both pulses come on the same channel, and else 0.
    """
    channels = random.integers(0, CHANNELS, (2, examples))
    half = STEPS // 2
    begins = random.integers(0, half - LENGTH + 1, (2, examples)) + np.array([[0], [half]])
    time = np.arange(STEPS)
    pulses = (time >= begins[..., None]) & (time < begins[..., None] + LENGTH)
    shown = np.einsum("pet,pec->etc", pulses.astype(float), np.eye(CHANNELS)[channels])
    noisy = np.clip(np.abs(shown + NOISE * random.normal(size=shown.shape)), 0, 1)
    return noisy, (channels[0] == channels[1]).astype(np.int32)
