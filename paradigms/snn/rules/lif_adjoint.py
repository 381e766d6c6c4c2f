"""One step of LIF and IF differentiated, from the potential alone, for ``lif_reverse_pass`` and ``gpu_loop``."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from paradigms.snn.neurons import THRESHOLD, Firing
from paradigms.snn.neurons.surrogates import DERIVATIVES

Values = Float[Array, "*shape"]


def after_reset(firing: Firing, potential: Values) -> Values:
    """Compute what the reset leaves of a potential."""
    fires = potential >= THRESHOLD
    return jnp.where(fires, potential - THRESHOLD if firing.reset == "subtract" else 0.0, potential)


def to_potential(firing: Firing, potential: Values, to_spike: Values, to_state: Values) -> Values:
    """Pull the cotangents of a spike and of what the reset left back to the potential before the reset.

    After the reset ``v = u - s`` or ``v = u (1 - s)``; the gradient through its ``s`` may be detached.
    """
    if not firing.detach_reset:
        to_spike = to_spike - to_state * (THRESHOLD if firing.reset == "subtract" else potential)
    kept = to_state if firing.reset == "subtract" else jnp.where(potential >= THRESHOLD, 0.0, to_state)
    return kept + to_spike * DERIVATIVES[firing.surrogate](potential - THRESHOLD, firing.width)


def from_potential(firing: Firing, potential: Values, of_potential: Values) -> tuple[Values, Values]:
    """Push the tangent of the potential on to the spike and what the reset leaves: the transpose of the above."""
    of_spike = DERIVATIVES[firing.surrogate](potential - THRESHOLD, firing.width) * of_potential
    kept = of_potential if firing.reset == "subtract" else jnp.where(potential >= THRESHOLD, 0.0, of_potential)
    if firing.detach_reset:
        return of_spike, kept
    return of_spike, kept - of_spike * (THRESHOLD if firing.reset == "subtract" else potential)
