"""When neurons fire, and what is left of their potential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import jax
from jaxtyping import Array, Float

from paradigms.snn.neurons.surrogates import SURROGATES

Reset = Literal["subtract", "zero"]
Values = Float[Array, "*batch neurons"]
THRESHOLD = 1.0


@dataclass(frozen=True)
class Firing:
    """When a neuron fires and what that does to its potential.

    Attributes:
        surrogate: Shape of the derivative that stands in for the spike's, see ``surrogates.py``.
        width: The width of that shape, in units of the threshold.
        reset: Whether a spike subtracts one threshold from the potential, or sets it to zero.
        detach_reset: Whether no gradient passes through the spike of the reset; through the potential it always does.
        loop: How rules with a reverse pass of their own run a block's steps: ``plain``, or ``pallas``, one GPU kernel.
    """

    surrogate: str = "arctan"
    width: float = 1.0
    reset: Reset = "subtract"
    detach_reset: bool = True
    loop: Literal["plain", "pallas"] = "plain"

    def __call__(self, potential: Values, threshold: Values | float = THRESHOLD) -> tuple[Values, Values]:
        """Return spikes (0 or 1, of the potential's dtype) where ``potential >= threshold``, and what is left of it."""
        spikes = SURROGATES[self.surrogate](potential - threshold, self.width)
        resetting = jax.lax.stop_gradient(spikes) if self.detach_reset else spikes
        if self.reset == "subtract":
            return spikes, potential - THRESHOLD * resetting
        return spikes, potential * (1 - resetting)
