"""A layer in whole numbers: what it adds up, and the threshold of a level; the same in training and afterwards.

A layer receives levels ``q`` that stand for ``s q`` and has weights that stand for ``t k``. Its neuron sends the level
``clip(floor((s t Σ k q + bias) / u + 1/2), 0, highest)`` that stands for ``u`` times it. In units of ``s t / 2^f``
that is ``clip(floor((C + D) / 2D), 0, highest)`` with the charge ``C = 2 (2^f Σ k q + B)``, whole numbers ``B`` and
``D``, and as many fractional bits ``f`` as keep every sum below 2^24: 32-bit floating point is then exact, and so equal
to whole numbers. A threshold ``2D`` and a potential of ``D`` at the start make an integrate-and-fire neuron count the
same level.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

EXACT = 2**24
"""Whole numbers up to which 32-bit floating point holds them all."""


class FixedPoint(NamedTuple):
    """What a layer adds up, in whole numbers held as floating point.

    Attributes:
        fraction: 2^f, of each output its own; of a read-out, whose outputs are compared, the same of all.
        bias: B.
        threshold: D, of a hidden layer, at least 1; of a read-out 1.
        largest: A bound on every sum that is formed, which is exact below ``EXACT``.
    """

    fraction: Float[Array, " outputs"]
    bias: Float[Array, " outputs"]
    threshold: Float[Array, " outputs"]
    largest: Float[Array, ""]


def fixed_point(
    codes: Float[Array, "*kernel outputs"],
    bias: Float[Array, " outputs"],
    unit: Float[Array, " outputs"] | Float[Array, ""],
    activation_step: Float[Array, ""] | None,
    highest: int,
) -> FixedPoint:
    """Write a layer in whole numbers; nothing is differentiated.

    Args:
        codes: Weights as whole numbers, ``k``.
        bias: What is added to every sum.
        unit: What 1 of a sum Σ k q stands for, ``s t``.
        activation_step: What a level of the outputs stands for, ``u``; ``None`` of a read-out.
        highest: The highest level that enters.
    """
    codes, bias, unit = jax.lax.stop_gradient((codes, bias, unit))
    sums = highest * jnp.sum(jnp.abs(codes), axis=tuple(range(codes.ndim - 1)))
    offset = bias / unit
    width = jnp.ones_like(offset) if activation_step is None else jax.lax.stop_gradient(activation_step) / unit
    bound = 2 * (sums + jnp.abs(offset)) + 4 * width + 4
    _, exponent = jnp.frexp(bound if activation_step is not None else jnp.broadcast_to(jnp.max(bound), bound.shape))
    fraction = jnp.ldexp(jnp.ones_like(bound), jnp.maximum(24 - exponent, 0))
    whole = jnp.floor(offset * fraction + 0.5)
    threshold = jnp.ones_like(width) if activation_step is None else jnp.floor(width * fraction + 0.5)
    threshold = jnp.maximum(threshold, 1)
    largest = jnp.max(2 * (fraction * sums + jnp.abs(whole)) + 4 * threshold)
    return FixedPoint(fraction, whole, threshold, largest)


def levels_of(charge: Float[Array, "..."], threshold: Float[Array, " outputs"], highest: int) -> Float[Array, "..."]:
    """Return ``clip(floor((C + D) / 2D), 0, highest)`` exactly, in floating point.

    The quotient is rounded; multiples of the threshold, which are exact, correct it by one where that led it astray.
    """
    shifted, divisor = charge + threshold, 2 * threshold
    level = jnp.clip(jnp.floor(shifted / divisor), 0, highest)
    level = jnp.where(level * divisor > shifted, level - 1, level)
    level = jnp.where((level + 1) * divisor <= shifted, level + 1, level)
    return jnp.clip(level, 0, highest)
