"""Observables as linear maps on a state, traceable in their entries, and whether they are Hermitian."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Complex, Float
from pennylane.operation import Operator
from pennylane.ops import Hermitian, Identity, Prod, Projector, SparseHamiltonian, SProd, Sum
from pennylane.ops.functions import bind_new_parameters
from pennylane.ops.qubit.observables import BasisStateProjector
from pennylane.wires import Wires

from paradigms.vqc.planes import complex_dtype

State = Complex[Array, " amplitudes"]


def has_action(observable: Operator) -> bool:
    """Whether :func:`applied` knows the observable."""
    if isinstance(observable, Sum | Prod):
        return all(has_action(operand) for operand in observable.operands)
    if isinstance(observable, SProd):
        return has_action(observable.base)
    return observable.has_matrix and not isinstance(observable, SparseHamiltonian)


def applied(observable: Operator, state: State, wires: Wires) -> State:
    """A|ψ⟩, normalised or not; ``wires`` is the register, first most significant.

    Sums are taken term by term and products factor by factor, so that no matrix is larger than that of one factor.
    """
    if isinstance(observable, Sum):
        return sum((applied(term, state, wires) for term in observable.operands), jnp.zeros_like(state))
    if isinstance(observable, SProd):
        scalar: Any = observable.scalar
        return jnp.asarray(scalar, state.dtype) * applied(observable.base, state, wires)
    if isinstance(observable, Prod):
        for factor in reversed(observable.operands):
            state = applied(factor, state, wires)
        return state
    if isinstance(observable, Identity):
        return state
    qubits = len(wires)
    acted = wires.indices(observable.wires)
    tensor = jnp.moveaxis(state.reshape((2,) * qubits), acted, range(len(acted)))
    if isinstance(observable, BasisStateProjector):
        kept = tuple(int(bit) for bit in np.asarray(observable.data[0]))
        tensor = jnp.zeros_like(tensor).at[kept].set(tensor[kept])
    else:
        matrix = jnp.asarray(observable.matrix(), complex_dtype())
        tensor = (matrix @ tensor.reshape(matrix.shape[0], -1)).reshape(tensor.shape)
    return jnp.moveaxis(tensor, range(len(acted)), acted).reshape(-1)


def moments(observable: Operator, state: State, wires: Wires) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Mean and variance of a Hermitian observable: ⟨ψ|Aψ⟩ and ‖Aψ‖² - ⟨ψ|Aψ⟩²."""
    turned = applied(observable, state, wires)
    mean = jnp.sum(state.real * turned.real + state.imag * turned.imag)
    return mean, jnp.sum(jnp.square(turned.real) + jnp.square(turned.imag)) - jnp.square(mean)


def is_traced(observable: Operator) -> bool:
    """Whether a number of the observable is a tracer."""
    return any(isinstance(leaf, Tracer) for leaf in observable.data)


def is_hermitian(observable: Operator) -> bool:
    """Whether the observable is its own adjoint; of tracers, whether it is for any real numbers in their place.

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
        of_parts = isinstance(observable, Projector) or (is_traced(observable) and isinstance(observable, Hermitian))
    return of_parts or _for_real_numbers(observable)


def _for_real_numbers(observable: Operator) -> bool:
    """The same of the matrix, or the Pauli words, with real random numbers for its scalar tracers."""
    rng = np.random.default_rng(0)
    data: list[Any] = list(observable.data)
    for place, leaf in enumerate(data):
        if isinstance(leaf, Tracer):
            if leaf.ndim or jnp.iscomplexobj(leaf):
                return False
            data[place] = rng.normal()
    if is_traced(observable):
        observable = bind_new_parameters(observable, data)
    if observable.pauli_rep is not None:
        return all(_is_real(value) for value in observable.pauli_rep.values())
    matrix = np.asarray(observable.matrix())
    return np.allclose(matrix, matrix.conj().T, atol=1e-6 * max(1.0, float(np.abs(matrix).max())))


def _is_real(value: Any) -> bool:
    if isinstance(value, Tracer):
        return not jnp.iscomplexobj(value)
    return bool(np.abs(np.imag(value)) <= 1e-8 * np.abs(value))
