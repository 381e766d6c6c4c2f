"""The four operations on whole numbers of 0 to 99, as far as their results are such, too."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int, Shaped

from training.data.draws import Draws

LARGEST = 99
"""No number is larger, nor any that occurs on the way."""
NUMBER = np.int16
"""The type that numbers are drawn in: no product of two leaves it, and there are many."""
OPERATIONS = ("+", "-", "*", "/")
DRAWN = (1, 12)
"""The least and the largest number that a problem is made of."""


def every(
    left: Int[np.ndarray, "*shape"], right: Int[np.ndarray, "*shape"]
) -> tuple[list[Int[np.ndarray, "*shape"]], list[Bool[np.ndarray, "*shape"]]]:
    """Apply each of :data:`OPERATIONS`, in their order.

    Returns:
        The results of each; and whether they are defined: whole numbers of 0 to :data:`LARGEST`, by no division by 0.
    """
    divisor = np.where(right == 0, 1, right)
    quotient = left // divisor
    results = [left + right, left - right, left * right, quotient]
    whole = (right != 0) & (quotient * divisor == left)
    inside = [(one >= 0) & (one <= LARGEST) for one in results]
    return results, [*inside[:-1], inside[-1] & whole]


def apply(
    left: Int[np.ndarray, "*shape"], operation: Int[np.ndarray, "*shape"], right: Int[np.ndarray, "*shape"]
) -> tuple[Int[np.ndarray, "*shape"], Bool[np.ndarray, "*shape"]]:
    """Apply operations, by their places in :data:`OPERATIONS`.

    Returns:
        The results, and whether each is defined; see :func:`every`.
    """
    results, defined = every(left, right)
    return np.choose(operation, results), np.choose(operation, defined)


def numbers(draws: Draws, *shape: int) -> Int[np.ndarray, "*shape"]:
    """Draw numbers that a problem is made of, each equally often."""
    low, high = DRAWN
    return np.floor(draws.uniform(*shape, low=float(low), high=float(high + 1))).astype(NUMBER)


def choose(draws: Draws, allowed: Bool[np.ndarray, "count options"]) -> Int[np.ndarray, " count"]:
    """Choose one of the allowed options of each row, each equally often; every row has one."""
    passed = np.floor(draws.uniform(len(allowed)) * allowed.sum(axis=1))
    return (allowed.cumsum(axis=1) > passed[:, None]).argmax(axis=1)


def pick(
    values: Shaped[np.ndarray, "count options"], chosen: Int[np.ndarray, " count"]
) -> Shaped[np.ndarray, " count"]:
    """Return the value of the chosen option of each row."""
    return values[np.arange(len(values)), chosen]
