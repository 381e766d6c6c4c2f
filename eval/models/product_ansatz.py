"""The hardware-efficient ansatz without its entangling gates: the floor that a circuit's entanglement must beat."""

from __future__ import annotations

from dataclasses import dataclass

from paradigms.vqc.circuit.ansatz import HardwareEfficient


@dataclass(frozen=True)
class ProductAnsatz(HardwareEfficient):
    """The same rotations on every qubit and no gate between qubits, so that every state is a product of qubits."""

    @staticmethod
    def pairs(qubits: int) -> tuple[tuple[int, int], ...]:
        """None."""
        return ()
