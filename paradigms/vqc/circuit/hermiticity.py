"""Which observables are Hermitian: those are the ones whose values are real."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from pennylane.operation import Operator
from pennylane.ops import Hermitian, Prod, Projector, SProd, Sum
from pennylane.ops.functions import bind_new_parameters


def has_tracers(observable: Operator) -> bool:
    """Tell whether a number of the observable is a tracer."""
    return any(isinstance(leaf, Tracer) for leaf in observable.data)


def is_hermitian(observable: Operator) -> bool:
    """Tell whether the observable is its own adjoint; of tracers, whether it is for any real numbers in their place.

    A traced matrix given as ``qml.Hermitian`` is taken at its word.
    """
    sentence = observable.pauli_rep
    if sentence is not None:
        return all(_is_real(value) for value in sentence.values()) or _for_real_numbers(observable)
    if isinstance(observable, SProd):
        of_parts = _is_real(observable.scalar) and is_hermitian(observable.base)
    elif isinstance(observable, Sum | Prod):
        commute = isinstance(observable, Sum) or not observable.has_overlapping_wires
        of_parts = commute and all(is_hermitian(operand) for operand in observable.operands)
    else:
        of_parts = isinstance(observable, Projector) or (has_tracers(observable) and isinstance(observable, Hermitian))
    return of_parts or _for_real_numbers(observable)


def _for_real_numbers(observable: Operator) -> bool:
    """Tell the same of the matrix, or the Pauli words, with random real numbers for its scalar tracers."""
    rng = np.random.default_rng(0)
    data: list[Any] = list(observable.data)
    for place, leaf in enumerate(data):
        if isinstance(leaf, Tracer):
            if leaf.ndim or jnp.iscomplexobj(leaf):
                return False
            data[place] = rng.normal()
    if has_tracers(observable):
        observable = bind_new_parameters(observable, data)
    if observable.pauli_rep is not None:
        return all(_is_real(value) for value in observable.pauli_rep.values())
    matrix = np.asarray(observable.matrix())
    return np.allclose(matrix, matrix.conj().T, atol=1e-6 * max(1.0, float(np.abs(matrix).max())))


def _is_real(value: Any) -> bool:
    if isinstance(value, Tracer):
        return not jnp.iscomplexobj(value)
    return bool(np.abs(np.imag(value)) <= 1e-8 * np.abs(value))
