"""Layers: connections that drive populations of spiking neurons, a block of time steps at a time.

Within a block a layer is run at all steps before the next layer is: its connection is one product over time and batch,
and only the neurons are stepped. A layer takes ``(inputs, state, fan_out, block)`` with ``inputs`` of shape
``[time, batch, *shape]`` and returns a :class:`Pass`; it offers ``initial_state``, ``fan_out`` (of each connection) and
``populations`` (what it consists of), all in the same order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from paradigms.snn.connections import Connection, Dense
from paradigms.snn.neurons import Neuron, Recurrent
from paradigms.snn.pooling import Window, pooled, summed
from paradigms.snn.rules import Rule


@dataclass(frozen=True)
class TimeBlock:
    """Time steps that are run together.

    Attributes:
        start: The number of the first step, counted from 0.
        steps: The number of steps.
        rule: The rule by which they are differentiated.
    """

    start: Int[Array, ""]
    steps: int
    rule: Rule


FanOut = tuple[Array, Array | None]
"""Connections that leave each input of a layer, and each of its own neurons where it is recurrent."""


class Activity(NamedTuple):
    """What one population did in a block, an example.

    Attributes:
        spikes: Emitted.
        operations: That its inputs took.
        recurrent_operations: That its own spikes of the step before took.
    """

    spikes: Float[Array, " batch"]
    operations: Float[Array, " batch"]
    recurrent_operations: Float[Array, " batch"]


@dataclass(frozen=True)
class Population:
    """Sizes of one population.

    Attributes:
        neurons: How many.
        macs: Multiply-accumulates of the dense products that drive it, a step and an example.
        recurrent_macs: The same of the product with its own spikes.
        binary: What enters is 0 or 1, so that its products are accumulates.
    """

    neurons: int
    macs: int
    binary: bool
    recurrent_macs: int = 0


class Pass(NamedTuple):
    """What a layer returns for a block: outputs ``[time, batch, *shape]``, next state, activity a population."""

    outputs: Float[Array, "time batch *shape"]
    state: PyTree
    activity: tuple[Activity, ...]


class Spiking(eqx.Module):
    """A connection and the neurons it drives.

    Attributes:
        connection, neuron: As they say.
        pool: Spikes of images are pooled over squares of this size; 1 for none.
        sums: Windows over which they are summed instead; ``None`` for none.
        leave_as: Spikes of images leave as ``tokens [height width, channels]``, or as one ``vector``; else ``as_is``.
    """

    connection: Connection
    neuron: Neuron | Recurrent
    pool: int = eqx.field(static=True, default=1)
    sums: Window | None = eqx.field(static=True, default=None)
    leave_as: Literal["as_is", "tokens", "vector"] = eqx.field(static=True, default="as_is")

    def initial_state(self, batch: int, traced_shape: tuple[int, ...] | None) -> tuple[PyTree, Array | None]:
        """Of the neurons, and the trace of inputs of this shape (``None``: none is kept)."""
        trace = None if traced_shape is None else jnp.zeros((batch, *traced_shape), dtype=float)
        return self.neuron.initial_state((batch,)), trace

    @property
    def output_shape(self) -> tuple[int, ...]:
        shape = self.pooled_shape
        return {"as_is": shape, "tokens": (math.prod(shape[:-1]), shape[-1]), "vector": (math.prod(shape),)}[
            self.leave_as
        ]

    @property
    def pooled_shape(self) -> tuple[int, ...]:
        """Of the spikes after pooling."""
        shape = self.neuron.shape
        if self.sums is not None:
            return *self.sums.output_size(shape[0], shape[1]), shape[2]
        return shape if self.pool == 1 else (shape[0] // self.pool, shape[1] // self.pool, shape[2])

    @property
    def binary(self) -> bool:
        """Whether its outputs are 0 and 1."""
        return self.sums is None

    def populations(self, binary: bool) -> tuple[Population, ...]:
        shape = self.neuron.shape
        # A dense connection is applied once a token.
        applications = math.prod(shape[:-1]) if isinstance(self.connection, Dense) else 1
        recurrent_macs = self.neuron.weight.size if isinstance(self.neuron, Recurrent) else 0
        return (Population(math.prod(shape), applications * self.connection.macs, binary, recurrent_macs),)

    def fan_out(self) -> tuple[FanOut, ...]:
        recurrent = jnp.count_nonzero(self.neuron.weight, axis=1) if isinstance(self.neuron, Recurrent) else None
        return ((self.connection.fan_out(), recurrent),)

    def __call__(self, inputs: Array, state: tuple, fan_out: tuple[FanOut, ...], block: TimeBlock) -> Pass:
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
        """Step the neurons; ``constant`` currents have no time axis."""
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


class Chain(eqx.Module):
    """Layers one after the other; with ``residual``, what enters is added to what comes out.

    The sum of spikes and spikes is 0, 1 or 2 (Fang et al., NeurIPS 2021: SEW ResNet with the ADD function).
    """

    layers: tuple[Any, ...]
    residual: bool = eqx.field(static=True, default=False)

    def initial_state(self, batch: int, traced_shape: tuple[int, ...] | None) -> tuple:
        states = []
        for layer in self.layers:
            states.append(layer.initial_state(batch, traced_shape))
            traced_shape = None if traced_shape is None else layer.output_shape
        return tuple(states)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.layers[-1].output_shape

    @property
    def binary(self) -> bool:
        return not self.residual and self.layers[-1].binary

    def populations(self, binary: bool) -> tuple[Population, ...]:
        found: tuple[Population, ...] = ()
        for layer in self.layers:
            found += layer.populations(binary)
            binary = layer.binary
        return found

    def fan_out(self) -> tuple[FanOut, ...]:
        return sum((layer.fan_out() for layer in self.layers), ())

    def __call__(self, inputs: Array, state: tuple, fan_out: tuple[FanOut, ...], block: TimeBlock) -> Pass:
        outputs, states, activity = inputs, [], ()
        for layer, layer_state in zip(self.layers, state, strict=True):
            own = fan_out[len(activity) : len(activity) + len(layer.populations(True))]
            outputs, layer_state, done = layer(outputs, layer_state, own, block)
            states.append(layer_state)
            activity += done
        return Pass(inputs + outputs if self.residual else outputs, tuple(states), activity)


class SelfAttention(eqx.Module):
    """Spiking self-attention over tokens ``[tokens, width]`` (Zhou et al., ICLR 2023: Spikformer, eqs. 5 to 7).

    Queries, keys and values are spikes, and attention needs no softmax: ``scale · Q (Kᵀ V)`` drives neurons, a head at
    a time, whose spikes pass through one more layer.
    """

    query: Spiking
    key: Spiking
    value: Spiking
    neuron: Neuron | Recurrent
    output: Spiking
    heads: int = eqx.field(static=True)
    scale: float = eqx.field(static=True)

    def initial_state(self, batch: int, traced_shape: tuple[int, ...] | None) -> tuple:
        projections = tuple(layer.initial_state(batch, traced_shape) for layer in (self.query, self.key, self.value))
        own = self.neuron.initial_state((batch,))
        return *projections, own, self.output.initial_state(batch, traced_shape)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.neuron.shape

    @property
    def binary(self) -> bool:
        return True

    def populations(self, binary: bool) -> tuple[Population, ...]:
        tokens, width = self.neuron.shape
        own = Population(tokens * width, 2 * tokens * width * width // self.heads, binary=True)
        projections = sum((layer.populations(binary) for layer in (self.query, self.key, self.value)), ())
        return *projections, own, *self.output.populations(True)

    def fan_out(self) -> tuple[FanOut, ...]:
        projections = sum((layer.fan_out() for layer in (self.query, self.key, self.value)), ())
        # Of a query's spike: the sums of one head, added to what its token receives.
        own = jnp.full((1,), self.neuron.shape[1] // self.heads, dtype=float)
        return *projections, (own, None), *self.output.fan_out()

    def __call__(self, inputs: Array, state: tuple, fan_out: tuple[FanOut, ...], block: TimeBlock) -> Pass:
        passes = [
            layer(inputs, own, (fan,), block)
            for layer, own, fan in zip((self.query, self.key, self.value), state[:3], fan_out[:3], strict=True)
        ]
        query, key, value = (
            one.outputs.reshape(*one.outputs.shape[:-1], self.heads, one.outputs.shape[-1] // self.heads)
            for one in passes
        )
        together = jnp.einsum("...nhd,...nhe->...hde", key, value)
        currents = self.scale * jnp.einsum("...nhd,...hde->...nhe", query, together).reshape(passes[0].outputs.shape)
        spikes, own = block.rule.step(self.neuron, currents, state[3], steps=block.steps, constant=False)
        # Every coincidence of a key's and a value's spike is an accumulate, and so is what a query's spike reads.
        operations = jnp.sum(together, axis=(0, 2, 3, 4)) + jnp.sum(query * fan_out[3][0], axis=(0, 2, 3, 4))
        attended = Activity(jnp.sum(spikes, axis=(0, 2, 3)), operations, jnp.zeros_like(operations))
        last = self.output(spikes, state[4], fan_out[4:], block)
        activity = (*(one.activity[0] for one in passes), attended, *last.activity)
        return Pass(last.outputs, (*(one.state for one in passes), own, last.state), activity)


def _operations(inputs: Array, fan_out: Array) -> Float[Array, " batch"]:
    """Accumulates that the non-zero inputs of a block cause, an example."""
    return jnp.sum((inputs != 0) * fan_out, axis=(0, *range(2, inputs.ndim)))
