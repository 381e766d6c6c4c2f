"""The circuits of the barren-plateau literature, as random circuits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, Gate, RandomCircuit, Rotation
from paradigms.interface import require


def mcclean(qubits: int, layers: int, *, noise: float = 0.0) -> RandomCircuit:
    """McClean et al. 2018: RY(π/4) on every qubit, then layers of rotations about a random axis and a ladder of CZ.

    Angle ``layer · qubits + i`` turns qubit i. ``noise`` is the rate of local depolarising after every layer.
    """
    gates: list[Gate] = []
    for layer in range(layers):
        gates += [Rotation(("X", "Y", "Z"), (i,), layer * qubits + i) for i in range(qubits)]
        gates += [Clifford("CZ", (i, i + 1)) for i in range(qubits - 1)]
        gates += _noise(qubits, noise)
    component = np.sin(np.pi / 4)
    return RandomCircuit(qubits, tuple(gates), np.tile([component, 0.0, component], (qubits, 1)))


def ry_rz_cz(qubits: int, layers: int, *, ring: bool = True, noise: float = 0.0) -> RandomCircuit:
    """Layers of RY, then RZ on every qubit, then CZ between neighbours on a ring (or a ladder), from |0…0⟩.

    Angle ``2 · (layer · qubits + i)`` is the RY of qubit i, the next one its RZ.
    """
    gates: list[Gate] = []
    for layer in range(layers):
        for i in range(qubits):
            number = 2 * (layer * qubits + i)
            gates += [Rotation(("Y",), (i,), number), Rotation(("Z",), (i,), number + 1)]
        gates += [Clifford("CZ", pair) for pair in _neighbours(qubits, ring)]
        gates += _noise(qubits, noise)
    return RandomCircuit(qubits, tuple(gates))


def product(qubits: int, axis: str = "X") -> RandomCircuit:
    """One rotation a qubit and no entanglement, from |0…0⟩ (Cerezo et al. 2021, Nat. Commun. 12, 1791)."""
    return RandomCircuit(qubits, tuple(Rotation((axis,), (i,), i) for i in range(qubits)))


def strongly_entangling(qubits: int, layers: int, *, noise: float = 0.0) -> RandomCircuit:
    """RZ, RY, RZ on every qubit, then CNOTs from i to i + r mod n with r = (layer mod (n−1)) + 1, from |0…0⟩.

    The layout of ``qml.StronglyEntanglingLayers`` (Schuld et al. 2020, Phys. Rev. A 101, 032308). Angle
    ``3 · (layer · qubits + i) + k`` is the k-th rotation of qubit i.
    """
    gates: list[Gate] = []
    for layer in range(layers):
        for i in range(qubits):
            number = 3 * (layer * qubits + i)
            gates += [Rotation((axis,), (i,), number + k) for k, axis in enumerate("ZYZ")]
        if qubits > 1:
            reach = layer % (qubits - 1) + 1
            gates += [Clifford("CNOT", (i, (i + reach) % qubits)) for i in range(qubits)]
        gates += _noise(qubits, noise)
    return RandomCircuit(qubits, tuple(gates))


def _neighbours(qubits: int, ring: bool) -> Iterator[tuple[int, int]]:
    yield from ((i, i + 1) for i in range(qubits - 1))
    if ring and qubits > 2:
        yield qubits - 1, 0


def _noise(qubits: int, rate: float) -> list[Gate]:
    require(0.0 <= rate <= 1.0, f"noise={rate} must lie in [0, 1]")
    return [Depolarising(tuple(range(qubits)), rate)] if rate else []
