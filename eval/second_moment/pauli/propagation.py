"""Truncated Pauli propagation: a circuit's expectation value from words carried backwards with their coefficients.

The classical simulation that a provable absence of barren plateaus often allows (Angrisani et al. 2024,
arXiv:2409.01706; Cerezo et al. 2023, arXiv:2312.09121): a rotation splits a word that anticommutes with its axis in
two, and words that are long or have a small coefficient are dropped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from eval.second_moment.circuits.observables import bits, checked_words
from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, RandomCircuit, Rotation, Unqualified
from eval.second_moment.pauli.words import axis_phase, clifford_sign, commutation, conjugate, multiply_axis
from paradigms.interface import require


@dataclass(frozen=True)
class Propagated:
    """An expectation value and what it took.

    Attributes:
        value: ⟨H⟩ from the words kept.
        words: Words left at the input.
        most_words: Most words held at once, before dropping.
        updates: Words visited, summed over gates: the cost in operations up to a factor of the qubits.
        dropped: Sum of the sizes of all coefficients dropped: |value − ⟨H⟩| is at most this.
    """

    value: float
    words: int
    most_words: int
    updates: int
    dropped: float


def propagate(
    circuit: RandomCircuit,
    observable: Mapping[str, float],
    angles: Sequence[float] | Float[np.ndarray, " parameters"],
    *,
    weight: int | None = None,
    threshold: float = 0.0,
    most_words: int = 2_000_000,
) -> Propagated:
    """⟨H⟩ of a circuit at given angles, by words of at most ``weight`` letters and coefficients from ``threshold`` up.

    Angles may be shared and frequencies fractional: nothing is averaged.

    Args:
        circuit: Rotations with one axis each, Clifford gates and noise.
        observable: A sum of Pauli words.
        angles: One a parameter, radians.
        weight: Most letters other than I that a word may have; any number where None.
        threshold: Least size of a coefficient.
        most_words: Refused beyond.

    Raises:
        Unqualified: A random axis, or more than ``most_words`` words.
    """
    observable = checked_words(observable, circuit.qubits)
    require(len(angles) >= circuit.parameters, f"{len(angles)} angles are too few for {circuit.parameters} parameters")
    x, z = (plane.T.copy() for plane in bits(list(observable)))
    coefficients = np.array(list(observable.values()))
    most, updates, dropped = x.shape[1], 0, 0.0
    for gate in reversed(circuit.gates):
        updates += x.shape[1]
        if isinstance(gate, Clifford):
            coefficients = np.where(clifford_sign(gate, x, z, forwards=False), -coefficients, coefficients)
            conjugate(gate, x, z)
            changed = len(gate.wires) > 1
        elif isinstance(gate, Depolarising):
            coefficients = coefficients * (1.0 - gate.rate) ** (x | z)[list(gate.wires)].sum(0)
            changed = True
        else:
            x, z, coefficients = _rotate(gate, x, z, coefficients, gate.frequency * float(angles[gate.parameter]))
            changed = True
        most = max(most, x.shape[1])
        if most > most_words:
            raise Unqualified(
                f"the circuit makes more than most_words={most_words:,} Pauli words; lower weight={weight}, raise "
                f"threshold={threshold:g}, or raise most_words"
            )
        if changed and (weight is not None or threshold):
            kept = np.abs(coefficients) >= threshold
            if weight is not None:
                kept &= (x | z).sum(0) <= weight
            dropped += float(np.abs(coefficients[~kept]).sum())
            x, z, coefficients = x[:, kept], z[:, kept], coefficients[kept]
    return Propagated(_expectation(circuit, x, z, coefficients), x.shape[1], most, updates, dropped)


def _rotate(
    gate: Rotation,
    x: Bool[np.ndarray, "qubits words"],
    z: Bool[np.ndarray, "qubits words"],
    coefficients: Float[np.ndarray, " words"],
    angle: float,
) -> tuple[Bool[np.ndarray, "qubits kept"], Bool[np.ndarray, "qubits kept"], Float[np.ndarray, " kept"]]:
    """Q → cos(t)·Q + sin(t)·iPQ where Q anticommutes with the axis P; equal words are then added up."""
    if len(gate.words) != 1:
        raise Unqualified(
            f"the rotation on wires {gate.wires} has a random axis {gate.words}; propagate a circuit with one axis each"
        )
    word = gate.words[0]
    moves = commutation(word, gate.wires, x, z)
    if not moves.any():
        return x, z, coefficients
    old_x, old_z, old = x[:, moves], z[:, moves], coefficients[moves]
    new_x, new_z = old_x.copy(), old_z.copy()
    new = math.sin(angle) * np.where(axis_phase(word, gate.wires, old_x, old_z), old, -old)
    multiply_axis(word, gate.wires, new_x, new_z, np.ones(len(old), bool))
    both_x, both_z = np.hstack([old_x, new_x]), np.hstack([old_z, new_z])
    _, first, which = np.unique(_keys(both_x, both_z), return_index=True, return_inverse=True)
    added = np.bincount(which.reshape(-1), np.concatenate([math.cos(angle) * old, new]), len(first))
    return (
        np.hstack([x[:, ~moves], both_x[:, first]]),
        np.hstack([z[:, ~moves], both_z[:, first]]),
        np.concatenate([coefficients[~moves], added]),
    )


def _keys(x: Bool[np.ndarray, "qubits words"], z: Bool[np.ndarray, "qubits words"]) -> np.ndarray:
    """One sortable number, or string of bytes, a word."""
    packed = np.packbits(np.vstack([x, z]), axis=0).T
    if packed.shape[1] > 8:
        return np.ascontiguousarray(packed).view(f"V{packed.shape[1]}").reshape(-1)
    padded = np.zeros((len(packed), 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64).reshape(-1)


def _expectation(circuit: RandomCircuit, x: np.ndarray, z: np.ndarray, coefficients: np.ndarray) -> float:
    bloch = np.tile([0.0, 0.0, 1.0], (circuit.qubits, 1)) if circuit.bloch is None else circuit.bloch
    for qubit in range(circuit.qubits):
        letters = np.array([1.0, bloch[qubit, 0], bloch[qubit, 2], bloch[qubit, 1]])
        coefficients = coefficients * letters[x[qubit] + 2 * z[qubit]]
    return float(coefficients.sum())
