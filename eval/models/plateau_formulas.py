"""What theory says of a gradient component's variance over uniform angles.

d = 2^n throughout. The plateau of a rotation exp(-iθP/2) that is followed by a 2-design, on a pure input |ψ⟩, with a
traceless observable H (McClean et al. 2018, Nat. Commun. 9, 4812):

    Var[∂E] = Tr(H²) (1 − ⟨ψ|P|ψ⟩²) / (2 (d² − 1)).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

ObservableName: TypeAlias = Literal["Z1Z2", "projector", "local"]
"""``Z1Z2``: Z on the first two qubits. ``projector``: |0…0⟩⟨0…0|, the global cost. ``local``: Σ Z_j / 2n, which
departs from the mean of |0⟩⟨0| over qubits by a constant."""

FIRST_ANGLE = {"ry_rz_cz": 1 / 2, "mcclean": 1 / 3, "strongly_entangling": 1 / 2}
"""(1 − ⟨P⟩²)/2 of the angle that is looked at: a first RY on |0⟩ has ⟨Y⟩ = 0; a first rotation about a random axis on
RY(π/4)|0⟩ has ⟨P⟩² = 1/2, 0, 1/2 for X, Y, Z."""


def squared_trace(observable: ObservableName, qubits: int) -> float:
    """Return Tr(H²) of the observable's traceless part."""
    dimension = 2.0**qubits
    return {"Z1Z2": dimension, "projector": 1 - 1 / dimension, "local": dimension / (4 * qubits)}[observable]


def plateau(ansatz: str, observable: ObservableName, qubits: int) -> float:
    """Return the variance at saturated depth of the angle of ``FIRST_ANGLE``."""
    return FIRST_ANGLE[ansatz] * squared_trace(observable, qubits) / (4.0**qubits - 1)


def concentrated_cost(observable: ObservableName, qubits: int) -> float:
    """Return the variance of the cost over a 2-design, Tr(H²) / (d (d + 1))."""
    dimension = 2.0**qubits
    return squared_trace(observable, qubits) / (dimension * (dimension + 1))


def product(observable: ObservableName, qubits: int) -> float:
    """Return the variance of one RX per qubit on |0…0⟩, which is (1/8)(3/8)^(n−1) or 1/(8n²).

    Source: Cerezo et al. 2021, Nat. Commun. 12, 1791.

    Raises:
        KeyError: For an observable other than ``projector`` and ``local``.
    """
    return {"projector": (3 / 8) ** (qubits - 1) / 8, "local": 1 / (8 * qubits**2)}[observable]


def formula(ansatz: str, observable: ObservableName, qubits: int) -> float:
    """Return the variance that theory gives an ansatz, at saturated depth where it has layers."""
    return product(observable, qubits) if ansatz == "product" else plateau(ansatz, observable, qubits)
