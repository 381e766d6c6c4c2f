"""Neurons that receive their own spikes."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from paradigms.snn.neurons.firing import Firing, Values
from paradigms.snn.neurons.neuron import Neuron


class Recurrent(eqx.Module):
    """Neurons that also receive their own spikes of the step before; the state is theirs and those spikes.

    Attributes:
        neuron: The neurons that fire.
        weight: The weights from the neuron that spikes to the one that receives, zero at the start.
    """

    neuron: Neuron
    weight: Float[Array, "neurons neurons"]

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of the population, without batch axes."""
        return self.neuron.shape

    @property
    def firing(self) -> Firing:
        """Return the threshold and the reset."""
        return self.neuron.firing

    def mean_decay(self) -> Float[Array, ""]:
        """See :meth:`Neuron.mean_decay`."""
        return self.neuron.mean_decay()

    def initial_state(self, batch_shape: tuple[int, ...]) -> tuple[PyTree, Values]:
        """Return the state before the first step."""
        return self.neuron.initial_state(batch_shape), jnp.zeros((*batch_shape, *self.shape), self.weight.dtype)

    def __call__(self, current: Values, state: tuple[PyTree, Values]) -> tuple[Values, tuple[PyTree, Values]]:
        """Return the spikes of a step and the next state.

        ``I + s W`` drives the neuron, with ``s`` the spikes of the step before.
        """
        inner, spikes = state
        spikes, inner = self.neuron(current + spikes @ self.weight, inner)
        return spikes, (inner, spikes)
