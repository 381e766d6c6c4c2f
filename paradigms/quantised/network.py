"""The network that is trained: in floating point, or with quantised weights and activations. Pytrees and functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from paradigms.interface import Unsupported, Variables, require
from paradigms.quantised.config import Config
from paradigms.quantised.fixed_point import FixedPoint, fixed_point, levels_of
from paradigms.quantised.layers import Layer
from paradigms.quantisers import (
    GAUSSIAN_STEPS,
    NARROWEST,
    SMALLEST_STEP,
    rounded,
    scaled_step,
    through,
    weight_codes,
    weight_range,
    weight_step,
)

Parameters: TypeAlias = Mapping[str, Mapping[str, Array]]
"""For each layer ``weight`` and ``bias``; in quantised networks ``weight_step`` (unless of 1 bit) and, in hidden
layers, ``activation_step``. Among what is trained steps are in units of those at the start, which are the state."""
STEPS = ("weight_step", "activation_step")
_MEAN_SQUARE = 0.2
"""Of an input in [0, 1], for which the first step sizes of activations are made."""


class Result(NamedTuple):
    """What a run gives.

    Attributes:
        logits: ``[batch, outputs]``.
        levels: For each hidden layer its levels, whole numbers, or its activations in floating point.
    """

    logits: Float[Array, "batch outputs"]
    levels: tuple[Float[Array, "batch *outputs"], ...]


def initial(config: Config, layers: Sequence[Layer], key: PRNGKeyArray) -> Variables:
    """Draw weights of variance 2 / fan-in (He et al. 2015); biases are zero, and steps those of normal variables."""
    found = {}
    for layer, own in zip(layers, jax.random.split(key, len(layers)), strict=True):
        weight = jax.random.normal(own, layer.kernel) * (2 / layer.fan_in) ** 0.5
        found[layer.name] = {"weight": weight, "bias": jnp.zeros(layer.outputs[-1])}
        if config.weight_bits is not None and config.activation_bits is not None:
            found[layer.name] |= _weight_step(config.weight_bits, layer, weight)
            if layer.hidden:
                # Rectified, a normal variable takes the upper half of the levels of one bit more.
                step = GAUSSIAN_STEPS[config.activation_bits + 1] * (2 * _MEAN_SQUARE) ** 0.5
                found[layer.name]["activation_step"] = jnp.asarray(step, jnp.float32)
    return _relative(found)


def calibrated(
    config: Config,
    layers: Sequence[Layer],
    params: Parameters,
    x: Float[Array, "batch *inputs"],
    percentile: float = 99.9,
) -> Variables:
    """Give the parameters of a trained network in floating point the step sizes of a quantised one.

    Args:
        config: The settings of the quantised network.
        layers: Its layers, which are also those of the network in floating point.
        params: Trained parameters: ``weight`` and ``bias`` of every layer.
        x: Examples, on which a layer's highest level is put at a percentile of its activations.
        percentile: Above 0 and at most 100 (Rueckauer et al. 2017).

    Raises:
        Unsupported: The settings are floating point, the percentile is out of range, or a layer is silent.
    """
    weight_bits, levels = with_bits(config)
    require(0 < percentile <= 100, f"percentile={percentile} must be above 0 and at most 100")
    _, activations = in_floating_point(layers, params, x)
    found = {}
    for index, layer in enumerate(layers):
        own = {name: params[layer.name][name] for name in ("weight", "bias")}
        own |= _weight_step(weight_bits, layer, own["weight"])
        if layer.hidden:
            active = activations[index]
            ceiling = jnp.percentile(active, percentile)
            require(
                bool(ceiling > 0),
                f"percentile={percentile} of the activations of {layer.name} is zero; raise it, or give more examples",
            )
            own["activation_step"] = ceiling / levels
        found[layer.name] = own
    return _relative(found)


def _relative(params: Parameters) -> Variables:
    """Take steps in units of themselves, so that an optimiser's steps change them by shares, and keep the units."""
    units = {name: {step: own[step] for step in STEPS if step in own} for name, own in params.items()}
    return Variables(
        {
            name: {**own, **{step: jnp.ones_like(unit) for step, unit in units[name].items()}}
            for name, own in params.items()
        },
        units,
    )


def absolute(params: Parameters, units: Parameters) -> dict[str, dict[str, Array]]:
    """Return parameters with steps in units of what they quantise, none below ``NARROWEST`` of what it was."""
    return {
        name: {**own, **{step: jnp.maximum(own[step], NARROWEST) * unit for step, unit in units[name].items()}}
        for name, own in params.items()
    }


