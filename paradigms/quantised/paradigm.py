"""Quantised networks behind the project's interface."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree, Shaped

from paradigms.interface import Cost, InputCheck, Output, Spec, Variables, Work, require
from paradigms.quantised.config import Config
from paradigms.quantised.integer import IntegerNetwork, freeze
from paradigms.quantised.layers import Layer, layers
from paradigms.quantised.network import Result, absolute, calibrated, in_floating_point, initial, quantised


@dataclass(frozen=True)
class QuantisedParadigm:
    """A dense or convolutional network for one task, in floating point or with quantised weights and activations.

    Parameters are nested dicts by layer. The state holds the step sizes at the start, in units of which they are
    trained; it never changes.
    """

    config: Config
    spec: Spec
    layers: tuple[Layer, ...]
    name: str = "quantised"
    batch_coupled: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done to fit the task."""
        shape = self.layers[0].inputs
        given = tuple(self.spec.inputs.shape)
        return () if shape == given else (f"inputs of shape {list(given)} are read as {math.prod(given)} features",)

    def init(self, key: PRNGKeyArray) -> Variables:
        """Draw initial parameters."""
        return initial(self.config, self.layers, key)

    def apply(
        self, params: PyTree, state: PyTree, inputs: Shaped[Array, "batch ..."], *, key: PRNGKeyArray, train: bool
    ) -> Output:
        """Compute logits ``[batch, outputs]``; telemetry says how active the hidden layers are.

        ``activation_sparsity`` is the share of activations that are 0, and ``activation_level`` their mean as a share
        of the highest level: the spike rate of the spiking twin. A network in floating point has no levels.
        """
        result = self.run(params, state, inputs)
        levels = self.config.levels
        mean = _mean(result.levels) / (1 if levels is None else levels)
        telemetry = {"activation_sparsity": 1 - _mean(tuple((one > 0).astype(jnp.float32) for one in result.levels))}
        if levels is not None:
            telemetry["activation_level"] = mean
        return Output(result.logits, state, self.config.activity_penalty * mean, telemetry)

    def run(self, params: PyTree, state: PyTree, inputs: Shaped[Array, "batch ..."]) -> Result:
        """Compute logits and the levels of every hidden layer."""
        values = inputs.reshape(inputs.shape[0], *self.layers[0].inputs)
        if self.config.weight_bits is None:
            return in_floating_point(self.layers, params, values)
        return quantised(self.config, self.layers, absolute(params, state), values)

    def freeze(self, params: PyTree, state: PyTree) -> IntegerNetwork:
        """Turn trained parameters into whole numbers.

        Raises:
            Unsupported: The settings are floating point, or sums exceed 32 bits.
        """
        return freeze(self.config, self.layers, absolute(params, state))

    def calibrated(self, params: PyTree, inputs: Shaped[Array, "batch ..."]) -> Variables:
        """Start from the trained parameters of the same network in floating point.

        Raises:
            Unsupported: The settings are floating point, or a layer is silent on these inputs.
        """
        values = inputs.reshape(inputs.shape[0], *self.layers[0].inputs)
        return calibrated(self.config, self.layers, params, values)

    def weight_decay_mask(self, params: PyTree) -> PyTree[bool]:
        """Weights decay; biases and step sizes do not."""
        return jax.tree_util.tree_map_with_path(lambda path, _: path[-1].key == "weight", params)

    def input_check(self) -> InputCheck | None:
        """Return the check of inputs: quantised ones lie between 0 and 1."""
        return None if self.config.weight_bits is None else _between_0_and_1

    def cost(self) -> Cost:
        """Count dense multiply-accumulates; a gradient takes three times as many, but for what the input would get."""
        forward = sum(one.synapses for one in self.layers)
        return Cost(Work(macs=forward), Work(macs=3 * forward - self.layers[0].synapses))


def build(config: Config, spec: Spec) -> QuantisedParadigm:
    """Fix the network's structure for a task, without allocating an array.

    Raises:
        Unsupported: The task is language, or its input is not what the architecture needs.
    """
    return QuantisedParadigm(config, spec, layers(config, spec))


def _mean(levels: tuple[Array, ...]) -> Array:
    """Mean over all neurons of all hidden layers."""
    return jnp.sum(jnp.stack([jnp.sum(one) for one in levels])) / sum(one.size for one in levels)


def _between_0_and_1(inputs: PyTree[np.ndarray]) -> None:
    for leaf in jax.tree.leaves(inputs):
        if leaf.dtype != bool and leaf.size:
            low, high = float(leaf.min()), float(leaf.max())
            require(
                low >= 0 and high <= 1,
                f"inputs between {low:g} and {high:g} cannot be quantised: scale them to between 0 and 1",
            )
