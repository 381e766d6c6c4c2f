"""Integrate-and-fire neurons, without and with a leak."""

from __future__ import annotations

from jaxtyping import Array, Float

from paradigms.snn.neurons.firing import Firing, Values
from paradigms.snn.neurons.leak import Leak
from paradigms.snn.neurons.neuron import Neuron


def if_step(current: Values, potential: Values, *, firing: Firing) -> tuple[Values, Values]:
    """Take one step of integrate-and-fire without a leak.

    ``u = v + I`` and ``s = [u >= 1]``; then the reset gives the new ``v``.
    """
    return firing(potential + current)


def lif_step(
    current: Values, potential: Values, *, decay: Float[Array, "#neurons"], firing: Firing
) -> tuple[Values, Values]:
    """Take one step of leaky integrate-and-fire.

    ``u = decay v + I`` and ``s = [u >= 1]``; then the reset gives the new ``v``. So do Neftci, Mostafa
    & Zenke 2019, but for their synaptic filter, which is left out, and an input that they scale by ``1 - decay``.
    """
    return firing(decay * potential + current)


class IF(Neuron):
    """Integrate-and-fire neurons; the state is the potential after the reset."""

    def initial_state(self, batch_shape: tuple[int, ...]) -> Values:
        """Return the state before the first step."""
        return self._potential(batch_shape)

    def __call__(self, current: Values, state: Values) -> tuple[Values, Values]:
        """Return the spikes of a step and the next state; see :func:`if_step`."""
        return if_step(current, state, firing=self.firing)


class LIF(Neuron):
    """Leaky integrate-and-fire neurons; the state is the potential after the reset."""

    leak: Leak

    def initial_state(self, batch_shape: tuple[int, ...]) -> Values:
        """Return the state before the first step."""
        return self._potential(batch_shape)

    def __call__(self, current: Values, state: Values) -> tuple[Values, Values]:
        """Return the spikes of a step and the next state; see :func:`lif_step`."""
        return lif_step(current, state, decay=self.leak(), firing=self.firing)
