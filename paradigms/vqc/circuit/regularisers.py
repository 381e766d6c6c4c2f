"""Regularisers that are properties of the circuit, as functions of its gate angles ``[layers, qubits, 3]``.

Gate angles are what the gates turn by, inputs included: w ∘ x + θ for re-uploading. In every layer a qubit has three
rotations, about axes of which the first and the last agree (RY, RZ, RY; or RZ, RY, RZ of ``Rot``), and then entangling
gates that a zero angle does not switch off.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

Angles = Float[Array, "layers qubits 3"]
Layers = Bool[Array, " layers"]


def gate_dropout(key: PRNGKeyArray, angles: Angles, rate: float | Float[Array, ""]) -> Angles:
    """Leave out each rotation with probability ``rate``, independently: its angle becomes zero.

    This is dropout of rotations (Scala et al. 2023, Adv. Quantum Technol. 7, 2300220). Nothing is rescaled in return,
    since an expectation is no sum over gates; evaluate with all gates.

    Args:
        key: The source of randomness.
        angles: Gate angles, in radians.
        rate: The probability with which a rotation is left out.
    """
    return jnp.where(jax.random.bernoulli(key, rate, angles.shape), 0.0, angles)


def depolarise(key: PRNGKeyArray, angles: Angles, probability: float | Float[Array, ""]) -> Angles:
    """Fold one trajectory of depolarising noise, on every qubit before every layer, into the angles.

    X, Y or Z occur with probability p/3 each (``qml.DepolarizingChannel``). A Pauli gate before three rotations is, up
    to a phase that no expectation sees, a change of their angles (a, b, c) about the axes u, v, u: the Pauli of u makes
    a + π of the first; that of v, which turns u round, makes (-a, b + π) of the first two; the third does both. The
    mean of expectation values over trajectories is the expectation value in the mixed state.

    Args:
        key: The source of randomness.
        angles: Gate angles, in radians.
        probability: The probability p of an error on one qubit before one layer.
    """
    kind = jax.random.uniform(key, angles.shape[:-1])
    turns_outer = kind < 2 * probability / 3
    turns_middle = (kind >= probability / 3) & (kind < probability)
    first, middle, last = jnp.moveaxis(angles, -1, 0)
    first = jnp.where(turns_outer, first + jnp.pi, first)
    first = jnp.where(turns_middle, -first, first)
    middle = jnp.where(turns_middle, middle + jnp.pi, middle)
    return jnp.stack([first, middle, last], axis=-1)


def squared_angles(angles: Angles) -> Float[Array, ""]:
    """Return the mean of (angle / π)², each angle taken in [-π, π).

    So a turn by 2π, which changes nothing, is not punished.
    """
    wrapped = jnp.remainder(angles + jnp.pi, 2 * jnp.pi) - jnp.pi
    return jnp.mean(jnp.square(wrapped / jnp.pi))


def layerwise(step: int | Int[Array, ""], steps: int, layers: int) -> tuple[Layers, Layers]:
    """Tell which layers rotate, and which of them are trained, in layerwise learning (Skolik et al. 2021, QMI 3, 5).

    In the first half of ``steps`` the layers are added one by one, each trained alone for an equal share while those
    before it keep their angles; those to come do not rotate. In the second half all rotate, and the first and the last
    half of the layers are trained in turn, for a quarter of ``steps`` each.

    Args:
        step: The number of updates made so far.
        steps: The number of updates in all.
        layers: The number of layers.

    Returns:
        Whether each layer rotates, and whether it is trained.
    """
    index = jnp.arange(layers)
    newest = jnp.minimum(2 * layers * step // steps, layers - 1)
    growing = 2 * step < steps
    in_turn = jnp.where(4 * step < 3 * steps, index < layers // 2, index >= layers // 2)
    active = jnp.where(growing, index <= newest, True)
    return active, jnp.where(growing, index == newest, in_turn)
