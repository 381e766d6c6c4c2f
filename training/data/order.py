"""The order of examples as a pure function of seed and epoch."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64


def permutation(examples: int, seed: int, epoch: int = 0) -> Int64[np.ndarray, " examples"]:
    """A uniformly random order of ``range(examples)``, the same on every platform and in every version of NumPy.

    NumPy fixes the raw stream of a bit generator for good, but not the algorithm of ``Generator.permutation`` (NEP 19),
    so random keys are sorted instead. ``spawn_key`` keeps (seed, epoch) apart from every other pair; a plain list as
    entropy does not: [2**32, 0] and [0, 1] would seed alike.

    Raises:
        ValueError: If ``seed`` or ``epoch`` is negative.
    """
    keys = np.random.Philox(np.random.SeedSequence(seed, spawn_key=(epoch,))).random_raw(examples)
    return np.argsort(keys, kind="stable").astype(np.int64, copy=False)
