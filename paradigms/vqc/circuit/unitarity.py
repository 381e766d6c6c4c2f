"""Which operators are unitary, told by their kind: what a reverse pass that undoes gates relies on.

A matrix made of numbers is looked at. One that is traced is not known before the program runs, so it is unitary only if
its kind makes it so: PennyLane's gates, and subclasses that leave their matrix as it is, with real angles; exp(-iHt)
with H Hermitian and t real; a gate with a Hermitian generator; adjoints, controls, real powers and products of those.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Complex
from pennylane.operation import Operation, Operator
from pennylane.ops import (
    Adjoint,
    Controlled,
    DiagonalQubitUnitary,
    Evolution,
    Exp,
    Hermitian,
    Pow,
    Prod,
    Projector,
    QubitUnitary,
    SpecialUnitary,
    Sum,
)
from pennylane.ops.op_math import CompositeOp, SymbolicOp
from pennylane.queuing import QueuingManager


def is_unitary(operator: Operator) -> bool:
    """Tell whether the operator is known to be unitary; ``False`` where it is not, or where that is not known."""
    with QueuingManager.stop_recording():
        return _by_kind(operator) or _by_matrix(operator)


def is_decomposed_rightly(operator: Operator) -> bool:
    """Tell whether PennyLane's decomposition of an operator, if it has one, is that operator.

    It takes any matrix and any exponent that it is given for one of a unitary.
    """
    base: Any = operator
    while isinstance(base, Adjoint | Controlled | Pow):
        base = base.base
    given = isinstance(base, QubitUnitary | DiagonalQubitUnitary | Hermitian | Projector | SymbolicOp | Sum)
    return not given or is_unitary(base)


def _by_kind(operator: Operator) -> bool:
    numbers: Any = operator.data
    match operator:
        case Adjoint() | Controlled():
            return is_unitary(operator.base)
        case Pow():
            return _is_real(operator.z) and is_unitary(operator.base)
        case Evolution():
            return _is_real(operator.param) and _is_hermitian(operator.base)
        case Exp():
            return _is_real(-1j * operator.coeff) and _is_hermitian(operator.base)
        case Prod():
            return all(map(is_unitary, operator.operands))
        case SymbolicOp() | CompositeOp():
            return False
        case SpecialUnitary():
            return not np.iscomplexobj(numbers[0])
        case Operation() if all(np.ndim(value) == 0 and _is_real(value) for value in numbers):
            return _has_matrix_of_pennylane(type(operator)) or _has_hermitian_generator(operator)
    return False


def _has_matrix_of_pennylane(kind: type[Operator]) -> bool:
    """Tell whether a gate, or that which it is a subclass of, has its matrix from PennyLane."""
    entries = kind.compute_matrix.__module__
    return entries.startswith("pennylane.ops.") and kind.matrix.__module__.startswith("pennylane.")


def _has_hermitian_generator(operator: Operator) -> bool:
    """Tell whether a gate exp(iφG) of one angle states a Hermitian G."""
    return operator.num_params == 1 and operator.has_generator and _is_hermitian(operator.generator())


def _by_matrix(operator: Operator) -> bool:
    matrix = _concrete_matrix(operator)
    return matrix is not None and _close(matrix.conj().T @ matrix, np.eye(len(matrix)))


def _is_hermitian(operator: Operator) -> bool:
    """Tell whether it is known to be: a real sum of Pauli words, or a matrix of numbers that equals its adjoint."""
    if operator.pauli_rep is not None:
        return all(map(_is_real, operator.pauli_rep.values()))
    matrix = _concrete_matrix(operator)
    return matrix is not None and _close(matrix, matrix.conj().T)


def _is_real(value: Any) -> bool:
    """Tell whether a scalar is known to be real, by its dtype or by its value."""
    return not np.iscomplexobj(value) or (not isinstance(value, Tracer) and bool(np.imag(value) == 0))


def _concrete_matrix(operator: Operator) -> Complex[np.ndarray, "dimension dimension"] | None:
    """Return the matrix, unless it is traced."""
    if not operator.has_matrix or any(isinstance(value, Tracer) for value in operator.data):
        return None
    # Arrays of JAX that are numbers stay so within a function that is compiled.
    with jax.ensure_compile_time_eval():
        matrix = operator.matrix()
    return None if isinstance(matrix, Tracer) else np.asarray(matrix).astype(complex)


def _close(left: np.ndarray, right: np.ndarray) -> bool:
    """Tell whether two matrices are equal to the rounding of the amplitudes' dtype."""
    return np.allclose(left, right, rtol=0, atol=10 * len(left) * jnp.finfo(jnp.result_type(float)).eps)
