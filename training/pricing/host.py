"""The most that this machine's own device was seen to do, where nobody publishes it."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from training.pricing.roofline import Rates
from training.pricing.turns import Timing, time_in_turn

SIZE = 1024
"""Rows and columns of the matrices whose product is timed."""
COPIED = 2**24
"""Numbers that are read and written to time memory: 64 MiB, more than most caches hold."""
TURNS = 5


def host_rates(device: Any) -> Rates:
    """Time a product of two matrices of float32, and one pass over an array, on a device that is here.

    Both are medians, and of one simple program each: a better one may do more, so that a bound made of these rates
    may be exceeded.

    Args:
        device: The device.

    Returns:
        The rates, of float32 alone.
    """
    with jax.default_device(device):
        square, long = jnp.ones((SIZE, SIZE), jnp.float32), jnp.ones((COPIED,), jnp.float32)
        product = jax.jit(jnp.matmul).lower(square, square).compile()
        negated = jax.jit(jnp.negative).lower(long).compile()
        (multiplying, moving), _ = time_in_turn([lambda: product(square, square), lambda: negated(long)], Timing(TURNS))
    return Rates(
        {"float32": 2 * SIZE**3 / multiplying},
        2 * long.nbytes / moving,
        f"measured here: a product of {SIZE} × {SIZE} matrices, and one pass over {long.nbytes // 2**20} MiB",
    )
