"""Rules without a gradient from a step to the one before: constant memory in time, and a gradient with a bias."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from paradigms.snn.connections import Connection
from paradigms.snn.rules import unroll
from paradigms.snn.rules.products import product_learning_from_trace
from paradigms.snn.rules.rule import Rule, TimeSteps
from paradigms.snn.rules.scanning import scanned


class SLTT(Rule):
    """Spatial learning through time: each step's own gradient, summed (Meng et al., ICCV 2023)."""

    name = "sltt"
    exact = False
    kept = "O(1)"
    recomputes = True
    recurrent_passes = -1

    def step(
        self, neuron: Any, currents: Float[Array, "*time_batch currents"], state: Any, *, steps: int, constant: bool
    ) -> tuple[Float[Array, "time *batch neurons"], Any]:
        """Step a population; no gradient passes from a step to the one before."""
        return scanned(neuron, currents, state, steps=steps, constant=constant, cut=True)

    def unroll(self, run_block: unroll.RunBlock, arguments: PyTree, states: PyTree, steps: TimeSteps) -> unroll.Result:
        """Run one block after the other, and once more for the gradient; see ``unroll.online``."""
        return unroll.online(run_block, arguments, states, steps.total, block_steps=steps.block)


class OTTT(SLTT):
    """Online training through time: weights learn from decaying traces of their inputs (Xiao et al., NeurIPS 2022)."""

    name = "ottt"
    has_traces = True

    def drive(
        self, connection: Connection, neuron: Any, inputs: Float[Array, "time batch *inputs"], trace: Array | None
    ) -> tuple[Float[Array, "time batch *outputs"], Array | None]:
        """Compute the currents, whose gradient to the weights is that of the inputs' traces."""
        assert trace is not None
        history, trace = traces(inputs, trace, neuron.mean_decay())
        return product_learning_from_trace(connection, inputs, history), trace

    def hold(
        self, currents: Float[Array, "batch *shape"], neuron: Any, start: Int[Array, ""], steps: int
    ) -> tuple[Array, bool]:
        """Give currents a time axis: the trace of a constant input is the input times a geometric sum.

        So is the gradient that it leaves.
        """
        worth = geometric(start, steps, neuron.mean_decay())
        fixed = jax.lax.stop_gradient(currents)
        return fixed + worth.reshape(-1, *(1,) * currents.ndim) * (currents - fixed), False


def traces(
    inputs: Float[Array, "time *batch inputs"], trace: Float[Array, "*batch inputs"], decay: Float[Array, ""]
) -> tuple[Float[Array, "time *batch inputs"], Float[Array, "*batch inputs"]]:
    """Sum the inputs up to each step with a decay, ``a_t = decay a_{t-1} + x_t``; returns all sums and the last."""

    def step(trace: Array, x: Array) -> tuple[Array, Array]:
        trace = decay * trace + x
        return trace, trace

    last, all_steps = jax.lax.scan(step, trace, jax.lax.stop_gradient(inputs))
    return all_steps, last


def geometric(start: Array, steps: int, decay: Float[Array, ""]) -> Float[Array, " time"]:
    """Compute the trace of an input that is 1 at every step, at steps ``start ... start + steps - 1`` from 0."""
    count = (start + 1 + jnp.arange(steps)).astype(decay.dtype)
    leaks = decay < 1
    return jnp.where(leaks, -jnp.expm1(count * jnp.log(decay)) / jnp.where(leaks, 1 - decay, 1), count)
