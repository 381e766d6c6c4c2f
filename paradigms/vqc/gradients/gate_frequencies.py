"""The frequencies of a gate, from the spectrum of its generator.

With U(φ) = exp(iφG), any expectation value is a trigonometric polynomial in φ whose frequencies are the positive
differences of eigenvalues of G (Wierichs, Izaac, Wang, Lin 2022, Quantum 6, 677).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pennylane as qml
from pennylane.operation import Operator
from pennylane.ops.functions import bind_new_parameters
from pennylane.queuing import QueuingManager
from scipy.linalg import expm

from paradigms.interface import Unsupported, require
from paradigms.vqc.circuit.gate_origin import is_pennylanes
from paradigms.vqc.gradients.exponentials import LARGEST_GENERATOR, exponential
from paradigms.vqc.gradients.shift_rules import ShiftRule, shift_rule

_DIGITS = 8
"""Decimals to which eigenvalue differences are told apart; far above float64's rounding of small generators."""
_TRIAL = 0.7
"""An angle, in radians, of no consequence."""


def frequencies(operation: Operator) -> tuple[float, ...]:
    """Find the frequencies with which expectation values depend on the gate's one parameter.

    Args:
        operation: The gate.

    Returns:
        The distinct positive frequencies, ascending; none where the parameter is a global phase.

    Raises:
        Unsupported: If the gate has no generator or not exactly one parameter (decompose it first), if the gate is not
            the exponential of its generator, or it acts on too many wires for its generator's eigenvalues.
    """
    as_exponential = exponential(operation)
    operation = operation if as_exponential is None else as_exponential.example()
    if operation.num_params != 1 or not operation.has_generator:
        raise Unsupported(
            f"{operation.name} has {operation.num_params} parameters and "
            f"{'a' if operation.has_generator else 'no'} generator; a shift rule needs one parameter and a generator: "
            "write it as rotations, or differentiate by adjoint or backprop"
        )
    if not is_pennylanes(operation):
        _require_exponential(operation)
    eigenvalues = _generator_eigenvalues(operation)
    differences = np.abs(eigenvalues[:, None] - eigenvalues[None, :]).ravel()
    rounded, first = np.unique(np.round(differences, _DIGITS), return_index=True)
    return tuple(float(difference) for difference in differences[first[rounded > 0]])


def _generator_eigenvalues(operation: Operator) -> np.ndarray:
    """Compute the distinct eigenvalues of G, where the gate is exp(iφG)."""
    generator = operation.generator()
    words = {word: coefficient for word, coefficient in (generator.pauli_rep or {}).items() if len(word)}
    if len(words) == 1:
        # A Pauli word has the eigenvalues ±1 however many wires it acts on.
        (coefficient,) = words.values()
        _require_hermitian(operation, complex(coefficient).imag)
        return np.array([-1.0, 1.0]) * complex(coefficient).real
    wires = generator.wires
    if len(wires) > LARGEST_GENERATOR:
        raise Unsupported(
            f"the generator of {operation.name} acts on {len(wires)} wires, and eigenvalues are computed for at most "
            f"{LARGEST_GENERATOR}; differentiate by adjoint or backprop"
        )
    matrix = np.asarray(qml.matrix(generator, wire_order=wires))
    _require_hermitian(operation, matrix - matrix.conj().T)
    eigenvalues = np.linalg.eigvalsh(matrix)
    _, first = np.unique(np.round(eigenvalues, _DIGITS), return_index=True)
    return eigenvalues[first]


def _require_exponential(operation: Operator) -> None:
    """Hold a gate of the user's own against its generator, at one angle, up to a phase."""
    if not operation.has_matrix or len(operation.wires) > LARGEST_GENERATOR:
        return
    with QueuingManager.stop_recording():
        trial = bind_new_parameters(operation, [_TRIAL])
        found = np.asarray(qml.matrix(trial, wire_order=operation.wires))
        expected = expm(1j * _TRIAL * np.asarray(qml.matrix(operation.generator(), wire_order=operation.wires)))
    require(
        bool(abs(np.vdot(expected, found)) > (1 - 1e-6) * len(found)),
        f"{operation.name} has no shift rule: it is not exp(iφG) of its generator G; leave the generator out and "
        "give a decomposition, or differentiate by adjoint or backprop",
    )


def _require_hermitian(operation: Operator, difference: Any) -> None:
    require(
        bool(np.all(np.abs(difference) < 10.0**-_DIGITS)),
        f"{operation.name} has no shift rule: its generator is not Hermitian, so the gate is not unitary",
    )


def shift_rule_of(operation: Operator) -> ShiftRule:
    """Make the shift rule of a gate with one parameter."""
    return shift_rule(frequencies(operation))
