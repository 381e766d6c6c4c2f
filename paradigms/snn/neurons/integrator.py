"""Neurons that never fire, for the read-out."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from paradigms.snn.neurons.firing import Values
from paradigms.snn.neurons.leak import Leak


def leaky_integrator_step(current: Values, potential: Values, *, decay: Float[Array, "#neurons"]) -> Values:
    """Take one step of a neuron that never fires: ``v = decay v + I``."""
    return decay * potential + current


class LeakyIntegrator(eqx.Module):
    """Neurons that integrate and never fire; the output is the membrane potential, and so is the state."""

    leak: Leak
    neurons: int = eqx.field(static=True)

    def initial_state(self, batch_shape: tuple[int, ...]) -> Values:
        """Return the state before the first step."""
        return jnp.zeros((*batch_shape, self.neurons), self.leak.logit.dtype)

    def summed(
        self, currents: Float[Array, "time batch outputs"], start: Int[Array, ""], time_steps: int
    ) -> Float[Array, "batch outputs"]:
        """Compute what the currents of steps ``start, start + 1, ...`` add to the sum of the potential over all steps.

        The integrator is linear: a current at step ``t`` is worth ``1 + decay + ... + decay^(time_steps - 1 - t)``. So
        the mean potential, which is the prediction, needs no state and no gradient through time.
        """
        steps = (time_steps - start - jnp.arange(currents.shape[0])).astype(currents.dtype)
        return jnp.einsum(
            "tbo,to->bo", currents, jnp.broadcast_to(self.leak.remaining(steps), (steps.shape[0], self.neurons))
        )

    def __call__(self, current: Values, state: Values) -> tuple[Values, Values]:
        """Return the potential, as output and as next state; see :func:`leaky_integrator_step`."""
        potential = leaky_integrator_step(current, state, decay=self.leak())
        return potential, potential
