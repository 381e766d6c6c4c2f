"""The chain of Pauli words on a vector of all 4^n words: exact, and small.

Words are indexed by two bits per qubit (:mod:`eval.second_moment.pauli.transition_matrices`), qubit 0 slowest. The
vector goes backwards from the observable; the functional "squared expectation in the input" goes forwards with the same
symmetric matrices; at a rotation the two meet and give its angle's variance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from eval.second_moment.circuits.observables import Observable, Projector
from eval.second_moment.circuits.random_circuit import Depolarising, Gate, RandomCircuit, Rotation, Unqualified
from eval.second_moment.pauli.transition_matrices import CODES, derivative_matrix, gate_matrix

LARGEST_BYTES = 2**31
"""Refused beyond."""


def observable_vector(observable: Observable, qubits: int) -> Float[np.ndarray, " words"]:
    """Squared coefficient of every word: float64 ``[4^n]``."""
    if isinstance(observable, Projector):
        vector = np.ones(1)
        for _ in range(qubits):
            vector = np.kron(vector, [0.25, 0.0, 0.25, 0.0])
        return vector
    vector = np.zeros(4**qubits)
    for word, coefficient in observable.items():
        index = 0
        for letter in word:
            index = 4 * index + CODES[letter]
        vector[index] = coefficient**2
    return vector


def input_vector(circuit: RandomCircuit) -> Float[np.ndarray, " words"]:
    """Squared expectation of every word in the input: float64 ``[4^n]``."""
    vector = np.ones(1)
    for moments in circuit.input_moments():
        vector = np.kron(vector, moments)
    return vector


def gradient_second_moments(
    circuit: RandomCircuit, observable: Observable, parameters: Sequence[int], flip: float
) -> Float[np.ndarray, " parameters"]:
    """E[(∂E/∂t)²] for every parameter asked for, exact up to rounding.

    Raises:
        Unqualified: The vectors do not fit; the message gives their size.
    """
    segment = max(1, math.isqrt(len(circuit.gates)))
    require_memory(circuit.qubits, 2 * segment + 4)
    wanted = set(parameters)
    gates = circuit.gates
    vector = observable_vector(observable, circuit.qubits)
    # The vector is kept at the end of every segment of √gates gates and computed again inside one at a time, since a
    # stochastic matrix cannot be undone.
    ends = list(range(segment, len(gates) + segment, segment))
    kept = {}
    for end in reversed(ends):
        kept[end] = vector
        for gate in reversed(gates[end - segment : end]):
            vector = apply(gate, vector, circuit.qubits, flip)
    functional = input_vector(circuit)
    found = {}
    for end in ends:
        vector = kept.pop(end)
        inside = gates[end - segment : end]
        vectors = [vector]
        for gate in reversed(inside[1:]):
            vectors.append(apply(gate, vectors[-1], circuit.qubits, flip))
        for gate, vector in zip(inside, reversed(vectors), strict=True):
            if isinstance(gate, Rotation) and gate.parameter in wanted:
                moved = _apply_matrix(derivative_matrix(gate, flip), gate.wires, vector, circuit.qubits)
                found[gate.parameter] = float(functional @ moved)
            functional = apply(gate, functional, circuit.qubits, flip)
    return np.array([found[parameter] for parameter in parameters])


def second_moment(circuit: RandomCircuit, observable: Observable, flip: float) -> float:
    """E[⟨H⟩²] without the identity word's share, exact up to rounding.

    Raises:
        Unqualified: The vectors do not fit.
    """
    require_memory(circuit.qubits, 4)
    vector = observable_vector(observable, circuit.qubits)
    vector[0] = 0.0
    for gate in reversed(circuit.gates):
        vector = apply(gate, vector, circuit.qubits, flip)
    return float(input_vector(circuit) @ vector)


def require_memory(qubits: int, vectors: int) -> None:
    """Refuse more than :data:`LARGEST_BYTES`."""
    needed = vectors * 8 * 4**qubits
    if needed > LARGEST_BYTES:
        raise Unqualified(
            f"method='dense' on {qubits} qubits needs {needed / 2**30:,.1f} GiB for {vectors} vectors of 4^{qubits} "
            "Pauli words and is refused above 2 GiB; use method='chain' or 'paths'"
        )


def apply(gate: Gate, vector: Float[np.ndarray, " words"], qubits: int, flip: float) -> Float[np.ndarray, " words"]:
    """One gate's averaged matrix on a vector or functional over words."""
    matrix = gate_matrix(gate, flip)
    if isinstance(gate, Depolarising):
        for wire in gate.wires:
            vector = _apply_matrix(matrix, (wire,), vector, qubits)
        return vector
    return _apply_matrix(matrix, gate.wires, vector, qubits)


def _apply_matrix(matrix: np.ndarray, wires: Sequence[int], vector: np.ndarray, qubits: int) -> np.ndarray:
    if len(wires) == 1:
        return np.einsum("ab,xby->xay", matrix, vector.reshape(4 ** wires[0], 4, -1)).reshape(-1)
    front = range(len(wires))
    moved = np.moveaxis(vector.reshape((4,) * qubits), wires, front)
    mixed = (matrix @ moved.reshape(matrix.shape[0], -1)).reshape(moved.shape)
    return np.moveaxis(mixed, front, wires).reshape(-1)
