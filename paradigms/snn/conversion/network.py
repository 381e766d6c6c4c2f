"""The network that is trained: dense layers with rectified, then with quantised activations. Pytrees and functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from paradigms.interface import require
from paradigms.snn.conversion.quantiser import grid, level, rounded


class DenseLayer(NamedTuple):
    """A dense layer, ``x W + b``."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, " outputs"]


class Parameters(NamedTuple):
    """Everything that is trained.

    Attributes:
        layers: Hidden layers, then the read-out.
        ceilings: For each hidden layer the activation at which its highest level lies, positive.
    """

    layers: tuple[DenseLayer, ...]
    ceilings: tuple[Float[Array, ""], ...]


def initial(sizes: Sequence[int], *, key: PRNGKeyArray) -> Parameters:
    """Weights normal with variance ``2 / inputs`` (He et al. 2015), biases zero, ceilings one.

    Args:
        sizes: The sizes of the input, of each hidden layer and of the output.
        key: Draws the weights.

    Raises:
        Unsupported: No hidden layer.
    """
    require(
        len(sizes) >= 3 and min(sizes) >= 1,
        f"sizes={list(sizes)} must list the input, at least one hidden layer and the output, each of at least 1",
    )
    keys = jax.random.split(key, len(sizes) - 1)
    layers = tuple(
        DenseLayer(jax.random.normal(own, (inputs, outputs)) * (2 / inputs) ** 0.5, jnp.zeros(outputs))
        for own, (inputs, outputs) in zip(keys, pairwise(sizes), strict=True)
    )
    return Parameters(layers, tuple(jnp.ones(()) for _ in layers[:-1]))


def rectified(params: Parameters, x: Float[Array, "batch inputs"]) -> Float[Array, "batch outputs"]:
    """Logits with rectified activations, not quantised: what may be trained first."""
    *hidden, readout = params.layers
    for weight, bias in hidden:
        x = jax.nn.relu(x @ weight + bias)
    return x @ readout.weight + readout.bias


def calibrated(params: Parameters, x: Float[Array, "batch inputs"], *, percentile: float = 99.9) -> Parameters:
    """Ceilings at a percentile of the rectified activations of each layer on ``x`` (Rueckauer et al. 2017).

    Raises:
        Unsupported: The percentile is not in (0, 100], or a layer's is zero: too few of its neurons are active.
    """
    require(0 < percentile <= 100, f"percentile={percentile} must be above 0 and at most 100")
    ceilings = []
    for index, (weight, bias) in enumerate(params.layers[:-1]):
        x = jax.nn.relu(x @ weight + bias)
        ceiling = jnp.percentile(x, percentile)
        require(
            bool(ceiling > 0),
            f"percentile={percentile} of the activations of layer {index} is zero; use a higher one, or other examples",
        )
        ceilings.append(ceiling)
    return params._replace(ceilings=tuple(ceilings))


def normalised(params: Parameters, weight_bits: int) -> tuple[tuple[DenseLayer, Float[Array, ""]], ...]:
    """Layers whose ceilings are all one, weights and biases on a grid, and that grid: a power of two for each layer.

    Weights are multiplied by the ceiling before and divided by the one behind (Rueckauer et al. 2017), then
    rounded to multiples of the grid that fit ``weight_bits``, sign included. Biases, added to many such products, are
    rounded to the same grid and not limited.
    """
    ceilings = (jnp.ones(()), *params.ceilings, jnp.ones(()))
    found = []
    for (weight, bias), before, behind in zip(params.layers, ceilings[:-1], ceilings[1:], strict=True):
        weight = weight * (before / behind)
        unit = grid(weight, weight_bits)
        found.append((DenseLayer(rounded(weight / unit) * unit, rounded(bias / (behind * unit)) * unit), unit))
    return tuple(found)


def quantised(
    params: Parameters,
    x: Float[Array, "batch inputs"],
    *,
    steps: Shaped[Array, ""] | int,
    weight_bits: int = 8,
    input_bits: int = 8,
) -> Float[Array, "batch outputs"]:
    """Logits with activations of ``steps + 1`` levels; differentiable in weights, biases and ceilings.

    What passes from layer to layer is a level, a whole number. As weights are multiples of powers of two, every sum is
    exact wherever 24 bits hold it, and so equal to that of the network in whole numbers.

    Args:
        params: Parameters with ceilings from :func:`calibrated`, or trained.
        x: Values in [0, 1].
        steps: The steps of the spiking network that is wanted; may be traced, so that one compiled program serves all.
        weight_bits: The bits of a weight, sign included.
        input_bits: The input is rounded to multiples of ``2^-input_bits``.
    """
    *hidden, (readout, _) = normalised(params, weight_bits)
    scale = 2.0**input_bits
    values = steps * (rounded(x * scale) / scale)
    for (weight, bias), _ in hidden:
        values = level(values @ weight + steps * bias, steps)
    return (values @ readout.weight + steps * readout.bias) / steps
