"""How features enter a circuit: in its gate angles, or in its initial state."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def reuploading_angles(
    features: Float[Array, " features"],
    input_weights: Float[Array, "layers qubits 3"],
    angles: Float[Array, "layers qubits 3"],
) -> Float[Array, "layers qubits 3"]:
    """Compute gate angles w ∘ x + θ: data re-uploading with trainable input weights.

    The features are assigned to the gates cyclically, in order of layer and qubit (Pérez-Salinas et al. 2020, Quantum
    4, 226, eq. 8).

    Args:
        features: The features x of one example.
        input_weights: w, in radians per unit of a feature.
        angles: θ, in radians.

    Returns:
        Angles in radians.
    """
    slots = np.arange(math.prod(angles.shape)) % features.shape[0]
    return input_weights * features[slots].reshape(angles.shape) + angles


def amplitudes(features: Float[Array, " features"], qubits: int) -> Float[Array, " amplitudes"]:
    """Scale features to unit norm and pad them with zeros to 2^n amplitudes.

    All-zero features become |0…0⟩.

    Args:
        features: The features of one example, at most 2^n.
        qubits: The number n of qubits.
    """
    squared_norm = jnp.sum(jnp.square(features))
    empty = squared_norm == 0
    # The inner `where` keeps the gradient of the square root finite where the outer one discards it.
    unit = features / jnp.sqrt(jnp.where(empty, 1, squared_norm))
    padded = jnp.zeros(2**qubits, features.dtype).at[: features.shape[0]].set(unit)
    return jnp.where(empty, jnp.zeros_like(padded).at[0].set(1), padded)
