"""A population through the steps of a block, as JAX scans it and differentiates the scan."""

from __future__ import annotations

from typing import Any

import jax
from jaxtyping import Array, Float


def scanned(
    neuron: Any,
    currents: Float[Array, "*time_batch currents"],
    state: Any,
    *,
    steps: int,
    constant: bool,
    cut: bool = False,
) -> tuple[Float[Array, "time *batch neurons"], Any]:
    """Step a population through a block.

    Args:
        neuron: A module that takes a current and a state, see ``paradigms.snn.neurons``.
        currents: ``[time, *batch, *shape]``, or ``[*batch, *shape]`` where ``constant``.
        state: The state before the first step.
        steps: The number of steps.
        constant: Whether the current is the same at every step.
        cut: Let no gradient from a step to the one before.

    Returns:
        The neurons' outputs at every step, and their state after the last.
    """

    def step(state: Any, current: Array | None) -> tuple[Any, Array]:
        if cut:
            state = jax.lax.stop_gradient(state)
        outputs, state = neuron(currents if current is None else current, state)
        return state, outputs

    state, outputs = jax.lax.scan(step, state, None if constant else currents, length=steps)
    return outputs, state
