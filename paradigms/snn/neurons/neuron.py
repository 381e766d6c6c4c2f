"""What spiking neurons have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from paradigms.snn.neurons.firing import Firing, Values
from paradigms.snn.neurons.leak import Leak


class Neuron(eqx.Module):
    """What spiking neurons share. Subclasses add their parameters, ``initial_state`` and ``__call__``.

    Attributes:
        start: The potential before the first step, trained; ``None`` for zero.
        shape: The shape of the population, without batch axes.
        firing: The rule of threshold and reset.
    """

    start: Float[Array, " neurons"] | None
    shape: tuple[int, ...] = eqx.field(static=True)
    firing: Firing = eqx.field(static=True)

    @abstractmethod
    def initial_state(self, batch_shape: tuple[int, ...]) -> PyTree:
        """Make the state before the first step."""

    @abstractmethod
    def __call__(self, current: Values, state: Any) -> tuple[Values, Any]:
        """Return the spikes of a step and the next state."""

    def mean_decay(self) -> Float[Array, ""]:
        """Average the decay of the potential over neurons; 1 without a leak. It is not differentiated."""
        leak: Leak | None = getattr(self, "leak", None)
        return jnp.ones(()) if leak is None else jax.lax.stop_gradient(jnp.mean(leak()))

    def _potential(self, batch_shape: tuple[int, ...]) -> Values:
        start = jnp.zeros((self.shape[-1],), dtype=float) if self.start is None else self.start
        return jnp.broadcast_to(start, (*batch_shape, *self.shape))
