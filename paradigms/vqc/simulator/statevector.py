"""A state vector as two real arrays, its real and its imaginary part.

A state of n qubits is 2^n amplitudes; qubit 0 is the most significant bit of the index, as in PennyLane. Real and
imaginary parts are separate arrays, and each is a matrix whose row is the upper half of the index's bits and whose
column the lower half: then XLA on a CPU compiles phases that are products over the halves to vector instructions, and
does not where the parts are stacked in one array or the amplitudes are a vector (measured: 4 to 8 times slower). A
product with a real matrix, the commonest, costs half of one with a complex matrix.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import PartitionSpec
from jaxtyping import Array, Complex, Float, Int

AXIS = "model"
"""Axis of a mesh of devices over which a state is split, along its leading qubits."""


Part: TypeAlias = Float[Array, "upper lower"]
"""The real or the imaginary part of all amplitudes."""


class StateVector(NamedTuple):
    """Real and imaginary parts of the 2^n amplitudes, each ``[2^(n // 2), 2^(n - n // 2)]``."""

    real: Part
    imaginary: Part

    @property
    def qubits(self) -> int:
        """The number n of qubits."""
        return self.real.size.bit_length() - 1


def complex_dtype() -> np.dtype:
    """Return the dtype of amplitudes: ``complex64``, or ``complex128`` where 64-bit JAX is enabled."""
    return jnp.result_type(complex)


def real_dtype() -> np.dtype:
    """Return the dtype of parts and expectation values: ``float32``, or ``float64`` where 64-bit JAX is enabled."""
    return jnp.result_type(float)


def zero_state(qubits: int) -> StateVector:
    """Make the state |0…0⟩."""
    index = jnp.arange(2**qubits).reshape(2 ** (qubits // 2), -1)
    return sharded(StateVector((index == 0).astype(real_dtype()), jnp.zeros(index.shape, real_dtype())))


def from_vector(vector: Complex[Array, " amplitudes"]) -> StateVector:
    """Split a complex vector into its parts."""
    qubits = vector.shape[0].bit_length() - 1
    parts = vector.real.astype(real_dtype()), vector.imag.astype(real_dtype())
    return StateVector(*(part.reshape(2 ** (qubits // 2), -1) for part in parts))


def to_vector(state: StateVector) -> Complex[Array, " amplitudes"]:
    """Join the parts to a complex vector."""
    return jax.lax.complex(state.real, state.imaginary).reshape(-1)


def permuted(state: StateVector, source: Int[Array, "upper lower"]) -> StateVector:
    """Return the state with amplitude ``source[i]`` in place i; ``source`` is a permutation of all indices."""
    # Unique indices let the transpose (a scatter) run without a sort.
    return StateVector(
        *(part.reshape(-1).at[source].get(unique_indices=True, mode="promise_in_bounds") for part in state)
    )


def sharded(state: StateVector) -> StateVector:
    """Split the state along its leading qubits over the devices of the mesh in force.

    Where that mesh has one device, or there is none, the state is returned as it is.
    """
    if shard_count() == 1:
        return state
    return StateVector(*(jax.lax.with_sharding_constraint(part, PartitionSpec(AXIS)) for part in state))


def shard_count() -> int:
    """Return the number of devices over which a state is split."""
    mesh = jax.sharding.get_abstract_mesh()
    return dict(zip(mesh.axis_names, mesh.axis_sizes, strict=True)).get(AXIS, 1)
