"""LIF neurons whose threshold adapts."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.neurons.firing import THRESHOLD, Firing, Values
from paradigms.snn.neurons.leak import Leak
from paradigms.snn.neurons.neuron import Neuron


def adaptive_lif_step(
    current: Values,
    state: tuple[Values, Values],
    *,
    decay: Float[Array, "#neurons"],
    adaptation_decay: Float[Array, "#neurons"],
    strength: float,
    firing: Firing,
) -> tuple[Values, tuple[Values, Values]]:
    """Take one step of a LIF whose threshold rises with its own spikes.

    Bellec et al., Nature Communications 11 (2020), eqs. 6, 8 and 9: ``s = [u >= 1 + strength b]`` with
    ``b' = adaptation_decay b + s``; the state is ``(v, b)``. The reset is that of a threshold at rest.
    """
    potential, adaptation = state
    spikes, potential = firing(decay * potential + current, THRESHOLD + strength * adaptation)
    return spikes, (potential, adaptation_decay * adaptation + spikes)


class AdaptiveLIF(Neuron):
    """LIF neurons with an adaptive threshold; the state is the potential and the adaptation."""

    leak: Leak
    adaptation: Leak
    strength: float = eqx.field(static=True)

    def initial_state(self, batch_shape: tuple[int, ...]) -> tuple[Values, Values]:
        """Return the state before the first step."""
        potential = self._potential(batch_shape)
        return potential, jnp.zeros_like(potential)

    def __call__(self, current: Values, state: tuple[Values, Values]) -> tuple[Values, tuple[Values, Values]]:
        """Return the spikes of a step and the next state; see :func:`adaptive_lif_step`."""
        return adaptive_lif_step(
            current,
            state,
            decay=self.leak(),
            adaptation_decay=self.adaptation(),
            strength=self.strength,
            firing=self.firing,
        )
