"""The integrate-and-fire neuron in whole numbers, so that no rounding decides whether it reaches its threshold."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int


def integrate_and_fire(
    current: Int[Array, "*shape"], potential: Int[Array, "*shape"], threshold: Int[Array, ""] | int
) -> tuple[Int[Array, "*shape"], Int[Array, "*shape"]]:
    """Spikes (0 or 1) where ``u = v + I`` reaches the threshold, and the next potential, less a threshold there.

    :func:`paradigms.snn.neurons.if_step` with any threshold, and in whole numbers.
    """
    potential = potential + current
    spikes = (potential >= threshold).astype(potential.dtype)
    return spikes, potential - threshold * spikes


def spike_counts(
    current: Int[Array, "*shape"], threshold: Int[Array, ""] | int, steps: Int[Array, ""] | int
) -> Int[Array, "*shape"]:
    """Spikes in ``steps`` steps of a constant current, from a potential of half the threshold.

    For a current in ``[0, threshold]`` that is ``floor(steps current / threshold + 1/2)``, which the tests check over
    whole numbers: the potential stays in ``[0, threshold)`` after each step, so it has lost exactly as many thresholds
    as it has received.
    """

    def step(_: Array, carried: tuple[Array, Array]) -> tuple[Array, Array]:
        potential, counts = carried
        spikes, potential = integrate_and_fire(current, potential, threshold)
        return potential, counts + spikes

    start = jnp.full_like(current, threshold // 2)
    return jax.lax.fori_loop(0, steps, step, (start, jnp.zeros_like(current)))[1]
