"""The ansätze: rotations on every qubit, then a ring of entangling gates; weights ``[layers, qubits, angles]``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pennylane as qml
from pennylane.operation import Operator

from paradigms.vqc.circuit.layers import CircuitLayer
from paradigms.vqc.config import Ansatz


def ring(qubits: int, distance: int = 1) -> tuple[tuple[int, int], ...]:
    """List the pairs (i, i + distance mod n) of a ring of n qubits; one qubit has none."""
    return tuple((i, (i + distance) % qubits) for i in range(qubits)) if qubits > 1 else ()


@dataclass(frozen=True)
class HardwareEfficient(CircuitLayer):
    """A hardware-efficient layer, after Kandala et al. 2017 (Nature 549, 242).

    It has rotations about the ``axes`` on every qubit, then a CZ between neighbours on a ring (two qubits share one
    CZ).

    Attributes:
        axes: The axes of a qubit's rotations, in order of application.
    """

    axes: str = "YZY"

    @staticmethod
    def pairs(qubits: int) -> tuple[tuple[int, int], ...]:
        """List the qubits joined by a CZ; on two qubits the ring's second CZ would undo its first."""
        return ring(qubits) if qubits > 2 else ring(qubits)[:1]

    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
        """Return the gates of this layer."""
        rotations = [
            getattr(qml, f"R{axis}")(weights[i, j], wires=wire)
            for i, wire in enumerate(wires)
            for j, axis in enumerate(self.axes)
        ]
        return rotations + [qml.CZ(wires=(wires[i], wires[j])) for i, j in self.pairs(len(wires))]


@dataclass(frozen=True)
class StronglyEntangling(CircuitLayer):
    """A strongly entangling layer, from a circuit-centric classifier.

    Schuld et al. 2020 (Phys. Rev. A 101, 032308). It has ``Rot`` on every qubit, then CNOTs from i to i + r mod n, with
    r = (layer mod (n-1)) + 1, as ``qml.StronglyEntanglingLayers`` lays it out.
    """

    @staticmethod
    def pairs(qubits: int, index: int) -> tuple[tuple[int, int], ...]:
        """List (control, target) of the CNOTs of layer ``index``."""
        return ring(qubits, index % (qubits - 1) + 1) if qubits > 1 else ()

    def gates(self, weights: Any, wires: Sequence, index: int) -> Sequence[Operator]:
        """Return the gates of this layer."""
        rotations = [qml.Rot(*(weights[i, j] for j in range(3)), wires=wire) for i, wire in enumerate(wires)]
        return rotations + [qml.CNOT(wires=(wires[i], wires[j])) for i, j in self.pairs(len(wires), index)]

    def period(self, wires: Sequence) -> int:
        """Return after how many layers the pattern repeats."""
        return max(len(wires) - 1, 1)


LAYERS: dict[Ansatz, CircuitLayer] = {
    "hardware_efficient": HardwareEfficient(),
    "strongly_entangling": StronglyEntangling(),
}
