"""All-to-all connections."""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def uniform_of_fan_in(key: PRNGKeyArray, shape: tuple[int, ...], fan_in: int) -> Array:
    """Draw weights uniformly with variance ``1 / fan_in``."""
    limit = math.sqrt(3 / fan_in)
    return jax.random.uniform(key, shape, minval=-limit, maxval=limit)


class Dense(eqx.Module):
    """An all-to-all connection ``x W + b``."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, " outputs"]

    def __init__(self, inputs: int, outputs: int, *, key: PRNGKeyArray):
        """Draw weights uniformly with variance ``1 / inputs``; biases are zero."""
        self.weight = uniform_of_fan_in(key, (inputs, outputs), inputs)
        self.bias = jnp.zeros((outputs,), self.weight.dtype)

    def __call__(self, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        """Return the product with the weights."""
        return x @ self.weight + self.bias

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Return the shape that enters, without batch axes."""
        return self.weight.shape[:1]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Return the shape that leaves the layer, without batch axes."""
        return self.bias.shape

    @property
    def macs(self) -> int:
        """The multiply-accumulates of one application to one example."""
        return self.weight.size

    def fan_out(self) -> Float[Array, " inputs"]:
        """Return how many synapses each input drives."""
        return jnp.count_nonzero(self.weight, axis=1).astype(self.weight.dtype)
