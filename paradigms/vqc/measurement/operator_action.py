"""Observables as linear maps on a state vector, traceable in their entries."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float
from pennylane.operation import Operator
from pennylane.ops import Identity, Prod, SparseHamiltonian, SProd, Sum
from pennylane.ops.qubit.observables import BasisStateProjector
from pennylane.wires import Wires

from paradigms.vqc.circuit.products import product
from paradigms.vqc.simulator.statevector import complex_dtype

Vector = Complex[Array, " amplitudes"]


def has_action(observable: Operator) -> bool:
    """Tell whether :func:`applied` knows the observable."""
    if isinstance(observable, Sum | Prod):
        return all(has_action(operand) for operand in observable.operands)
    if isinstance(observable, SProd):
        return has_action(observable.base)
    return observable.has_matrix and not isinstance(observable, SparseHamiltonian)


def applied(observable: Operator, vector: Vector, wires: Wires) -> Vector:
    """Compute A|ψ⟩, normalised or not.

    Sums are taken term by term and products factor by factor, so that no matrix is larger than that of one factor.

    Args:
        observable: A.
        vector: The amplitudes of |ψ⟩.
        wires: The register, first most significant.
    """
    if isinstance(observable, Sum):
        return sum((applied(term, vector, wires) for term in observable.operands), jnp.zeros_like(vector))
    if isinstance(observable, SProd):
        scalar: Any = observable.scalar
        return jnp.asarray(scalar, vector.dtype) * applied(observable.base, vector, wires)
    if isinstance(observable, Prod):
        for factor in reversed(observable.operands):
            vector = applied(factor, vector, wires)
        return vector
    if isinstance(observable, Identity):
        return vector
    qubits = len(wires)
    acted = wires.indices(observable.wires)
    tensor = jnp.moveaxis(vector.reshape((2,) * qubits), acted, range(len(acted)))
    if isinstance(observable, BasisStateProjector):
        kept = tuple(int(bit) for bit in np.asarray(observable.data[0]))
        tensor = jnp.zeros_like(tensor).at[kept].set(tensor[kept])
    else:
        matrix = jnp.asarray(observable.matrix(), complex_dtype())
        tensor = product(matrix, tensor.reshape(matrix.shape[0], -1)).reshape(tensor.shape)
    return jnp.moveaxis(tensor, range(len(acted)), acted).reshape(-1)


def moments(observable: Operator, vector: Vector, wires: Wires) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Compute mean and variance of a Hermitian observable: ⟨ψ|Aψ⟩ and ‖Aψ‖² - ⟨ψ|Aψ⟩²."""
    turned = applied(observable, vector, wires)
    mean = jnp.sum(vector.real * turned.real + vector.imag * turned.imag)
    return mean, jnp.sum(jnp.square(turned.real) + jnp.square(turned.imag)) - jnp.square(mean)
