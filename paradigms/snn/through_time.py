"""A population through a block of steps, in the four ways that the rules of differentiation need.

- ``exact``: as JAX differentiates a scan.
- ``rebuilt``: the same gradient from what entered alone, each step's values computed again in the reverse pass.
- ``cut``: no gradient from a step to the one before.
- ``traced``: as ``cut``, and connections learn from traces of their inputs (see ``connections.traced``).
"""

from __future__ import annotations

from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.rebuilding import lif_over_time, rebuilds

Temporal = Literal["exact", "rebuilt", "cut", "traced"]


def over_time(
    neuron: Any,
    currents: Float[Array, "*time_batch currents"],
    state: Any,
    *,
    steps: int,
    constant: bool,
    temporal: Temporal,
) -> tuple[Float[Array, "time *batch neurons"], Any]:
    """The neuron's outputs at ``steps`` steps, and its state after the last.

    Args:
        neuron: A module of ``neurons.py``.
        currents: ``[time, *batch, *shape]``, or ``[*batch, *shape]`` where ``constant``.
        state: Before the first step.
        steps: How many.
        constant: The current is the same at every step.
        temporal: How the gradient passes through time.
    """
    if temporal == "rebuilt" and rebuilds(neuron):
        return lif_over_time(neuron, currents, state, steps=steps, constant=constant)

    def scan(neuron: Any, currents: Array, state: Any) -> tuple[Array, Any]:
        def step(state: Any, current: Array | None) -> tuple[Any, Array]:
            if temporal in ("cut", "traced"):
                state = jax.lax.stop_gradient(state)
            outputs, state = neuron(currents if current is None else current, state)
            return state, outputs

        state, outputs = jax.lax.scan(step, state, None if constant else currents, length=steps)
        return outputs, state

    if temporal == "rebuilt":
        scan = jax.checkpoint(scan, prevent_cse=False)
    return scan(neuron, currents, state)


def traces(
    inputs: Float[Array, "time *batch inputs"], trace: Float[Array, "*batch inputs"], decay: Float[Array, ""]
) -> tuple[Float[Array, "time *batch inputs"], Float[Array, "*batch inputs"]]:
    """Decaying sums of the inputs up to each step, ``a_t = decay a_{t-1} + x_t``, and the last of them."""

    def step(trace: Array, x: Array) -> tuple[Array, Array]:
        trace = decay * trace + x
        return trace, trace

    last, all_steps = jax.lax.scan(step, trace, jax.lax.stop_gradient(inputs))
    return all_steps, last


def geometric(start: Array, steps: int, decay: Float[Array, ""]) -> Float[Array, " time"]:
    """The trace of an input that is one at every step, at steps ``start ... start + steps - 1`` counted from 0."""
    count = (start + 1 + jnp.arange(steps)).astype(decay.dtype)
    leaks = decay < 1
    return jnp.where(leaks, -jnp.expm1(count * jnp.log(decay)) / jnp.where(leaks, 1 - decay, 1), count)
