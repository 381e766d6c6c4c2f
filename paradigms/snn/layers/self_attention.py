"""Self-attention of spikes."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from paradigms.snn.layers.layer import Activity, FanOut, Pass, Population, TimeBlock
from paradigms.snn.layers.spiking import Spiking
from paradigms.snn.neurons import Neuron, Recurrent


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
        """Return the state before the first step."""
        projections = tuple(layer.initial_state(batch, traced_shape) for layer in (self.query, self.key, self.value))
        own = self.neuron.initial_state((batch,))
        return *projections, own, self.output.initial_state(batch, traced_shape)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Return the shape that leaves the layer, without batch axes."""
        return self.neuron.shape

    @property
    def binary(self) -> bool:
        """Return whether what leaves is 0 or 1."""
        return True

    def populations(self, binary: bool) -> tuple[Population, ...]:
        """Return the populations of neurons, in order."""
        tokens, width = self.neuron.shape
        own = Population(tokens * width, 2 * tokens * width * width // self.heads, binary=True)
        projections = sum((layer.populations(binary) for layer in (self.query, self.key, self.value)), ())
        return *projections, own, *self.output.populations(True)

    def fan_out(self) -> tuple[FanOut, ...]:
        """Return how many synapses each input drives."""
        projections = sum((layer.fan_out() for layer in (self.query, self.key, self.value)), ())
        # Of a query's spike: the sums of one head, added to what its token receives.
        own = jnp.full((1,), self.neuron.shape[1] // self.heads, dtype=float)
        return *projections, (own, None), *self.output.fan_out()

    def __call__(self, inputs: Array, state: tuple, fan_out: tuple[FanOut, ...], block: TimeBlock) -> Pass:
        """Apply spiking self-attention; see :mod:`paradigms.snn.layers`."""
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
