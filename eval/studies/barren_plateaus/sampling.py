"""Gradients at random parameters, by state vector."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from eval.models.plateau_circuits import ANSAETZE
from eval.models.plateau_formulas import ObservableName

BATCH_BYTES = 2**26
"""State vectors that are held at once."""


class Samples(NamedTuple):
    """What was sampled: one number per random parameter vector, float64.

    Attributes:
        first: Derivative with respect to the angle that is looked at.
        mean_square: Square of the gradient's components, averaged over all of them.
        cost: The expectation value.
    """

    first: Float[np.ndarray, " samples"]
    mean_square: Float[np.ndarray, " samples"]
    cost: Float[np.ndarray, " samples"]


def sample_gradients(
    name: str, observable: ObservableName, qubits: int, layers: int, samples: int, seed: int
) -> Samples:
    """Sample full gradients of an ansatz of ``ANSAETZE`` at independent uniform angles, in one compiled program.

    Args:
        name: The ansatz.
        observable: What is measured.
        qubits: Width.
        layers: Depth.
        samples: Random parameter vectors.
        seed: The seed of their generator.

    Returns:
        The samples.
    """
    ansatz = ANSAETZE[name]
    expectation = ansatz.expectation(qubits, observable)

    def one(key: PRNGKeyArray) -> tuple[Array, Array, Array]:
        angles, present = ansatz.draw(key, qubits, layers)
        cost, gradient = jax.value_and_grad(expectation)(angles * present)
        gradient = gradient * present
        mean_square = jnp.sum(jnp.square(gradient)) / jnp.sum(present)
        # Where the axis is random, one component alone is present.
        first = gradient[0, 0, ansatz.first] if not ansatz.random_axis else jnp.sum(gradient[0, 0])
        return first, mean_square, cost

    batch = max(1, min(samples, 512, BATCH_BYTES // (8 * 2**qubits)))
    keys = jax.random.split(jax.random.key(seed), samples)
    values = jax.jit(lambda keys: jax.lax.map(one, keys, batch_size=batch))(keys)
    return Samples(*(np.asarray(value, np.float64) for value in values))
