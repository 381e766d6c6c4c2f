"""Encodings: what the first layer receives at step ``t``, computed inside the time loop.

An input broadcast to ``[time, ...]`` before the loop would be memory linear in time; here only the input itself, the
step and a key are kept. ``direct``, ``rate`` and ``latency`` take intensities in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped


def rate(
    intensity: Float[Array, "*shape"], t: Int[Array, ""], key: PRNGKeyArray, time_steps: int
) -> Float[Array, "*shape"]:
    """Independent spikes with probability ``intensity`` at each step (a Bernoulli approximation of a Poisson train)."""
    return jax.random.bernoulli(jax.random.fold_in(key, t), intensity).astype(intensity.dtype)


def latency(
    intensity: Float[Array, "*shape"], t: Int[Array, ""], key: PRNGKeyArray, time_steps: int
) -> Float[Array, "*shape"]:
    """One spike, the brighter the earlier: at step ``round((1 - intensity)(time_steps - 1))``; none at intensity 0."""
    first = jnp.round((1 - intensity) * (time_steps - 1))
    return ((first == t) & (intensity > 0)).astype(intensity.dtype)


def direct(
    intensity: Float[Array, "*shape"], t: Int[Array, ""], key: PRNGKeyArray, time_steps: int
) -> Float[Array, "*shape"]:
    """The intensity itself at every step: a constant current (Rueckauer et al. 2017)."""
    return intensity


def events(
    recording: Shaped[Array, "*batch time channels"], t: Int[Array, ""], key: PRNGKeyArray, time_steps: int
) -> Shaped[Array, "*batch channels"]:
    """Step ``t`` of a spike recording."""
    return jax.lax.dynamic_index_in_dim(recording, t, axis=-2, keepdims=False)


@dataclass(frozen=True)
class Encoding:
    """An encoding and what the network may assume of it.

    Attributes:
        at_step: ``(inputs, t, key, time_steps) -> values`` of the input channels at step ``t``.
        constant: Every step gives the same values, so their product with the first weights is computed once.
    """

    at_step: Callable[[Array, Array, PRNGKeyArray, int], Array]
    constant: bool = False


ENCODINGS: dict[str, Encoding] = {
    "direct": Encoding(direct, constant=True),
    "rate": Encoding(rate),
    "latency": Encoding(latency),
    "events": Encoding(events),
}
