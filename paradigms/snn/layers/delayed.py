"""Axonal delays: what a spike has to wait before it reaches the next connection, learned for each channel.

Delays are trained as real numbers: a spike is split over the two steps that its delay falls between, so that the
gradient of the delay is the difference of what the two would have done (linear interpolation, as in Shrestha & Orchard,
NeurIPS 2018, whose axonal delays these are).
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.snn.layers.layer import FanOut, Pass, Population, TimeBlock
from paradigms.snn.layers.spiking import Spiking


def delayed(
    inputs: Float[Array, "time batch channels"],
    history: Float[Array, "past batch channels"],
    delay: Float[Array, " channels"],
) -> tuple[Float[Array, "time batch channels"], Float[Array, "past batch channels"]]:
    """Delay the inputs of a block.

    Args:
        inputs: The inputs at the steps of the block.
        history: The ``past`` steps before the block, at least two, zero at the start.
        delay: In steps, from 0 to ``past - 1``; beyond, it counts as the nearest of these and has no gradient.

    Returns:
        The inputs as they arrive ``delay`` steps later, and the history for the next block.
    """
    past, steps = history.shape[0], inputs.shape[0]
    line = jnp.concatenate([history, inputs])
    delay = jnp.clip(delay, 0, past - 1)
    whole = jnp.minimum(jnp.floor(delay), past - 2)
    share = delay - whole
    first = past + jnp.arange(steps)[:, None] - whole.astype(jnp.int32)
    early = jnp.take_along_axis(line, first[:, None, :], axis=0)
    late = jnp.take_along_axis(line, first[:, None, :] - 1, axis=0)
    return (1 - share) * early + share * late, line[steps:]


class Delayed(eqx.Module):
    """A dense layer whose inputs are delayed.

    Attributes:
        delay: The delay of each channel, in steps.
        layer: The layer that the delayed inputs reach.
        longest: The bound of the delays, in steps.
    """

    delay: Float[Array, " channels"]
    layer: Spiking
    longest: int = eqx.field(static=True)

    def __init__(self, layer: Spiking, longest: int, *, key: PRNGKeyArray):
        """Draw delays uniformly from 0 to ``longest``."""
        self.delay = jax.random.uniform(key, layer.connection.input_shape, maxval=float(longest))
        self.layer = layer
        self.longest = longest

    def initial_state(self, batch: int, traced_shape: tuple[int, ...] | None) -> tuple[Array, PyTree]:
        """Return the state before the first step."""
        history = jnp.zeros((self.longest + 1, batch, *self.delay.shape), self.delay.dtype)
        return history, self.layer.initial_state(batch, traced_shape)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Return the shape that leaves the layer, without batch axes."""
        return self.layer.output_shape

    @property
    def binary(self) -> bool:
        """Return whether what leaves is 0 or 1."""
        return self.layer.binary

    def populations(self, binary: bool) -> tuple[Population, ...]:
        """Return the populations of neurons, in order."""
        # A split spike is two products by numbers other than 1.
        return self.layer.populations(False)

    def fan_out(self) -> tuple[FanOut, ...]:
        """Return how many synapses each input drives."""
        return self.layer.fan_out()

    def __call__(
        self, inputs: Array, state: tuple[Array, PyTree], fan_out: tuple[FanOut, ...], block: TimeBlock
    ) -> Pass:
        """Apply the layer to spikes that arrive later; see :mod:`paradigms.snn.layers`."""
        arriving, history = delayed(inputs, state[0], self.delay)
        within = TimeBlock(block.start, block.steps, block.rule.for_fractions())
        done = self.layer(arriving, state[1], fan_out, within)
        return Pass(done.outputs, (history, done.state), done.activity)
