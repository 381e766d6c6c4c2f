"""Decays of potentials, currents and thresholds."""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def decay_logit(time_constant: float) -> float:
    """Compute the logit of ``exp(-1 / time_constant)``, the decay per step of a time constant in steps."""
    return -math.log(math.expm1(1 / time_constant))


class Leak(eqx.Module):
    """A decay per step, one for each neuron or one for all, kept in (0, 1) as the sigmoid of what is trained."""

    logit: Float[Array, "#neurons"]

    def __init__(self, size: int, time_constant: float):
        self.logit = jnp.full((size,), decay_logit(time_constant), dtype=float)

    def __call__(self) -> Float[Array, "#neurons"]:
        """Return the decay per step."""
        return jax.nn.sigmoid(self.logit)

    def remaining(self, steps: Float[Array, "*steps"]) -> Float[Array, "*steps #neurons"]:
        """Compute ``1 + decay + ... + decay^(steps - 1)``: what a unit of current is worth over its next steps.

        Accurate for decays close to 1 too: ``1 - decay`` is the sigmoid of minus the logit.
        """
        log_decay = -jax.nn.softplus(-self.logit)
        return -jnp.expm1(steps[..., None] * log_decay) / jax.nn.sigmoid(-self.logit)
