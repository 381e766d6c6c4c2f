"""LIF and IF through a block of steps, with a reverse pass that keeps one number per neuron and step: its potential.

Everything else that backpropagation needs follows from the potential ``u`` before the reset: the spike ``[u >= 1]``,
the surrogate's derivative at ``u - 1``, and the potential after the reset, which the next step's decay multiplied.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.neurons import IF, LIF, THRESHOLD, Firing
from paradigms.snn.rules.data_dependence import after
from paradigms.snn.rules.lif_adjoint import after_reset, from_potential, to_potential
from paradigms.tangents import with_tangent_map

UNROLLED = 2
"""Steps in a turn of the loop: a state less to be written and read (measured on one CPU core: 2% of a gradient)."""


def is_served(neuron: Any) -> bool:
    """Whether :func:`lif_over_time` serves this neuron."""
    return type(neuron) in (IF, LIF)


def lif_over_time(
    neuron: IF | LIF,
    currents: Float[Array, "*time_batch neurons"],
    state: Float[Array, "*batch neurons"],
    *,
    steps: int,
    constant: bool,
) -> tuple[Float[Array, "time *batch neurons"], Float[Array, "*batch neurons"]]:
    """Step LIF or IF neurons through a block.

    Args:
        neuron: The neurons, all with the same rule of firing.
        currents: ``[time, *batch, neurons]``, or ``[*batch, neurons]`` where ``constant``.
        state: The potential before the first step.
        steps: The number of steps.
        constant: Whether the current is the same at every step.

    Returns:
        The spikes at every step, 0 or 1, and the potential after the last.
    """
    decay = neuron.leak() if isinstance(neuron, LIF) else jnp.ones((1,), state.dtype)
    maps = (_run, _run_forward, _run_tangent, _run_backward)
    run = with_tangent_map(*(partial(one, neuron.firing, steps, constant) for one in maps))
    return run(decay, currents, state)


def _run(firing: Firing, steps: int, constant: bool, decay: Array, currents: Array, state: Array) -> tuple:
    potentials, last = _potentials(firing, steps, constant, decay, currents, state)
    return _spikes(potentials), last


def _spikes(potentials: Array) -> Array:
    return (potentials >= THRESHOLD).astype(potentials.dtype)


def _potentials(firing: Firing, steps: int, constant: bool, decay: Array, currents: Array, state: Array) -> tuple:
    """Potentials before the reset at every step ``[time, *batch, neurons]``, and the one after the last reset."""
    if firing.loop == "pallas":
        from paradigms.snn.rules import gpu_loop  # Pallas takes a while to import

        currents = jnp.broadcast_to(currents, (steps, *state.shape))
        return gpu_loop.potentials(firing, decay, currents, state)
    if constant:

        def step(state: Array, _: None) -> tuple[Array, Array]:
            potential = decay * state + currents
            return after_reset(firing, potential), potential

        last, potentials = jax.lax.scan(step, state, None, length=steps)
        return potentials, last

    def step_into(t: Array, carry: tuple[Array, Array]) -> tuple[Array, Array]:
        potentials, state = carry
        potential = decay * state + currents[t]
        return potentials.at[t].set(potential), after_reset(firing, potential)

    return jax.lax.fori_loop(0, steps, step_into, (_room_after(currents), state), unroll=UNROLLED)


def _run_forward(firing: Firing, steps: int, constant: bool, decay: Array, currents: Array, state: Array) -> tuple:
    potentials, last = _potentials(firing, steps, constant, decay, currents, state)
    return (_spikes(potentials), last), (decay, state, potentials)


def _run_tangent(firing: Firing, steps: int, constant: bool, residuals: tuple, tangents: tuple) -> tuple:
    decay, state, potentials = residuals
    of_decay, of_currents, of_state = tangents

    def step(carry: tuple[Array, Array], now: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        left, of_left = carry
        potential, of_current = now
        of_potential = of_decay * left + decay * of_left + of_current
        of_spike, of_left = from_potential(firing, potential, of_potential)
        return (after_reset(firing, potential), of_left), of_spike

    of_currents = jnp.broadcast_to(of_currents, potentials.shape)
    (_, of_last), of_spikes = jax.lax.scan(step, (state, of_state), (potentials, of_currents), length=steps)
    return of_spikes, of_last


def _run_backward(firing: Firing, steps: int, constant: bool, residuals: tuple, cotangents: tuple) -> tuple:
    decay, state, potentials = residuals
    to_spikes, to_last = cotangents
    if firing.loop == "pallas":
        from paradigms.snn.rules import gpu_loop

        to_decay, to_currents, to_state = gpu_loop.cotangents(firing, decay, potentials, state, to_spikes, to_last)
        return _summed(to_decay, decay), jnp.sum(to_currents, axis=0) if constant else to_currents, to_state

    none = jnp.zeros_like(state)

    def step_into(turn: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
        t = steps - 1 - turn
        to_currents, to_state, later, to_decay, total = carry
        # The decay of the step after multiplied what the reset left of this potential.
        to_decay += later * after_reset(firing, potentials[t])
        to_current = to_potential(firing, potentials[t], to_spikes[t], to_state)
        if constant:
            total += to_current
        else:
            to_currents = to_currents.at[t].set(to_current)
        return to_currents, decay * to_current, to_current, to_decay, total

    room, total = (jnp.zeros(()), none) if constant else (_room_after(to_spikes), jnp.zeros(()))
    carry = (room, to_last, none, none, total)
    to_currents, to_state, first, to_decay, total = jax.lax.fori_loop(0, steps, step_into, carry, unroll=UNROLLED)
    return _summed(to_decay + first * state, decay), total if constant else to_currents, to_state


def _room_after(values: Array) -> Array:
    """Zeros of this shape, to be filled step by step.

    A scan would make the same array, but as early as nothing speaks against it, and hold it from then on; filling
    ``values`` themselves makes XLA copy the whole of them at every step.
    """
    return jnp.full_like(values, after(jnp.zeros((), values.dtype), values))


def _summed(to_decay: Array, decay: Array) -> Array:
    """Over the batch, and over the neurons that share a decay."""
    each = jnp.sum(to_decay.reshape(-1, to_decay.shape[-1]), axis=0)
    return each if decay.size > 1 else jnp.sum(each, keepdims=True)