def _weight_step(bits: int, layer: Layer, weight: Array) -> dict[str, Array]:
    """Make the step sizes that are learned: none of 1 bit, whose step is the mean size of the weights."""
    return {} if bits == 1 else {"weight_step": weight_step(weight, bits, per_channel=layer.hidden)}


def with_bits(config: Config) -> tuple[int, int]:
    """Return the bits of a weight and the highest level of an activation.

    Raises:
        Unsupported: The settings are floating point.
    """
    weight_bits, levels = config.weight_bits, config.levels
    if weight_bits is None or levels is None:
        raise Unsupported("a network in floating point has no codes and no levels: set weight_bits and activation_bits")
    return weight_bits, levels


def in_floating_point(layers: Sequence[Layer], params: Parameters, x: Shaped[Array, "batch *inputs"]) -> Result:
    """Run the network with rectified activations."""
    values, found = x.astype(jnp.float32), []
    for layer in layers:
        values = connected(layer, values, params[layer.name]["weight"]) + params[layer.name]["bias"]
        if layer.hidden:
            values = jax.nn.relu(values)
            found.append(values)
    return Result(values, tuple(found))


def quantised(config: Config, layers: Sequence[Layer], params: Parameters, x: Shaped[Array, "batch *inputs"]) -> Result:
    """Run the network with quantised weights and activations; differentiable in weights, biases and steps.

    What passes from layer to layer are levels, whole numbers, and they are those of the integer network
    (:func:`paradigms.quantised.integer.run`), bit for bit, wherever every sum stays below 2^24.

    Args:
        config: Settings with bits.
        layers: The layers.
        params: Parameters with absolute steps.
        x: Values in [0, 1].
    """
    _, most = with_bits(config)
    highest = 2**config.input_bits - 1
    levels, unit, found = rounded(x.astype(jnp.float32) * highest), jnp.asarray(1 / highest, jnp.float32), []
    for layer in layers:
        own, coded = params[layer.name], encode(config, layer, params[layer.name], unit, highest)
        sums = connected(layer, levels, coded.codes)
        if not layer.hidden:
            # The fraction is the same of all outputs of a read-out.
            exact = (sums * coded.point.fraction + coded.point.bias) * (coded.unit / coded.point.fraction[0])
            return Result(through(exact, sums * coded.unit + own["bias"]), tuple(found))
        step = scaled_step(own["activation_step"], layer.neurons, most)
        charge = 2 * (sums * coded.point.fraction + coded.point.bias)
        exact = levels_of(charge, coded.point.threshold, most)
        levels = through(exact, jnp.clip((sums * coded.unit + own["bias"]) / step, 0, most))
        unit, highest = step, most
        found.append(levels)
    raise ValueError("a network ends with a layer that is not hidden")


class Coded(NamedTuple):
    """A layer's weights as whole numbers.

    Attributes:
        codes: Whole numbers.
        unit: What 1 of a sum of codes times levels stands for.
        point: The layer in whole numbers.
    """

    codes: Float[Array, "*kernel outputs"]
    unit: Float[Array, "..."]
    point: FixedPoint


def encode(config: Config, layer: Layer, own: Mapping[str, Array], unit: Float[Array, ""], highest: int) -> Coded:
    """Write a layer's weights as whole numbers.

    Args:
        config: Settings with bits.
        layer: The layer.
        own: Its parameters.
        unit: What a level that enters stands for.
        highest: The highest such level.
    """
    bits, most = with_bits(config)
    weight = own["weight"]
    if bits == 1:
        # Of signs the step of least error is the mean size of the weights, at every moment of the training.
        step = weight_step(weight, 1, per_channel=layer.hidden)
        step = jnp.maximum(step, SMALLEST_STEP)
    else:
        step = own["weight_step"]
        step = scaled_step(step, weight.size // step.size, weight_range(bits)[1])
    codes = weight_codes(weight, step, bits)
    activation_step = own.get("activation_step")
    if activation_step is not None:
        activation_step = scaled_step(activation_step, layer.neurons, most)
    point = fixed_point(codes, own["bias"], step * unit, activation_step, highest)
    return Coded(codes, step * unit, point)


def connected(
    layer: Layer, values: Shaped[Array, "batch *inputs"], weight: Shaped[Array, "*kernel outputs"]
) -> Shaped[Array, "batch *outputs"]:
    """Multiply what enters a layer by its weights, in 32-bit floating point without rounding the factors."""
    if layer.stride is None:
        return jnp.matmul(values.reshape(values.shape[0], -1), weight, precision=jax.lax.Precision.HIGHEST)
    return jax.lax.conv_general_dilated(
        values,
        weight,
        (layer.stride, layer.stride),
        ((1, 1), (1, 1)),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision=jax.lax.Precision.HIGHEST,
    )
