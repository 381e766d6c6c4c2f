"""Our network through its public interface, differentiated as the case says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from eval.bench.snn.paradigm import build
from training.pricing import Program
from training.tasks import cross_entropy

PACKAGES = ("jax", "equinox")
DTYPE = "float32"


def compile(
    inputs: Bool[np.ndarray, "time batch channels"],
    labels: Int[np.ndarray, " batch"],
    weights: list[Float[np.ndarray, "_ _"]],
    decay: float,
    differentiation: str,
    settings: dict[str, Any],
) -> tuple[Callable[[], tuple[Array, ...]], Any]:
    """The step, ready to run, and XLA's analysis of its memory; see ``eval/peers/worker.py``."""
    time_steps, _, channels = inputs.shape
    sizes = tuple(weight.shape[1] for weight in weights)
    paradigm = build(time_steps, channels, sizes, decay, differentiation, settings)
    variables = paradigm.init(jax.random.key(0))
    *hidden, readout = weights
    names = [f"hidden[{index}].connection.weight" for index in range(len(hidden))] + ["readout_connection.weight"]
    chosen = dict(zip(names, (jnp.asarray(weight) for weight in (*hidden, readout)), strict=True))
    biases = {name: jnp.zeros_like(array) for name, array in variables.params.items() if name not in chosen}

    def cost(weights: dict[str, Array], others: Any, inputs: Array, labels: Array) -> Array:
        biases, state = others
        output = paradigm.apply(biases | weights, state, inputs, key=jax.random.key(0), train=True)
        losses = cross_entropy(output.prediction, labels)
        return losses.mean() + output.penalty

    # Examples first, as our tasks have them; spikes stay one byte each.
    arguments = chosen, (biases, variables.state), jnp.asarray(inputs.swapaxes(0, 1)), jnp.asarray(labels)
    program = Program(jax.value_and_grad(cost), *arguments)

    def step() -> tuple[Array, ...]:
        value, gradient = program()
        return value, *(gradient[name] for name in names)

    return step, program.analysis
