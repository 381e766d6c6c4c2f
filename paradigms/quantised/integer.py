"""Inference in whole numbers: products of 8-bit numbers, sums of 32 bits, and levels by comparison with a threshold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Int8, Int32, Shaped

from paradigms.interface import require
from paradigms.quantised.config import Config
from paradigms.quantised.fixed_point import EXACT
from paradigms.quantised.layers import Layer
from paradigms.quantised.network import Coded, Parameters, encode, with_bits
from paradigms.quantisers import scaled_step

LARGEST = 2**31 - 1
SHIFT = 128
"""Levels of 8 bits are stored less this, as signed numbers; what that takes from a sum is added to the bias."""


class IntegerLayer(eqx.Module):
    """A layer in whole numbers; see :mod:`paradigms.quantised.fixed_point`.

    Attributes:
        layer: What it connects.
        codes: Its weights, whole numbers of at most 8 bits.
        fraction: 2^f, what a unit of a sum is multiplied by.
        bias: B.
        threshold: D; 1 of a read-out.
        unit: What 1 of the read-out's charge stands for; 0 of hidden layers, where nobody asks.
        largest: A bound on every sum that is formed.
        highest_threshold: The highest of the thresholds.
    """

    layer: Layer = eqx.field(static=True)
    codes: Int8[Array, "*kernel outputs"]
    bias: Int32[Array, " outputs"]
    threshold: Int32[Array, " outputs"]
    unit: Float[Array, ""]
    fraction: Int32[Array, " outputs"]
    largest: int = eqx.field(static=True)
    highest_threshold: int = eqx.field(static=True)


class IntegerNetwork(eqx.Module):
    """A quantised network in whole numbers.

    Attributes:
        layers: Hidden layers, then the read-out.
        input_highest: The highest level of an input.
        highest: The highest level of an activation.
        weight_bits: Bits of a weight.
    """

    layers: tuple[IntegerLayer, ...]
    input_highest: int = eqx.field(static=True)
    highest: int = eqx.field(static=True)
    weight_bits: int = eqx.field(static=True)

    @property
    def exact(self) -> bool:
        """Whether every sum stays below 2^24, so that 32-bit floating point gives the same numbers."""
        return max(one.largest for one in self.layers) < EXACT

    def levels(self, x: Shaped[Array, "batch *inputs"]) -> Int[Array, "batch *inputs"]:
        """Return the input as whole numbers, halves rounded upwards."""
        return jnp.floor(x.astype(jnp.float32) * self.input_highest + 0.5).astype(jnp.int32)


class IntegerResult(NamedTuple):
    """What a run in whole numbers gives.

    Attributes:
        charge: The charge of the read-out.
        logits: The charge times what 1 of it stands for.
        levels: For each hidden layer its levels.
    """

    charge: Int[Array, "batch outputs"]
    logits: Float[Array, "batch outputs"]
    levels: tuple[Int[Array, "batch *outputs"], ...]


def freeze(config: Config, layers: Sequence[Layer], params: Parameters) -> IntegerNetwork:
    """Turn trained parameters into whole numbers.

    Args:
        config: Settings with bits.
        layers: The layers.
        params: Parameters with absolute steps.

    Raises:
        Unsupported: The settings are floating point, or sums exceed 32 bits.
    """
    weight_bits, levels = with_bits(config)
    highest = 2**config.input_bits - 1
    unit, found = jnp.asarray(1 / highest, jnp.float32), []
    # Compiled as training is, so that a quotient is rounded the same way.
    encoded = jax.jit(encode, static_argnums=(0, 1, 4))
    for layer in layers:
        coded = encoded(config, layer, params[layer.name], unit, highest)
        largest = int(coded.point.largest)
        require(
            largest <= LARGEST,
            f"{layer.name} forms sums up to {largest}, which 32 bits do not hold; use fewer bits, or fewer inputs",
        )
        codes, bias, threshold, unit_of_charge, fraction = _arrays(coded, layer.hidden)
        highest_threshold = int(coded.point.threshold.max())
        found.append(IntegerLayer(layer, codes, bias, threshold, unit_of_charge, fraction, largest, highest_threshold))
        if layer.hidden:
            unit = scaled_step(params[layer.name]["activation_step"], layer.neurons, levels)
            highest = levels
    return IntegerNetwork(tuple(found), 2**config.input_bits - 1, levels, weight_bits)


@partial(jax.jit, static_argnums=1)
def _arrays(coded: Coded, hidden: bool) -> tuple[Array, Array, Array, Array, Array]:
    """Codes, bias, threshold, unit and fraction of an :class:`IntegerLayer`, in this order."""
    bias, threshold, fraction = (
        one.astype(jnp.int32) for one in (coded.point.bias, coded.point.threshold, coded.point.fraction)
    )
    unit = jnp.zeros(()) if hidden else coded.unit / coded.point.fraction[0]
    return coded.codes.astype(jnp.int8), bias, threshold, unit, fraction


@jax.jit
def run(network: IntegerNetwork, x: Shaped[Array, "batch *inputs"]) -> IntegerResult:
    """Infer in whole numbers.

    Args:
        network: What :func:`freeze` made.
        x: Values in [0, 1].
    """
    levels, highest, found = network.levels(x), network.input_highest, []
    *hidden, readout = network.layers
    for one in hidden:
        charge = 2 * (received(one, levels, highest) * one.fraction + one.bias)
        levels = jnp.clip((charge + one.threshold) // (2 * one.threshold), 0, network.highest)
        found.append(levels)
        highest = network.highest
    charge = received(readout, levels, highest) * readout.fraction + readout.bias
    return IntegerResult(charge, charge * readout.unit, tuple(found))


def received(one: IntegerLayer, levels: Int[Array, "batch *inputs"], highest: int) -> Int32[Array, "batch *outputs"]:
    """Sum codes times levels: a product of 8-bit numbers that is summed up in 32 bits.

    Args:
        one: The layer.
        levels: Whole numbers between 0 and ``highest``.
        highest: At most 255.
    """
    shift = SHIFT if highest >= SHIFT else 0
    small = _padded(one.layer, levels)
    sums = _product(one.layer, (small - shift).astype(jnp.int8), one.codes)
    if not shift:
        return sums
    return sums + shift * jnp.sum(one.codes.astype(jnp.int32), axis=tuple(range(one.codes.ndim - 1)))


def _padded(layer: Layer, levels: Int[Array, "batch *inputs"]) -> Int[Array, "batch ..."]:
    """Add a convolution's border of zeros before anything is shifted."""
    if layer.stride is None:
        return levels.reshape(levels.shape[0], -1)
    return jnp.pad(levels, ((0, 0), (1, 1), (1, 1), (0, 0)))


def _product(
    layer: Layer, values: Int8[Array, "batch ..."], codes: Int8[Array, "*kernel outputs"]
) -> Int32[Array, "..."]:
    if layer.stride is None:
        return jnp.matmul(values, codes, preferred_element_type=jnp.int32)
    return jax.lax.conv_general_dilated(
        values,
        codes,
        (layer.stride, layer.stride),
        "VALID",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        preferred_element_type=jnp.int32,
    )
