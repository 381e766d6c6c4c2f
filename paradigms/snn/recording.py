"""Every spike and potential of a run through time, to be looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, Shaped

from paradigms.snn.layers import Spiking, TimeBlock
from paradigms.snn.model import SNN
from paradigms.snn.rules import RULES


class Recording(NamedTuple):
    """What the layers did, in order.

    Attributes:
        spikes: The spikes that each layer sent on, ``[time, batch, *shape]``.
        potentials: The potentials of each layer that is one population, after the reset, ``[time, batch, *shape]``.
    """

    spikes: tuple[Float[Array, "time batch *shape"], ...]
    potentials: tuple[Float[Array, "time batch *shape"], ...]


def record(
    paradigm: SNN,
    params: dict[str, Array],
    state: dict[str, Array],
    inputs: Shaped[Array, "batch ..."],
    *,
    key: PRNGKeyArray,
) -> Recording:
    """Run a batch step by step and keep every spike and potential: memory O(T)."""
    rule = RULES["bptt"]
    runner = replace(paradigm.runner, rule=rule)
    arguments = paradigm.arguments(paradigm.network(params, state), inputs, key)
    watched = [index for index, layer in enumerate(arguments.network.hidden) if isinstance(layer, Spiking)]

    def step(states: tuple, t: Array) -> tuple[tuple, tuple]:
        passes, _ = runner.through_layers(arguments, states, TimeBlock(t, 1, rule))
        states = tuple(one.state for one in passes)
        # Of a population's state the potential comes first.
        potentials = tuple(jax.tree.leaves(states[index])[0] for index in watched)
        return states, (tuple(one.outputs[0] for one in passes), potentials)

    states = runner.initial_states(arguments.network, inputs.shape[0])
    _, (spikes, potentials) = jax.lax.scan(step, states, jnp.arange(paradigm.reading.time_steps))
    return Recording(spikes, potentials)
