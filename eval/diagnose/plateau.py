"""What is known of a gradient in a random state: the variance that a barren plateau has."""

from __future__ import annotations

from typing import Any

import numpy as np


def two_design_variance(qubits: int) -> float:
    """Compute Var ∂⟨H⟩/∂θ ÷ (Tr H²/d) for exp(-iθP/2) between two unitary 2-designs: d²/[2(d+1)²(d-1)], H traceless.

    McClean et al. 2018 (Nature Communications 9, 4812) with both halves random; d = 2^n.
    """
    dimension = 2.0**qubits
    return dimension**2 / (2 * (dimension + 1) ** 2 * (dimension - 1))


def traceless_square(measurement: Any, qubits: int) -> float:
    """Compute Tr H²/d of the observable without its trace; for probabilities the mean over outcomes."""
    observable = measurement.obs
    if observable is None:
        outcomes = 2.0 ** (len(measurement.wires) or qubits)
        return 1 / outcomes - 1 / outcomes**2
    words = observable.pauli_rep
    if words is not None:
        return float(sum(abs(complex(weight)) ** 2 for word, weight in words.items() if len(word)))
    eigenvalues = np.asarray(observable.eigvals(), np.float64)
    return float(np.var(eigenvalues))
