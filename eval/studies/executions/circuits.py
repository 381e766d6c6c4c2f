"""The circuits whose gradients are counted: each family stretches the rule of two executions a parameter its own way.

A circuit here takes its parameters, one array, and returns an expectation value.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pennylane as qml
from pennylane.operation import Operator
from pennylane.pauli import PauliWord

from paradigms.vqc.circuit.ansatz import LAYERS, ring
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers

FIELD = 1.0
"""Of the Ising chain, in units of its coupling: at the critical point."""


@dataclass(frozen=True)
class Family:
    """A way to build circuits of growing depth.

    Attributes:
        name: In tables and figures.
        circuit: ``(qubits) -> (parameters -> expectation value)``.
        shape: ``(qubits, layers) -> shape of the parameters``.
    """

    name: str
    circuit: Callable[[int], Callable[[Any], Any]]
    shape: Callable[[int, int], tuple[int, ...]]


def magnetisation(qubits: int) -> Operator:
    """(1/n) Σ Z: one measurement group, values in [-1, 1]."""
    return _pauli_sum([1 / qubits] * qubits, [qml.Z(wire) for wire in range(qubits)])


def ising_chain(qubits: int) -> Operator:
    """-Σ Z Z - g Σ X on an open chain: two measurement groups."""
    bonds = [qml.Z(wire) @ qml.Z(wire + 1) for wire in range(qubits - 1)]
    return _pauli_sum([-1.0] * (qubits - 1) + [-FIELD] * qubits, [*bonds, *(qml.X(wire) for wire in range(qubits))])


def _pauli_sum(coefficients: list[float], words: list[Operator]) -> Operator:
    # With its groups found, so that PennyLane too counts the circuits that hardware needs.
    return qml.Hamiltonian(coefficients, words, grouping_type="qwc")


def ground_energy(qubits: int) -> float:
    """Least eigenvalue of :func:`ising_chain`, by dense diagonalisation."""
    return float(np.linalg.eigvalsh(np.asarray(ising_chain(qubits).matrix(wire_order=range(qubits))))[0])


def hardware_efficient(qubits: int, observable: Callable[[int], Operator] = magnetisation) -> Callable[[Any], Any]:
    """RY, RZ, RY on every qubit and a ring of CZ; every parameter in one Pauli rotation."""

    def circuit(weights: Any) -> Any:
        RepeatedLayers(weights, wires=range(qubits), layer=LAYERS["hardware_efficient"])
        return qml.expval(observable(qubits))

    return circuit


def _controlled_layer(weights: Any, wires: Sequence) -> None:
    for place, (control, target) in enumerate(ring(len(wires))):
        qml.RY(np.pi / 4, wires=wires[control])
        qml.CRX(weights[place], wires=(wires[control], wires[target]))


def _controlled(qubits: int) -> Callable[[Any], Any]:
    def circuit(weights: Any) -> Any:
        RepeatedLayers(weights, wires=range(qubits), layer=_controlled_layer)
        return qml.expval(magnetisation(qubits))

    return circuit


def _shared_layer(weights: Any, wires: Sequence) -> None:
    for control, target in ring(len(wires)):
        qml.IsingZZ(weights[0], wires=(wires[control], wires[target]))
    for wire in wires:
        qml.RX(weights[1], wires=wire)


def _shared(qubits: int) -> Callable[[Any], Any]:
    def circuit(weights: Any) -> Any:
        for wire in range(qubits):
            qml.Hadamard(wire)
        RepeatedLayers(weights, wires=range(qubits), layer=_shared_layer)
        return qml.expval(_pauli_sum([1.0] * qubits, [qml.Z(i) @ qml.Z(j) for i, j in ring(qubits)]))

    return circuit


FAMILIES: tuple[Family, ...] = (
    Family("Pauli rotations", hardware_efficient, lambda qubits, layers: (layers, qubits, 3)),
    Family(
        "two measurement groups",
        lambda qubits: hardware_efficient(qubits, ising_chain),
        lambda qubits, layers: (layers, qubits, 3),
    ),
    Family("controlled rotations", _controlled, lambda qubits, layers: (layers, qubits)),
    Family("angles shared by all qubits (QAOA)", _shared, lambda qubits, layers: (layers, 2)),
)
"""The first is the case that the claim speaks of."""


def commuting_words(qubits: int) -> list[str]:
    """All words with X on qubit 0 and X or I elsewhere: 2^(n-1) generators that commute with one another."""
    return ["X" + "".join(rest) for rest in itertools.product("IX", repeat=qubits - 1)]


def commuting(qubits: int) -> Callable[[Any], Any]:
    """exp(-iθ_j X_j/2) for commuting words X_j, all of which anticommute with the observable Z_0: one block.

    Between product states, so that the derivatives are of order one.
    """
    words = commuting_words(qubits)

    def circuit(angles: Any) -> Any:
        _prepare(qubits)
        for word, angle in zip(words, angles, strict=False):
            qml.PauliRot(angle, word, wires=range(qubits))
        return qml.expval(qml.Z(0))

    return circuit


def commuting_derivatives(qubits: int, count: int) -> Callable[[Any], Any]:
    """The derivatives of :func:`commuting` by its first ``count`` angles, all from one circuit.

    ∂⟨Z_0⟩/∂θ_j = ⟨(i/2)[X_j, Z_0]⟩ = ⟨Y_0 X_j'⟩, X_j' being the word without qubit 0: words that agree qubit by qubit
    and are measured together (Bowles, Wierichs, Park, Quantum 9, 1873, the case of one block; B blocks take 2B - 1).
    """
    words = commuting_words(qubits)[:count]

    def circuit(angles: Any) -> Any:
        _prepare(qubits)
        for word, angle in zip(words, angles, strict=True):
            qml.PauliRot(angle, word, wires=range(qubits))
        return [qml.expval(PauliWord(dict(enumerate("Y" + word[1:]))).operation()) for word in words]

    return circuit


def _prepare(qubits: int) -> None:
    for wire in range(qubits):
        qml.RY(np.pi / 3, wires=wire)
        qml.RZ(np.pi / 5, wires=wire)
