"""LIF neurons that are driven through a synapse."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.neurons.firing import Firing, Values
from paradigms.snn.neurons.leak import Leak
from paradigms.snn.neurons.neuron import Neuron


def synaptic_lif_step(
    current: Values,
    state: tuple[Values, Values],
    *,
    decay: Float[Array, "#neurons"],
    synaptic_decay: Float[Array, "#neurons"],
    firing: Firing,
    rest: Float[Array, " neurons"] | None = None,
) -> tuple[Values, tuple[Values, Values]]:
    """Take one step of a LIF driven through a leaky synapse (Neftci et al. 2019).

    ``i' = synaptic_decay i + I`` and ``u = decay v + i'``; the state is ``(v, i)``. A current ``rest`` is added to
    ``u`` at every step: no constant ``I`` does the same, for the synapse starts at 0.
    """
    potential, synaptic = state
    synaptic = synaptic_decay * synaptic + current
    driven = decay * potential + synaptic
    spikes, potential = firing(driven if rest is None else driven + rest)
    return spikes, (potential, synaptic)


class SynapticLIF(Neuron):
    """LIF neurons behind a leaky synapse; the state is the potential and the synaptic current.

    Attributes:
        leak: The decay of the potential.
        synapse: The decay of the synaptic current.
        rest: A current that drives the potential at every step, trained; ``None`` for none.
    """

    leak: Leak
    synapse: Leak
    rest: Float[Array, " neurons"] | None = None

    def initial_state(self, batch_shape: tuple[int, ...]) -> tuple[Values, Values]:
        """Return the state before the first step."""
        potential = self._potential(batch_shape)
        return potential, jnp.zeros_like(potential)

    def __call__(self, current: Values, state: tuple[Values, Values]) -> tuple[Values, tuple[Values, Values]]:
        """Return the spikes of a step and the next state; see :func:`synaptic_lif_step`."""
        return synaptic_lif_step(
            current, state, decay=self.leak(), synaptic_decay=self.synapse(), firing=self.firing, rest=self.rest
        )
