"""A connection and the neurons that it drives."""

from __future__ import annotations

import math
from typing import Literal

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from paradigms.snn.connections import Connection, Dense
from paradigms.snn.connections.pooling import Window, pooled, summed
from paradigms.snn.layers.layer import Activity, FanOut, Pass, Population, TimeBlock
from paradigms.snn.neurons import Neuron, Recurrent


class Spiking(eqx.Module):
    """A connection and the neurons it drives.

    Attributes:
        connection: What the inputs pass through.
        neuron: The neurons that they drive.
        pool: The side of the squares over which spikes of images are pooled; 1 for none.
        sums: Windows over which they are summed instead; ``None`` for none.
        leave_as: How spikes of images leave: as ``tokens [height width, channels]``, as one ``vector``, or ``as_is``.
    """

    connection: Connection
    neuron: Neuron | Recurrent
    pool: int = eqx.field(static=True, default=1)
    sums: Window | None = eqx.field(static=True, default=None)
    leave_as: Literal["as_is", "tokens", "vector"] = eqx.field(static=True, default="as_is")

    def initial_state(self, batch: int, traced_shape: tuple[int, ...] | None) -> tuple[PyTree, Array | None]:
        """Make the neurons' state, and the trace of inputs of a shape; ``None`` for rules without traces."""
        trace = None if traced_shape is None else jnp.zeros((batch, *traced_shape), dtype=float)
        return self.neuron.initial_state((batch,)), trace

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Return the shape that leaves the layer, without batch axes."""
        shape = self.pooled_shape
        return {"as_is": shape, "tokens": (math.prod(shape[:-1]), shape[-1]), "vector": (math.prod(shape),)}[
            self.leave_as
        ]

    @property
    def pooled_shape(self) -> tuple[int, ...]:
        """The shape of the spikes after pooling."""
        shape = self.neuron.shape
        if self.sums is not None:
            return *self.sums.output_size(shape[0], shape[1]), shape[2]
        return shape if self.pool == 1 else (shape[0] // self.pool, shape[1] // self.pool, shape[2])

    @property
    def binary(self) -> bool:
        """Whether its outputs are 0 and 1."""
        return self.sums is None

    def populations(self, binary: bool) -> tuple[Population, ...]:
        """Return the populations of neurons, in order."""
        shape = self.neuron.shape
        # A dense connection is applied once a token.
        applications = math.prod(shape[:-1]) if isinstance(self.connection, Dense) else 1
        recurrent_macs = self.neuron.weight.size if isinstance(self.neuron, Recurrent) else 0
        return (Population(math.prod(shape), applications * self.connection.macs, binary, recurrent_macs),)

    def fan_out(self) -> tuple[FanOut, ...]:
        """Return how many synapses each input drives."""
        recurrent = jnp.count_nonzero(self.neuron.weight, axis=1) if isinstance(self.neuron, Recurrent) else None
        return ((self.connection.fan_out(), recurrent),)

    def __call__(self, inputs: Array, state: tuple, fan_out: tuple[FanOut, ...], block: TimeBlock) -> Pass:
        """Connect, fire and pool; see :mod:`paradigms.snn.layers`."""
        currents, trace = block.rule.drive(self.connection, self.neuron, inputs, state[1])
        operations = _operations(inputs, fan_out[0][0])
        return self.fire(currents, (state[0], trace), operations, fan_out, block)

    def fire(
        self,
        currents: Array,
        state: tuple,
        operations: Array,
        fan_out: tuple[FanOut, ...],
        block: TimeBlock,
        *,
        constant: bool = False,
    ) -> Pass:
        """Step the neurons through a block.

        Args:
            currents: What drives them; without a time axis where ``constant``.
            state: The neurons' state and the trace of the inputs.
            operations: Accumulates that the inputs caused, ``[batch]``.
            fan_out: Connections that leave each input and each neuron.
            block: The steps.
            constant: Whether the currents are the same at every step.
        """
        neuron_state, trace = state
        if constant:
            currents, constant = block.rule.hold(currents, self.neuron, block.start, block.steps)
        before = neuron_state
        spikes, neuron_state = block.rule.step(self.neuron, currents, before, steps=block.steps, constant=constant)
        recurrent = jnp.zeros_like(operations)
        if isinstance(self.neuron, Recurrent):
            received = jnp.sum(spikes, axis=0) + before[1] - neuron_state[1]  # spikes of the step before each step
            assert fan_out[0][1] is not None
            recurrent = received @ fan_out[0][1].astype(received.dtype)
        counted = jnp.sum(spikes, axis=(0, *range(2, spikes.ndim)))
        outputs = spikes if self.pool == 1 else pooled(spikes, self.pool)
        outputs = outputs if self.sums is None else summed(spikes, self.sums)
        outputs = outputs.reshape(*outputs.shape[:2], *self.output_shape)
        return Pass(outputs, (neuron_state, trace), (Activity(counted, operations, recurrent),))


def _operations(inputs: Array, fan_out: Array) -> Float[Array, " batch"]:
    """Accumulates that the non-zero inputs of a block cause, an example."""
    return jnp.sum((inputs != 0) * fan_out, axis=(0, *range(2, inputs.ndim)))
