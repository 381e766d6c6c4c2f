"""Random numbers for generated data sets, the same on every platform and in every version of NumPy."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64


class Draws:
    """A stream of independent draws, a pure function of ``seed``.

    NumPy fixes the raw stream of a bit generator for good, but not the algorithms that turn it into uniform and normal
    numbers (NEP 19), so both are done here. Uniform numbers agree bit for bit; normal ones to rounding, since logarithm
    and cosine may differ in the last digit from one C library to another.
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.Philox(np.random.SeedSequence(seed))

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Float64[np.ndarray, "*shape"]:
        """Uniform on [``low``, ``high``): the upper 53 bits of each raw number."""
        raw = self._bits.random_raw(math.prod(shape)).reshape(shape)
        return low + (high - low) * (raw >> np.uint64(11)) * 2.0**-53

    def normal(self, *shape: int) -> Float64[np.ndarray, "*shape"]:
        """Standard normal, one number from two uniform ones (Box & Muller 1958)."""
        radius, angle = self.uniform(2, *shape)
        return np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * angle)
