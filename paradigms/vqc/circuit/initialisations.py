"""Distributions of the gate angles at the start of training, ``[layers, qubits, 3]`` in radians.

Each qubit has three rotations per layer about axes whose first and last agree (RY, RZ, RY; or ``Rot``, Z, Y, Z), then
self-inverse entangling gates that are the same in every layer.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from paradigms.interface import require
from paradigms.vqc.config import Initialisation

Angles = Float[Array, "layers qubits 3"]

ROTATIONS = 3
MIRRORED_LAYERS = 2
BLOCK_LAYERS = 2 * MIRRORED_LAYERS + 1
"""Layers of an identity block: drawn ones, one that undoes the entangling gates between, and the mirror image."""

LOCALITY = 2
"""The qubits on which the observable acts, S; the Pauli words that the circuit measures first act on one or two."""

PIXEL_MOMENTS = (0.305, 0.141)
"""Mean and variance of the training pixels of ``digits``, to which the beta distribution is fitted by default."""


def uniform(key: PRNGKeyArray, layers: int, qubits: int) -> Angles:
    """Draw angles uniformly from [-π, π), the choice under which barren plateaus are derived (McClean et al. 2018)."""
    return jax.random.uniform(key, (layers, qubits, ROTATIONS), minval=-jnp.pi, maxval=jnp.pi)


def small_gaussian(key: PRNGKeyArray, layers: int, qubits: int, locality: int = LOCALITY) -> Angles:
    """Draw normal angles with variance 1/(4S(L+2)) (Zhang et al. 2022, arXiv 2203.09376).

    Args:
        key: The source of randomness.
        layers: The number of layers, L.
        qubits: The number of qubits.
        locality: The number of qubits on which the observable acts, S.
    """
    deviation = (4 * locality * (layers + 2)) ** -0.5
    return deviation * jax.random.normal(key, (layers, qubits, ROTATIONS))


def identity_blocks(key: PRNGKeyArray, layers: int, qubits: int) -> Angles:
    """Draw uniform angles in blocks that each begin as the identity (Grant et al. 2019, Quantum 3, 214).

    A block of 5 layers is R₁ E R₂ E I E R₂⁻¹ E R₁⁻¹ E in order of application, with E the entangling gates: all cancel
    but the last E. Layers left over at the end have zero angles, so that the circuit as a whole begins as a power of E,
    which does not change the expectation of a diagonal observable where E is diagonal, as a ring of CZ is.

    Raises:
        Unsupported: If there is no room for one block.
    """
    require(
        layers >= BLOCK_LAYERS,
        f"paradigm.layers={layers} holds no identity block: use at least {BLOCK_LAYERS} layers, or another "
        "initialisation",
    )
    blocks = layers // BLOCK_LAYERS
    drawn = jax.random.uniform(key, (blocks, MIRRORED_LAYERS, qubits, ROTATIONS), minval=-jnp.pi, maxval=jnp.pi)
    # The inverse of three rotations: the angles negated, in opposite order.
    mirrored = -drawn[:, ::-1, :, ::-1]
    middle = jnp.zeros((blocks, 1, qubits, ROTATIONS))
    stacked = jnp.concatenate([drawn, middle, mirrored], axis=1).reshape(-1, qubits, ROTATIONS)
    return jnp.pad(stacked, ((0, layers - len(stacked)), (0, 0), (0, 0)))


def beta(
    key: PRNGKeyArray, layers: int, qubits: int, moments: tuple[float, float] = PIXEL_MOMENTS, width: float = 1.0
) -> Angles:
    """Draw angles from a beta distribution on [0, ``width``] (Kulshrestha & Safro 2022, arXiv 2204.13751).

    This is the initialisation of that paper alone: it also perturbs the gradient at every step. The distribution is
    fitted to the data by moments here.

    Args:
        key: The source of randomness.
        layers: The number of layers.
        qubits: The number of qubits.
        moments: The mean and the variance of the data in [0, 1].
        width: The largest angle, in radians.

    Raises:
        Unsupported: If no beta distribution has these moments.
    """
    a, b = beta_parameters(*moments)
    return width * jax.random.beta(key, a, b, (layers, qubits, ROTATIONS))


def beta_full_turn(key: PRNGKeyArray, layers: int, qubits: int) -> Angles:
    """Draw angles as :func:`beta` does, stretched over a whole turn [0, 2π]."""
    return beta(key, layers, qubits, width=2 * jnp.pi)


def beta_parameters(mean: float, variance: float) -> tuple[float, float]:
    """Find α and β of the beta distribution with this mean and variance.

    Raises:
        Unsupported: If there is none, since the variance is not between 0 and mean(1 - mean).
    """
    require(
        0 < mean < 1 and 0 < variance < mean * (1 - mean),
        f"no beta distribution has mean {mean} and variance {variance}: scale the data to [0, 1]",
    )
    total = mean * (1 - mean) / variance - 1
    return mean * total, (1 - mean) * total


INITIALISATIONS: dict[Initialisation, Callable[[PRNGKeyArray, int, int], Angles]] = {
    "uniform": uniform,
    "small_gaussian": small_gaussian,
    "identity_blocks": identity_blocks,
    "beta": beta,
    "beta_full_turn": beta_full_turn,
}
