"""The order of examples as a pure function of seed and epoch."""

from __future__ import annotations

import functools

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


class BatchOrder:
    """Which examples each update of a run sees: every epoch in a new order, the examples left over at its end dropped.

    Args:
        examples: The number of examples of the split, at least ``batch_size``.
        batch_size: Examples per update.
        seed: The seed of the order, 0 or more.
    """

    def __init__(self, examples: int, batch_size: int, seed: int) -> None:
        self._batch_size = batch_size
        self._per_epoch = examples // batch_size
        self._epoch = functools.lru_cache(maxsize=1)(functools.partial(permutation, examples, seed))

    def __getitem__(self, update: int) -> Int64[np.ndarray, " batch"]:
        epoch, place = divmod(update, self._per_epoch)
        return self._epoch(epoch)[place * self._batch_size : (place + 1) * self._batch_size]
