"""Connections between neurons, and a layer: a connection that drives neurons."""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from paradigms.snn.neurons import LIF


class Dense(eqx.Module):
    """All-to-all connection ``x W + b``, over any leading batch axes."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, " outputs"]

    def __init__(self, inputs: int, outputs: int, *, key: PRNGKeyArray):
        """Weights uniform with variance ``1 / inputs``, biases zero."""
        limit = math.sqrt(3 / inputs)
        self.weight = jax.random.uniform(key, (inputs, outputs), minval=-limit, maxval=limit)
        self.bias = jnp.zeros((outputs,), self.weight.dtype)

    def __call__(self, x: Float[Array, "*batch inputs"]) -> Float[Array, "*batch outputs"]:
        return x @ self.weight + self.bias


class Spiking(eqx.Module):
    """A connection and the neurons it drives."""

    connection: Dense
    neuron: LIF
