"""A state vector as two real planes, and the dense kernels on them.

A state of n qubits is 2^n amplitudes; qubit 0 is the most significant bit of the index, as in PennyLane. Real and
imaginary parts are separate arrays, and the amplitudes a matrix whose row is the upper half of the index's bits and
whose column the lower: XLA on a CPU compiles phases that are products over the halves to vector instructions then, and
does not where the planes are stacked in one array or the amplitudes are a vector (measured: 4 to 8 times slower). A
real matrix, the commonest, costs half of a complex one.
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


Plane: TypeAlias = Float[Array, "upper lower"]


class Planes(NamedTuple):
    """Real and imaginary parts of the amplitudes, ``[2^(n // 2), 2^(n - n // 2)]``."""

    real: Plane
    imaginary: Plane

    @property
    def qubits(self) -> int:
        """Number of qubits n of 2^n amplitudes."""
        return self.real.size.bit_length() - 1


def complex_dtype() -> np.dtype:
    """The dtype of amplitudes: ``complex64``, or ``complex128`` where 64-bit JAX is enabled."""
    return jnp.result_type(complex)


def real_dtype() -> np.dtype:
    """The dtype of a plane and of expectation values: ``float32``, or ``float64`` where 64-bit JAX is enabled."""
    return jnp.result_type(float)


def zero_state(qubits: int) -> Planes:
    """|0…0⟩."""
    index = jnp.arange(2**qubits).reshape(2 ** (qubits // 2), -1)
    return split(Planes((index == 0).astype(real_dtype()), jnp.zeros(index.shape, real_dtype())))


def from_vector(vector: Complex[Array, " amplitudes"]) -> Planes:
    """The planes of a complex vector."""
    qubits = vector.shape[0].bit_length() - 1
    parts = vector.real.astype(real_dtype()), vector.imag.astype(real_dtype())
    return Planes(*(part.reshape(2 ** (qubits // 2), -1) for part in parts))


def to_vector(planes: Planes) -> Complex[Array, " amplitudes"]:
    """The complex vector of two planes."""
    return jax.lax.complex(planes.real, planes.imaginary).reshape(-1)


def moved(planes: Planes, source: Int[Array, "upper lower"]) -> Planes:
    """The planes with amplitude ``source[i]`` in place i; ``source`` is a permutation of all indices."""
    # Unique indices let the transpose (a scatter) run without a sort.
    return Planes(
        *(plane.reshape(-1).at[source].get(unique_indices=True, mode="promise_in_bounds") for plane in planes)
    )


def split(planes: Planes) -> Planes:
    """The planes, split along the leading qubits over the devices of the mesh in force, if it has several."""
    if devices() == 1:
        return planes
    return Planes(*(jax.lax.with_sharding_constraint(plane, PartitionSpec(AXIS)) for plane in planes))


def devices() -> int:
    """Devices over which a state is split."""
    mesh = jax.sharding.get_abstract_mesh()
    return dict(zip(mesh.axis_names, mesh.axis_sizes, strict=True)).get(AXIS, 1)
