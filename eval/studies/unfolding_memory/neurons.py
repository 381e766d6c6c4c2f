"""Units that do not spike, in the place of spiking neurons in an otherwise equal network.

Connections, read-out, unrolling and rules of differentiation are those of ``paradigms.snn``: what differs is the unit.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from paradigms.snn.connections import Dense
from paradigms.snn.neurons import Firing, Leak, Neuron, leaky_integrator_step


class LeakyUnit(Neuron):
    """A leaky membrane whose output is ``tanh`` of its potential: the LIF neuron without spike and reset.

    The state is the potential.
    """

    leak: Leak

    def __init__(self, units: int, time_constant: float):
        self.start, self.shape, self.firing = None, (units,), Firing()  # it never fires
        self.leak = Leak(units, time_constant)

    def initial_state(self, batch_shape: tuple[int, ...]) -> Float[Array, "*batch units"]:
        """Return the state before the first step."""
        return self._potential(batch_shape)

    def __call__(
        self, current: Float[Array, "*batch units"], state: Float[Array, "*batch units"]
    ) -> tuple[Float[Array, "*batch units"], Float[Array, "*batch units"]]:
        """``v = decay v + I``; the output is ``tanh(v)``."""
        potential = leaky_integrator_step(current, state, decay=self.leak())
        return jnp.tanh(potential), potential


class GRU(Neuron):
    """Gated recurrent units (Cho et al. 2014, with the reset gate after the recurrent product, as cuDNN has it).

    Takes three currents a unit: of the reset gate, the update gate and the candidate. The state is the output.
    """

    recurrent: Dense

    def __init__(self, units: int, *, key: PRNGKeyArray):
        self.start, self.shape, self.firing = None, (units,), Firing()  # it never fires
        self.recurrent = Dense(units, 3 * units, key=key)

    def initial_state(self, batch_shape: tuple[int, ...]) -> Float[Array, "*batch units"]:
        """Return the state before the first step."""
        return self._potential(batch_shape)

    def __call__(
        self, current: Float[Array, "*batch three_units"], state: Float[Array, "*batch units"]
    ) -> tuple[Float[Array, "*batch units"], Float[Array, "*batch units"]]:
        """``h = (1 - z) n + z h`` with ``n = tanh(I_n + r (h W_n + b_n))``; ``r`` and ``z`` are the gates."""
        reset, update, candidate = jnp.split(current, 3, axis=-1)
        of_reset, of_update, of_candidate = jnp.split(self.recurrent(state), 3, axis=-1)
        gate = jax.nn.sigmoid(update + of_update)
        new = jnp.tanh(candidate + jax.nn.sigmoid(reset + of_reset) * of_candidate)
        output = (1 - gate) * new + gate * state
        return output, output
