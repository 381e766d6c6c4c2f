"""Neurons: pure step functions ``(input, state) -> (output, state)``, and thin modules that hold their parameters.

A neuron module offers ``initial_state(batch_shape)`` and ``__call__(current, state)``; a new one is a step function and
such a module. All arrays may have any leading batch axes; the last one runs over neurons.
"""

from __future__ import annotations

import math
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.surrogates import SURROGATES, Surrogate

Reset = Literal["subtract", "zero"]
THRESHOLD = 1.0


def lif_step(
    current: Float[Array, "*batch neurons"],
    potential: Float[Array, "*batch neurons"],
    *,
    decay: Float[Array, "#neurons"],
    surrogate: Surrogate,
    width: float,
    reset: Reset,
    detach_reset: bool,
) -> tuple[Float[Array, "*batch neurons"], Float[Array, "*batch neurons"]]:
    """One step of leaky integrate-and-fire: ``u = decay v + I``, ``s = [u >= 1]``, then the reset gives the new ``v``.

    The reset is ``v = u - s`` (subtract) or ``v = u (1 - s)`` (zero). With ``detach_reset`` no gradient passes through
    the ``s`` of the reset; it still passes through ``u``. (Neftci, Mostafa & Zenke 2019, with the synaptic filter left
    out and the input weight not scaled by ``1 - decay``.)

    Returns:
        Spikes (0 or 1, in the dtype of the potential) and the potential after the reset.
    """
    potential = decay * potential + current
    spikes = surrogate(potential - THRESHOLD, width)
    resetting = jax.lax.stop_gradient(spikes) if detach_reset else spikes
    if reset == "subtract":
        return spikes, potential - THRESHOLD * resetting
    return spikes, potential * (1 - resetting)


def leaky_integrator_step(
    current: Float[Array, "*batch neurons"],
    potential: Float[Array, "*batch neurons"],
    *,
    decay: Float[Array, "#neurons"],
) -> Float[Array, "*batch neurons"]:
    """One step of a neuron that never fires: ``v = decay v + I``."""
    return decay * potential + current


def decay_logit(time_constant: float) -> float:
    """The logit of ``exp(-1 / time_constant)``, the decay a step of a membrane with that time constant in steps."""
    return -math.log(math.expm1(1 / time_constant))


class Leak(eqx.Module):
    """A decay per step, one for each neuron or one for all, kept in (0, 1) as the sigmoid of what is trained."""

    logit: Float[Array, "#neurons"]

    def __init__(self, size: int, time_constant: float):
        self.logit = jnp.full((size,), decay_logit(time_constant), dtype=float)

    def __call__(self) -> Float[Array, "#neurons"]:
        return jax.nn.sigmoid(self.logit)


class LIF(eqx.Module):
    """Leaky integrate-and-fire neurons; the state is their membrane potential after the reset, zero at the start."""

    leak: Leak
    neurons: int = eqx.field(static=True)
    surrogate: str = eqx.field(static=True)
    width: float = eqx.field(static=True)
    reset: Reset = eqx.field(static=True)
    detach_reset: bool = eqx.field(static=True)

    def initial_state(self, batch_shape: tuple[int, ...]) -> Float[Array, "*batch neurons"]:
        return jnp.zeros((*batch_shape, self.neurons), self.leak.logit.dtype)

    def __call__(
        self, current: Float[Array, "*batch neurons"], state: Float[Array, "*batch neurons"]
    ) -> tuple[Float[Array, "*batch neurons"], Float[Array, "*batch neurons"]]:
        """Spikes and the next state; see :func:`lif_step`."""
        return lif_step(
            current,
            state,
            decay=self.leak(),
            surrogate=SURROGATES[self.surrogate],
            width=self.width,
            reset=self.reset,
            detach_reset=self.detach_reset,
        )


class LeakyIntegrator(eqx.Module):
    """Neurons that integrate and never fire; the output is the membrane potential, and so is the state."""

    leak: Leak
    neurons: int = eqx.field(static=True)

    def initial_state(self, batch_shape: tuple[int, ...]) -> Float[Array, "*batch neurons"]:
        return jnp.zeros((*batch_shape, self.neurons), self.leak.logit.dtype)

    def __call__(
        self, current: Float[Array, "*batch neurons"], state: Float[Array, "*batch neurons"]
    ) -> tuple[Float[Array, "*batch neurons"], Float[Array, "*batch neurons"]]:
        """The potential, as output and as next state; see :func:`leaky_integrator_step`."""
        potential = leaky_integrator_step(current, state, decay=self.leak())
        return potential, potential
