"""Encodings: what the first layer receives at a block of steps, computed inside the time loop.

An input broadcast to ``[time, ...]`` before the loop would be memory linear in time; here only the input itself, the
first step and a key are kept. Every encoding is ``(inputs, start, steps, key, time_steps) -> [steps, batch, *shape]``.

Inputs may have any real dtype. What decides about a spike is computed in single precision or better: the eight bits of
bfloat16 tell neither a thousand steps apart nor a probability of 0.001 from one of 0.008.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, Shaped

from paradigms.target import target_platform

Intensity = Shaped[Array, "batch *shape"]
RecordedInput = Shaped[Array, "batch time *channels"]


def _precise(values: Shaped[Array, "*shape"]) -> Float[Array, "*shape"]:
    """Double precision as it is, everything else in single."""
    return values if values.dtype == jnp.float64 else values.astype(jnp.float32)


def rate(
    intensity: Intensity, start: Int[Array, ""], steps: int, key: PRNGKeyArray, time_steps: int
) -> Bool[Array, "steps batch *shape"]:
    """Independent spikes with probability ``intensity`` at each step (a Bernoulli approximation of a Poisson train).

    A probability is met to within 2⁻²³, the distance of the random numbers that it is compared with.
    """
    keys = jax.vmap(lambda t: jax.random.fold_in(key, t))(start + jnp.arange(steps))
    return jax.vmap(lambda own: jax.random.bernoulli(own, _precise(intensity)))(keys)


def latency(
    intensity: Intensity, start: Int[Array, ""], steps: int, key: PRNGKeyArray, time_steps: int
) -> Bool[Array, "steps batch *shape"]:
    """One spike, the brighter the earlier: at step ``round((1 - intensity)(time_steps - 1))``; none at intensity 0."""
    first = jnp.round((1 - _precise(intensity)) * (time_steps - 1))
    now = start + jnp.arange(steps).reshape(-1, *(1,) * intensity.ndim)
    return (first == now) & (intensity > 0)


def population(
    intensity: Intensity, start: Int[Array, ""], steps: int, key: PRNGKeyArray, time_steps: int, *, tuned: int
) -> Bool[Array, "steps batch *widened"]:
    """Bernoulli spikes of ``tuned`` neurons a value, each with a Gaussian tuning curve; the last axis grows by as much.

    Their centres divide [0, 1] evenly and the width of a curve is half their distance (Bohte, Kok & La Poutré,
    Neurocomputing 48, 2002, with spikes drawn from the curve's height instead of timed by it).
    """
    values = _precise(intensity)[..., None]
    centres = (jnp.arange(tuned, dtype=values.dtype) + 0.5) / tuned
    heights = jnp.exp(-2 * jnp.square((values - centres) * tuned))
    return rate(heights.reshape(*intensity.shape[:-1], -1), start, steps, key, time_steps)


def direct(
    intensity: Intensity, start: Int[Array, ""], steps: int, key: PRNGKeyArray, time_steps: int
) -> Shaped[Array, "steps batch *shape"]:
    """The intensity itself at every step: a constant current (Rueckauer et al. 2017)."""
    return jnp.broadcast_to(intensity, (steps, *intensity.shape))


def recorded(
    recording: RecordedInput, start: Int[Array, ""], steps: int, key: PRNGKeyArray, time_steps: int
) -> Shaped[Array, "steps batch *channels"]:
    """These steps of a recording, whether of spikes or of currents."""
    if target_platform() == "cpu":
        # XLA would cut and transpose again wherever a value is used, element by element; a loop's result is kept.
        return jax.lax.map(
            lambda t: jax.lax.dynamic_index_in_dim(recording, t, axis=1, keepdims=False), start + jnp.arange(steps)
        )
    return jnp.moveaxis(jax.lax.dynamic_slice_in_dim(recording, start, steps, axis=1), 1, 0)


def delta(
    recording: RecordedInput, start: Int[Array, ""], steps: int, key: PRNGKeyArray, time_steps: int, *, threshold: float
) -> Bool[Array, "steps batch *widened"]:
    """Spikes where a value has changed by ``threshold`` or more since the step before; zero comes before the first.

    The last axis doubles: rises, then falls.
    """
    now = _precise(recorded(recording, start, steps, key, time_steps))
    before = _precise(recorded(recording, jnp.maximum(start - 1, 0), 1, key, time_steps))
    before = jnp.concatenate([jnp.where(start > 0, before, 0), now[:-1]])
    return jnp.concatenate([now - before >= threshold, before - now >= threshold], axis=-1)


@dataclass(frozen=True)
class Encoding:
    """An encoding and what the network may assume of it.

    Attributes:
        at_steps: See the module.
        constant: Every step gives the same values, so their product with the first weights is computed once.
        binary: Its values are 0 and 1.
        timed: The input's first axis is time.
        widening: Values of the last axis for each value of the input's.
        bounded: It reads values in [0, 1]; another never spikes, or always.
    """

    at_steps: Callable[[Array, Array, int, PRNGKeyArray, int], Array]
    constant: bool = False
    binary: bool = True
    timed: bool = False
    widening: int = 1
    bounded: bool = False
