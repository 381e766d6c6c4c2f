"""Bits of 64 samples packed into one machine word, along the last axis."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import UInt64

from paradigms.interface import require

BATCHES = 32
"""Independent runs of a sampling method, of which its interval is made."""


def batch_size(samples: int) -> int:
    """Return how many samples a batch takes, in whole machine words, so that all batches have at least ``samples``.

    Raises:
        Unsupported: Fewer samples than one machine word per batch.
    """
    require(samples >= 64 * BATCHES, f"samples={samples} must be at least {64 * BATCHES}")
    return 64 * math.ceil(samples / BATCHES / 64)


def pack(flags: np.ndarray) -> UInt64[np.ndarray, "*planes packed"]:
    """Pack bits ``[..., samples]`` (bool or 0 and 1) into ``[..., samples/64]``."""
    return np.packbits(np.ascontiguousarray(flags), axis=-1, bitorder="little").view(np.uint64)


def unpack(packed: UInt64[np.ndarray, "*planes packed"]) -> np.ndarray:
    """Unpack bits to uint8 ``[..., samples]`` of 0 and 1."""
    return np.unpackbits(np.ascontiguousarray(packed).view(np.uint8), axis=-1, bitorder="little")


def random_bits(samples: int, generator: np.random.Generator) -> UInt64[np.ndarray, " packed"]:
    """Toss a fair coin per sample, packed."""
    return generator.integers(0, 2**64, size=samples // 64, dtype=np.uint64)
