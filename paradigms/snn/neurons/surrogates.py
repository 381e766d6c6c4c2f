"""Spike functions: a Heaviside step forward, a smooth surrogate for its derivative (Neftci, Mostafa & Zenke 2019).

Every surrogate has the form ``h(x / width)`` with ``h(0) = 1``: the width stretches it and leaves its height alone, so
that the size of the gradient at threshold is the same for all of them (Zenke & Vogels 2021 find that the scale of a
surrogate matters for training and its shape hardly). Each is a ``jax.custom_jvp`` and so serves forward mode as well.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Surrogate = Callable[[Float[Array, "*shape"], float], Float[Array, "*shape"]]


def arctan_derivative(x: Float[Array, "*shape"], width: float) -> Float[Array, "*shape"]:
    """``1 / (1 + (pi x / width)^2)``."""
    return 1 / (1 + jnp.square(jnp.pi * x / width))


def fast_sigmoid_derivative(x: Float[Array, "*shape"], width: float) -> Float[Array, "*shape"]:
    """``1 / (1 + |x| / width)^2``."""
    return 1 / jnp.square(1 + jnp.abs(x) / width)


def triangular_derivative(x: Float[Array, "*shape"], width: float) -> Float[Array, "*shape"]:
    """``max(0, 1 - |x| / width)``."""
    return jnp.maximum(0, 1 - jnp.abs(x) / width)


def _spike_function(derivative: Surrogate, doc: str) -> Surrogate:
    """Heaviside step (1 at zero and above) whose derivative is ``derivative(x, width)``."""

    def spike(x: Float[Array, "*shape"], width: float) -> Float[Array, "*shape"]:
        return (x >= 0).astype(x.dtype)

    spike.__doc__ = doc
    spike = jax.custom_jvp(spike, nondiff_argnums=(1,))

    @spike.defjvp
    def _jvp(width, primals, tangents):
        (x,), (x_dot,) = primals, tangents
        return spike(x, width), derivative(x, width) * x_dot

    return spike


arctan = _spike_function(
    arctan_derivative,
    """Step with derivative ``1 / (1 + (pi x / width)^2)``.

    Fang et al., ICCV 2021 (arXiv 2007.05785): the derivative of ``arctan(pi alpha x / 2) / pi + 1/2``, which is
    ``(alpha / 2) / (1 + (pi alpha x / 2)^2)``, divided by its height ``alpha / 2``; ``width = 2 / alpha``, and their
    ``alpha = 2`` is ``width = 1`` exactly.
    """,
)

fast_sigmoid = _spike_function(
    fast_sigmoid_derivative,
    """Step with derivative ``1 / (1 + |x| / width)^2``.

    Zenke & Ganguli, Neural Computation 30 (2018), SuperSpike: the derivative of the fast sigmoid, with
    ``beta = 1 / width``.
    """,
)

triangular = _spike_function(
    triangular_derivative,
    """Step with derivative ``max(0, 1 - |x| / width)``.

    Esser et al., PNAS 113 (2016); Bellec et al., NeurIPS 2018, who damp it by a further factor 0.3. Zero beyond
    ``width``: neurons far from threshold receive no gradient.
    """,
)

SURROGATES: dict[str, Surrogate] = {"arctan": arctan, "fast_sigmoid": fast_sigmoid, "triangular": triangular}
DERIVATIVES: dict[str, Surrogate] = {
    "arctan": arctan_derivative,
    "fast_sigmoid": fast_sigmoid_derivative,
    "triangular": triangular_derivative,
}
