"""Neurons: pure step functions ``(current, state) -> (output, state)``, and thin modules that hold their parameters.

A new neuron is a step function, a module with ``initial_state`` and ``__call__``, and a line in ``NEURONS``
(``populations.py``). Arrays may have any leading batch axes; parameters run over the last axis, which is a dense
layer's neurons or a convolution's channels.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from paradigms.snn.surrogates import SURROGATES

Reset = Literal["subtract", "zero"]
Values = Float[Array, "*batch neurons"]
THRESHOLD = 1.0


@dataclass(frozen=True)
class Firing:
    """When a neuron fires and what that does to its potential.

    Attributes:
        surrogate: Shape of the derivative that stands in for the spike's, see ``surrogates.py``.
        width: Its width, in units of the threshold.
        reset: A spike subtracts one threshold from the potential, or sets it to zero.
        detach_reset: Let no gradient through the spike of the reset; it still passes through the potential.
        loop: How rules with a reverse pass of their own run a block's steps: ``plain``, or ``pallas``, one GPU kernel.
    """

    surrogate: str = "arctan"
    width: float = 1.0
    reset: Reset = "subtract"
    detach_reset: bool = True
    loop: Literal["plain", "pallas"] = "plain"

    def __call__(self, potential: Values, threshold: Values | float = THRESHOLD) -> tuple[Values, Values]:
        """Spikes (0 or 1, in the potential's dtype) where ``potential >= threshold``, and the potential after them."""
        spikes = SURROGATES[self.surrogate](potential - threshold, self.width)
        resetting = jax.lax.stop_gradient(spikes) if self.detach_reset else spikes
        if self.reset == "subtract":
            return spikes, potential - THRESHOLD * resetting
        return spikes, potential * (1 - resetting)


def if_step(current: Values, potential: Values, *, firing: Firing) -> tuple[Values, Values]:
    """Integrate-and-fire without a leak: ``u = v + I``, ``s = [u >= 1]``, then the reset gives the new ``v``."""
    return firing(potential + current)


def lif_step(
    current: Values, potential: Values, *, decay: Float[Array, "#neurons"], firing: Firing
) -> tuple[Values, Values]:
    """Leaky integrate-and-fire: ``u = decay v + I``, ``s = [u >= 1]``, then the reset gives the new ``v``.

    Neftci, Mostafa & Zenke 2019, with the synaptic filter left out and the input not scaled by ``1 - decay``.
    """
    return firing(decay * potential + current)


def adaptive_lif_step(
    current: Values,
    state: tuple[Values, Values],
    *,
    decay: Float[Array, "#neurons"],
    adaptation_decay: Float[Array, "#neurons"],
    strength: float,
    firing: Firing,
) -> tuple[Values, tuple[Values, Values]]:
    """LIF whose threshold rises with its own spikes (Bellec et al., Nature Communications 11, 2020, eqs. 6, 8 and 9).

    ``s = [u >= 1 + strength b]`` with ``b' = adaptation_decay b + s``; the state is ``(v, b)``. The reset is that of a
    threshold at rest.
    """
    potential, adaptation = state
    spikes, potential = firing(decay * potential + current, THRESHOLD + strength * adaptation)
    return spikes, (potential, adaptation_decay * adaptation + spikes)


def synaptic_lif_step(
    current: Values,
    state: tuple[Values, Values],
    *,
    decay: Float[Array, "#neurons"],
    synaptic_decay: Float[Array, "#neurons"],
    firing: Firing,
    rest: Float[Array, " neurons"] | None = None,
) -> tuple[Values, tuple[Values, Values]]:
    """LIF driven through a leaky synapse: ``i' = synaptic_decay i + I``, ``u = decay v + i'`` (Neftci et al. 2019).

    The state is ``(v, i)``. A current ``rest`` is added to ``u`` at every step: no constant ``I`` does the same, for
    the synapse starts at 0.
    """
    potential, synaptic = state
    synaptic = synaptic_decay * synaptic + current
    driven = decay * potential + synaptic
    spikes, potential = firing(driven if rest is None else driven + rest)
    return spikes, (potential, synaptic)


def leaky_integrator_step(current: Values, potential: Values, *, decay: Float[Array, "#neurons"]) -> Values:
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

    def remaining(self, steps: Float[Array, "*steps"]) -> Float[Array, "*steps #neurons"]:
        """``1 + decay + ... + decay^(steps - 1)``: what a unit of current is worth over its next steps.

        Accurate for decays close to 1 too: ``1 - decay`` is the sigmoid of minus the logit.
        """
        log_decay = -jax.nn.softplus(-self.logit)
        return -jnp.expm1(steps[..., None] * log_decay) / jax.nn.sigmoid(-self.logit)


class Neuron(eqx.Module):
    """What spiking neurons share. Subclasses add their parameters, ``initial_state`` and ``__call__``.

    Attributes:
        start: Potential before the first step, trained; ``None`` for zero.
        shape: Of the population, without batch axes.
        firing: Threshold and reset.
    """

    start: Float[Array, " neurons"] | None
    shape: tuple[int, ...] = eqx.field(static=True)
    firing: Firing = eqx.field(static=True)

    @abstractmethod
    def initial_state(self, batch_shape: tuple[int, ...]) -> PyTree:
        """Before the first step."""

    @abstractmethod
    def __call__(self, current: Values, state: Any) -> tuple[Values, Any]:
        """Spikes and the next state."""

    def mean_decay(self) -> Float[Array, ""]:
        """The leak of the potential, averaged over neurons; not differentiated."""
        leak: Leak | None = getattr(self, "leak", None)
        return jnp.ones(()) if leak is None else jax.lax.stop_gradient(jnp.mean(leak()))

    def _potential(self, batch_shape: tuple[int, ...]) -> Values:
        start = jnp.zeros((self.shape[-1],), dtype=float) if self.start is None else self.start
        return jnp.broadcast_to(start, (*batch_shape, *self.shape))


class IF(Neuron):
    """Integrate-and-fire; the state is the potential after the reset."""

    def initial_state(self, batch_shape: tuple[int, ...]) -> Values:
        return self._potential(batch_shape)

    def __call__(self, current: Values, state: Values) -> tuple[Values, Values]:
        """Spikes and the next state; see :func:`if_step`."""
        return if_step(current, state, firing=self.firing)


class LIF(Neuron):
    """Leaky integrate-and-fire; the state is the potential after the reset."""

    leak: Leak

    def initial_state(self, batch_shape: tuple[int, ...]) -> Values:
        return self._potential(batch_shape)

    def __call__(self, current: Values, state: Values) -> tuple[Values, Values]:
        """Spikes and the next state; see :func:`lif_step`."""
        return lif_step(current, state, decay=self.leak(), firing=self.firing)


class AdaptiveLIF(Neuron):
    """LIF with an adaptive threshold; the state is the potential and the adaptation."""

    leak: Leak
    adaptation: Leak
    strength: float = eqx.field(static=True)

    def initial_state(self, batch_shape: tuple[int, ...]) -> tuple[Values, Values]:
        potential = self._potential(batch_shape)
        return potential, jnp.zeros_like(potential)

    def __call__(self, current: Values, state: tuple[Values, Values]) -> tuple[Values, tuple[Values, Values]]:
        """Spikes and the next state; see :func:`adaptive_lif_step`."""
        return adaptive_lif_step(
            current,
            state,
            decay=self.leak(),
            adaptation_decay=self.adaptation(),
            strength=self.strength,
            firing=self.firing,
        )


class SynapticLIF(Neuron):
    """LIF behind a leaky synapse; the state is the potential and the synaptic current.

    Attributes:
        leak, synapse: Decays of the two.
        rest: A current that drives the potential at every step, trained; ``None`` for none.
    """

    leak: Leak
    synapse: Leak
    rest: Float[Array, " neurons"] | None = None

    def initial_state(self, batch_shape: tuple[int, ...]) -> tuple[Values, Values]:
        potential = self._potential(batch_shape)
        return potential, jnp.zeros_like(potential)

    def __call__(self, current: Values, state: tuple[Values, Values]) -> tuple[Values, tuple[Values, Values]]:
        """Spikes and the next state; see :func:`synaptic_lif_step`."""
        return synaptic_lif_step(
            current, state, decay=self.leak(), synaptic_decay=self.synapse(), firing=self.firing, rest=self.rest
        )


class Recurrent(eqx.Module):
    """Neurons that also receive their own spikes of the step before; the state is theirs and those spikes.

    Attributes:
        neuron: What fires.
        weight: From the neuron that spikes to the one that receives, zero at the start.
    """

    neuron: Neuron
    weight: Float[Array, "neurons neurons"]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.neuron.shape

    @property
    def firing(self) -> Firing:
        return self.neuron.firing

    def mean_decay(self) -> Float[Array, ""]:
        """See :meth:`Neuron.mean_decay`."""
        return self.neuron.mean_decay()

    def initial_state(self, batch_shape: tuple[int, ...]) -> tuple[PyTree, Values]:
        return self.neuron.initial_state(batch_shape), jnp.zeros((*batch_shape, *self.shape), self.weight.dtype)

    def __call__(self, current: Values, state: tuple[PyTree, Values]) -> tuple[Values, tuple[PyTree, Values]]:
        """Spikes and the next state: ``I + s W`` drives the neuron, with ``s`` the spikes of the step before."""
        inner, spikes = state
        spikes, inner = self.neuron(current + spikes @ self.weight, inner)
        return spikes, (inner, spikes)


class LeakyIntegrator(eqx.Module):
    """Neurons that integrate and never fire; the output is the membrane potential, and so is the state."""

    leak: Leak
    neurons: int = eqx.field(static=True)

    def initial_state(self, batch_shape: tuple[int, ...]) -> Values:
        return jnp.zeros((*batch_shape, self.neurons), self.leak.logit.dtype)

    def summed(
        self, currents: Float[Array, "time batch outputs"], start: Int[Array, ""], time_steps: int
    ) -> Float[Array, "batch outputs"]:
        """What the currents of steps ``start, start + 1, ...`` add to the sum of the potential over all steps.

        The integrator is linear: a current at step ``t`` is worth ``1 + decay + ... + decay^(time_steps - 1 - t)``. So
        the mean potential, which is the prediction, needs no state and no gradient through time.
        """
        steps = (time_steps - start - jnp.arange(currents.shape[0])).astype(currents.dtype)
        return jnp.einsum(
            "tbo,to->bo", currents, jnp.broadcast_to(self.leak.remaining(steps), (steps.shape[0], self.neurons))
        )

    def __call__(self, current: Values, state: Values) -> tuple[Values, Values]:
        """The potential, as output and as next state; see :func:`leaky_integrator_step`."""
        potential = leaky_integrator_step(current, state, decay=self.leak())
        return potential, potential
