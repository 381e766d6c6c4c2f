"""Bits of weights and of activations."""

from __future__ import annotations

import math

from training.errors import BadInput

MOST_WEIGHT_BITS = 16


def bits_of(steps: int) -> int:
    """Return the bits of an activation that takes ``steps + 1`` levels, ⌈log2(T + 1)⌉ (Yan et al., Theorem 1).

    Raises:
        BadInput: There is no step.
    """
    if steps < 1:
        raise BadInput(f"time_steps={steps} must be at least 1")
    return math.ceil(math.log2(steps + 1))


def require_weight_bits(bits: int) -> None:
    """Require a number of weight bits that the models are about.

    Raises:
        BadInput: It is not.
    """
    if not 1 <= bits <= MOST_WEIGHT_BITS:
        raise BadInput(f"weight_bits={bits} must be between 1 and {MOST_WEIGHT_BITS}")
