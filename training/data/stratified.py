"""A split in which every class, or every part of a range of values, has its share."""

from __future__ import annotations

import itertools

import numpy as np
from jaxtyping import Int64, Real

from training.data.order import permutation

TEN = (7, 1, 2)
"""Of ten examples those that train, those that validate and those that test."""


def stratified_split(
    labels: Real[np.ndarray, " examples"], shares: tuple[int, ...] = TEN, seed: int = 0
) -> tuple[Int64[np.ndarray, " part"], ...]:
    """Return the indices of each part, ascending. The seed of a run does not enter.

    Systematic sampling: examples are sorted by label (in a random order within each), and of every ten that follow one
    another seven train, one validates and two test. So no class departs from its share of a part by more than 2.1
    examples, and real-valued targets are spread over each part likewise.

    Args:
        labels: Class numbers, or real values.
        shares: How many of ``sum(shares)`` examples that follow one another go to each part.
        seed: The seed of the order within a class.
    """
    shuffled = permutation(len(labels), seed=seed)
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    place = np.arange(len(labels)) % sum(shares)
    edges = np.cumsum((0, *shares))
    return tuple(np.sort(by_label[(place >= low) & (place < high)]) for low, high in itertools.pairwise(edges))
