"""Gradients at random parameters, and how they vary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PyTree

from training.pricing import Program, price

RESAMPLES = 400
"""Drawn for the interval of a variance."""


def sampled_gradients(
    values: Callable[[PyTree], Any],
    draw: Callable[[Any], PyTree],
    samples: int,
    seed: int,
    of: Callable[[PyTree], PyTree] = lambda gradient: gradient,
) -> tuple[Float[np.ndarray, "samples outputs components"], int | None]:
    """Draw Jacobians at random parameters.

    Args:
        values: What is differentiated: from a tree of parameters to a vector of outputs.
        draw: Draws such a tree from a key.
        samples: How many are drawn.
        seed: Seed of the draw.
        of: The part of a derivative that is kept, from a tree like the parameters.

    Returns:
        The Jacobians, float64, and the temporary bytes of one compiled; ``None`` where the backend does not say.
    """

    def jacobian(key: Any) -> Any:
        params = draw(key)
        found, pullback = jax.vjp(lambda p: values(jax.tree.map(lambda _, leaf: leaf, params, p)), params)
        (rows,) = jax.vmap(pullback)(jnp.eye(found.shape[0], dtype=found.dtype))
        leaves = [leaf for leaf in jax.tree.leaves(of(rows)) if jnp.issubdtype(leaf.dtype, jnp.floating)]
        return jnp.concatenate([leaf.reshape(found.shape[0], -1) for leaf in leaves], axis=1)

    keys = jax.random.split(jax.random.key(seed), samples)
    one = Program(jacobian, keys[0])
    # One at a time: a single program to compile, and no more memory than one gradient takes.
    drawn = np.stack([np.asarray(one.compiled(key), np.float64) for key in keys])
    return drawn, price(one, counted=False).temp_bytes


def variance_of(drawn: Float[np.ndarray, "samples outputs components"]) -> tuple[float, float, float]:
    """Average the variance over samples over outputs and components; with its bootstrap interval over samples."""
    rng = np.random.default_rng(0)
    samples = len(drawn)
    weights = rng.multinomial(samples, np.full(samples, 1 / samples), size=RESAMPLES) / samples
    flat = drawn.reshape(samples, -1)
    means, squares = weights @ flat, weights @ flat**2
    # Once for the unbiased estimate, once more for the resamples' own bias.
    resampled = np.mean(squares - means**2, axis=1) * (samples / (samples - 1)) ** 2
    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(flat.var(axis=0, ddof=1).mean()), float(low), float(high)
