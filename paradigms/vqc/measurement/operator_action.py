"""Observables as linear maps on a state, traceable in their entries, and whether they are Hermitian."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float
from pennylane.operation import Operator
from pennylane.ops import Identity, Prod, SparseHamiltonian, SProd, Sum
from pennylane.ops.qubit.observables import BasisStateProjector
from pennylane.wires import Wires

from paradigms.vqc.simulator.statevector import complex_dtype

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
