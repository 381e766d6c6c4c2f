"""Rounding that training sees through: the straight-through estimator (Bengio et al., arXiv 1308.3432)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped


@jax.custom_jvp
def rounded(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The nearest integer, halves upwards; its derivative is taken to be 1."""
    return jnp.floor(x + 0.5)


@rounded.defjvp
def _rounded_jvp(primals: tuple, tangents: tuple) -> tuple:
    return rounded(*primals), tangents[0]


def level(charge: Float[Array, "*shape"], steps: Shaped[Array, ""] | int) -> Float[Array, "*shape"]:
    """The level ``0 ... steps`` of an activation: its charge in thresholds, rounded, halves upwards, and clipped.

    The derivative is 1 inside the range and 0 outside. For an activation ``a`` with ceiling ``s``, ``charge`` is
    ``steps a / s`` and the quantised activation ``s level / steps``: the derivative that reaches the ceiling is then
    that of learned step size quantisation (Esser et al., ICLR 2020) inside the range, and 1 above it.
    """
    return rounded(jnp.clip(charge, 0, steps))


def grid(values: Float[Array, "*shape"], bits: int) -> Float[Array, ""]:
    """The finest power of two of which ``bits`` signed bits hold the rounded multiples that ``values`` are.

    Half as fine where the largest value is itself such a multiple. Not differentiated.
    """
    largest = jnp.max(jnp.abs(jax.lax.stop_gradient(values))) / (2 ** (bits - 1) - 1)
    _, exponent = jnp.frexp(largest)
    return jnp.ldexp(jnp.ones((), values.dtype), exponent)
