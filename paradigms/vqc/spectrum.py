"""The frequencies of a gate, from the spectrum of its generator.

With U(φ) = exp(iφG), any expectation value is a trigonometric polynomial in φ whose frequencies are the positive
differences of eigenvalues of G (Wierichs, Izaac, Wang, Lin 2022, Quantum 6, 677).
"""

from __future__ import annotations

import numpy as np
import pennylane as qml
from pennylane.operation import Operator

from paradigms.interface import Unsupported
from paradigms.vqc.shift_rules import ShiftRule, shift_rule

LARGEST_GENERATOR = 10
"""Wires of a generator, other than a Pauli word, whose eigenvalues are computed."""

_DIGITS = 8
"""Decimals to which eigenvalue differences are told apart; far above float64's rounding of small generators."""


def frequencies(operation: Operator) -> tuple[float, ...]:
    """The distinct positive frequencies with which expectation values depend on the gate's one parameter, ascending.

    Empty where the parameter is a global phase.

    Raises:
        Unsupported: If the gate has no generator or not exactly one parameter (decompose it first), or acts on too
            many wires for its generator's eigenvalues.
    """
    if operation.num_params != 1 or not operation.has_generator:
        raise Unsupported(
            f"{operation.name} has {operation.num_params} parameters and "
            f"{'a' if operation.has_generator else 'no'} generator; a shift rule needs one parameter and a generator: "
            "write it as rotations, or differentiate by adjoint or backprop"
        )
    eigenvalues = _generator_eigenvalues(operation)
    differences = np.unique(np.round(np.abs(eigenvalues[:, None] - eigenvalues[None, :]), _DIGITS))
    return tuple(float(difference) for difference in differences if difference > 0)


def _generator_eigenvalues(operation: Operator) -> np.ndarray:
    """Distinct eigenvalues of G, where the gate is exp(iφG)."""
    generator = operation.generator()
    words = {word: coefficient for word, coefficient in (generator.pauli_rep or {}).items() if len(word)}
    if len(words) == 1:
        # A Pauli word has the eigenvalues ±1 however many wires it acts on.
        (coefficient,) = words.values()
        return np.array([-1.0, 1.0]) * float(np.real(coefficient))
    wires = generator.wires
    if len(wires) > LARGEST_GENERATOR:
        raise Unsupported(
            f"the generator of {operation.name} acts on {len(wires)} wires, and eigenvalues are computed for at most "
            f"{LARGEST_GENERATOR}; differentiate by adjoint or backprop"
        )
    matrix = np.asarray(qml.matrix(generator, wire_order=wires))
    return np.unique(np.round(np.linalg.eigvalsh(matrix), _DIGITS))


def rule_of(operation: Operator) -> ShiftRule:
    """The shift rule of a gate with one parameter."""
    return shift_rule(frequencies(operation))
