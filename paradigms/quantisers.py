"""Rounding that gradients pass straight through, with step sizes that are learned (Esser et al., ICLR 2020) or not."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

MOST_BITS = 8
"""Of a weight or an activation."""
SMALLEST_STEP = 1e-8
"""Below which a step size is taken to be this."""
NARROWEST = 1 / 64
"""The least step size, in units of the one at the start, and, of an output's weights, of the largest of its layer."""
GAUSSIAN_STEPS = {1: 1.596, 2: 0.9957, 3: 0.5860, 4: 0.3352, 5: 0.1881, 6: 0.1041, 7: 0.05687, 8: 0.03076, 9: 0.0165}
"""Step of the uniform quantiser of least mean square error for a normal variable of variance 1, by bits (Max 1960)."""


@jax.custom_jvp
def rounded(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Return the nearest integer, halves upwards; its derivative is taken to be 1 (Bengio et al., arXiv 1308.3432)."""
    return jnp.floor(x + 0.5)


@rounded.defjvp
def _rounded_jvp(primals: tuple, tangents: tuple) -> tuple:
    return rounded(*primals), tangents[0]


@jax.custom_jvp
def signed(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Return 1 where ``x`` is at least 0 and −1 elsewhere; its derivative is taken to be 1."""
    return jnp.where(x >= 0, 1.0, -1.0).astype(x.dtype)


@signed.defjvp
def _signed_jvp(primals: tuple, tangents: tuple) -> tuple:
    return signed(*primals), tangents[0]


@jax.custom_jvp
def through(value: Float[Array, "*shape"], differentiated: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Return ``value``, whose derivatives are taken to be those of the second argument."""
    return value


@through.defjvp
def _through_jvp(primals: tuple, tangents: tuple) -> tuple:
    return through(*primals), tangents[1]


def weight_range(bits: int) -> tuple[int, int]:
    """Return the lowest and the highest code of a weight, sign included; of 1 bit, −1 and 1."""
    return (-1, 1) if bits == 1 else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def scaled_step(step: Float[Array, "*shape"], values: int, highest: int) -> Float[Array, "*shape"]:
    """Return a step size whose gradient is scaled by (values · highest)^(−1/2) (Esser et al., section 2.2).

    Args:
        step: The learned step sizes; below ``SMALLEST_STEP``, or ``NARROWEST`` of the largest, they are that.
        values: The number of values that it quantises.
        highest: The highest code.
    """
    step = jnp.maximum(step, jnp.maximum(SMALLEST_STEP, NARROWEST * jax.lax.stop_gradient(jnp.max(step))))
    return through(step, step / math.sqrt(values * highest))


def weight_codes(
    weight: Float[Array, "*kernel outputs"], step: Float[Array, " outputs"] | Float[Array, ""], bits: int
) -> Float[Array, "*kernel outputs"]:
    """Return whole numbers in the range of ``bits``, whose product with the step stands for the weights.

    Of that product the derivative with respect to a weight is 1 inside the range and 0 outside, and with respect to
    the step the one of Esser et al., equation 3.
    """
    low, high = weight_range(bits)
    if bits == 1:
        return signed(weight / step)
    return rounded(jnp.clip(weight / step, low, high))


def weight_step(weight: Float[Array, "*kernel outputs"], bits: int, *, per_channel: bool) -> Float[Array, "..."]:
    """Return step sizes for weights: of 1 bit their mean size (Rastegari et al. 2016), else that of normal variables.

    Args:
        weight: The weights.
        bits: Bits of a code.
        per_channel: Whether each output has a step of its own.

    Returns:
        ``[outputs]`` or ``[]``.
    """
    axes = tuple(range(weight.ndim - 1)) if per_channel else None
    if bits == 1:
        return jnp.mean(jnp.abs(weight), axis=axes)
    return GAUSSIAN_STEPS[bits] * jnp.sqrt(jnp.mean(jnp.square(weight), axis=axes))


def quantised_weight(weight: Float[Array, "*kernel outputs"], bits: int) -> Float[Array, "*kernel outputs"]:
    """Return weights on a grid of ``2^bits`` values, or two of 1 bit, whose step follows the weights of each output.

    The step is that of least error for normal variables, or the mean size of 1 bit, and is not differentiated. The
    derivative with respect to a weight is 1 inside the range of the grid and 0 outside.

    Args:
        weight: The weights.
        bits: Bits of a weight, sign included.
    """
    step = jnp.maximum(jax.lax.stop_gradient(weight_step(weight, bits, per_channel=True)), SMALLEST_STEP)
    return step * weight_codes(weight, step, bits)
