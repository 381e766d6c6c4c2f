"""A state vector as two real planes, and the dense kernels on them.

A state of n qubits is 2^n amplitudes; qubit 0 is the most significant bit of the index, as in PennyLane. Real and
imaginary parts are separate arrays, and the amplitudes a matrix whose row is the upper half of the index's bits and
whose column the lower: XLA on a CPU compiles phases that are products over the halves to vector instructions then, and
does not where the planes are stacked in one array or the amplitudes are a vector (measured: 4 to 8 times slower). A
real matrix, the commonest, costs half of a complex one.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import PartitionSpec
from jaxtyping import Array, Complex, Float, Int

AXIS = "model"
"""Axis of a mesh of devices over which a state is split, along its leading qubits."""

MOST_PREPARED, LEAST_PREPARED = 32, 8
"""Layers whose matrices are made at a time: enough to make them well, few enough for memory not to grow with depth."""
WIDTH = 4
"""Neighbouring qubits whose gates are multiplied into one matrix, at most."""
LAST_WIDTH = 5
"""The same at the end of a register of ``LARGE`` qubits or more, where matrices multiply from the right."""
LARGE = 12


def windows(qubits: int, width: int = WIDTH) -> tuple[tuple[int, ...], ...]:
    """The register in windows of neighbouring qubits, of nearly one size, wider ones last.

    Measured on one CPU core from 8 to 20 qubits: of some thirty divisions the fastest, or within 2% of it. Where every
    example of a batch has matrices of its own, a smaller ``width`` is faster: matrices then cost as much as the state.
    """
    last = LAST_WIDTH if qubits >= LARGE else 0
    others = qubits - last
    count = -(-others // width)
    edges = [others * place // count for place in range(count + 1)] + [qubits] * bool(last)
    return tuple(tuple(range(start, end)) for start, end in itertools.pairwise(edges))


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


def multiply(matrix: Float[Array, "dimension dimension"], plane: Plane, wires: tuple[int, ...]) -> Plane:
    """Apply a real matrix on ``wires`` (first is most significant in the matrix's index) to one plane.

    Neighbouring wires in ascending order need no transposition: the plane is a stack of matrices. On the last wires of
    the register that is one product from the right, elsewhere a batched product from the left.
    """
    before, after = _around(wires, plane.size.bit_length() - 1)
    if after == 1 and _neighbours(wires):
        return (plane.reshape(before, -1) @ matrix.T).reshape(plane.shape)
    raised = _raised(plane, wires)
    return _lowered(jnp.broadcast_to(matrix, (raised.shape[0], *matrix.shape)) @ raised, wires, plane.shape)


def overlap(left: Plane, right: Plane, wires: tuple[int, ...]) -> Float[Array, "dimension dimension"]:
    """Σ over the other qubits of left right^T: entry (i, j) sums left with ``wires`` at i times right with them at j.

    It is the gradient of ⟨left, M right⟩ with respect to a real matrix M on ``wires``.
    """
    before, after = _around(wires, left.size.bit_length() - 1)
    if after == 1 and _neighbours(wires):
        return left.reshape(before, -1).T @ right.reshape(before, -1)
    return jnp.sum(_raised(left, wires) @ jnp.swapaxes(_raised(right, wires), 1, 2), axis=0)


def multiply_complex(matrix: Float[Array, "dimension2 dimension2"], planes: Planes, wires: tuple[int, ...]) -> Planes:
    """Apply a complex matrix M = A + iB on ``wires``, given as the real matrix ``[[A, -B], [B, A]]``.

    The planes are laid one above the other, so that one product does the work of four: fewer and larger products are
    what small registers gain from, above all in batches.
    """
    before, after = _around(wires, planes.qubits)
    if after == 1 and _neighbours(wires):
        both = jnp.concatenate([plane.reshape(before, -1) for plane in planes], axis=1) @ matrix.T
        return Planes(*(part.reshape(planes.real.shape) for part in jnp.split(both, 2, axis=1)))
    stacked = jnp.concatenate([_raised(plane, wires) for plane in planes], axis=1)
    both = jnp.broadcast_to(matrix, (stacked.shape[0], *matrix.shape)) @ stacked
    return Planes(*(_lowered(part, wires, planes.real.shape) for part in jnp.split(both, 2, axis=1)))


def overlap_complex(left: Planes, right: Planes, wires: tuple[int, ...]) -> Float[Array, "dimension2 dimension2"]:
    """:func:`overlap` of the planes laid one above the other: entries of real with real, real with imaginary, …"""
    before, after = _around(wires, left.qubits)
    if after == 1 and _neighbours(wires):
        left_rows, right_rows = (
            jnp.concatenate([plane.reshape(before, -1) for plane in planes], axis=1) for planes in (left, right)
        )
        return left_rows.T @ right_rows
    left_stack, right_stack = (
        jnp.concatenate([_raised(plane, wires) for plane in planes], axis=1) for planes in (left, right)
    )
    return jnp.sum(left_stack @ jnp.swapaxes(right_stack, 1, 2), axis=0)


def _around(wires: tuple[int, ...], qubits: int) -> tuple[int, int]:
    """Values of the qubits before and after neighbouring wires."""
    return 2 ** wires[0], 2 ** (qubits - 1 - wires[-1])


def _raised(plane: Plane, wires: tuple[int, ...]) -> Float[Array, "before dimension after"]:
    """The plane with the values of ``wires`` on an axis of their own."""
    qubits, dimension = plane.size.bit_length() - 1, 2 ** len(wires)
    if not _neighbours(wires):
        front = jnp.moveaxis(plane.reshape((2,) * qubits), wires, range(len(wires)))
        return front.reshape(1, dimension, -1)
    before, after = _around(wires, qubits)
    if before == 1:
        return _columns(plane, dimension)[None]
    return plane.reshape(before, dimension, after)


def _lowered(raised: Float[Array, "before dimension after"], wires: tuple[int, ...], shape: tuple[int, ...]) -> Plane:
    """The inverse of :func:`_raised`."""
    qubits = raised.size.bit_length() - 1
    if not _neighbours(wires):
        front = raised.reshape((2,) * qubits)
        return jnp.moveaxis(front, range(len(wires)), wires).reshape(shape)
    if raised.shape[0] == 1:
        return _rows(raised[0], shape[1])
    return raised.reshape(shape)


def split(planes: Planes) -> Planes:
    """The planes, split along the leading qubits over the devices of the mesh in force, if it has several."""
    if _devices() == 1:
        return planes
    return Planes(*(jax.lax.with_sharding_constraint(plane, PartitionSpec(AXIS)) for plane in planes))


def _devices() -> int:
    """Devices over which a state is split."""
    mesh = jax.sharding.get_abstract_mesh()
    return dict(zip(mesh.axis_names, mesh.axis_sizes, strict=True)).get(AXIS, 1)


def _columns(plane: Plane, dimension: int) -> Float[Array, "dimension rest"]:
    """The plane as a matrix whose rows are the values of its leading qubits.

    A state that is split over devices is split by rows, which a product from the left needs whole: every device sends
    its rows of the others' columns to them, so that it holds columns, no more bytes than before.
    """
    parts = _devices()
    if parts == 1 or dimension % parts:
        return plane.reshape(dimension, -1)

    def exchange(rows: Array) -> Array:
        return jax.lax.all_to_all(rows.reshape(dimension // parts, -1), AXIS, 1, 0, tiled=True)

    return jax.shard_map(
        exchange, in_specs=PartitionSpec(AXIS), out_specs=PartitionSpec(None, AXIS), axis_names={AXIS}
    )(plane)


def _rows(columns: Float[Array, "dimension rest"], lower: int) -> Plane:
    """The inverse of :func:`_columns`, for a plane of ``lower`` columns."""
    dimension, parts = columns.shape[0], _devices()
    if parts == 1 or dimension % parts:
        return columns.reshape(-1, lower)

    def exchange(part: Array) -> Array:
        return jax.lax.all_to_all(part, AXIS, 0, 1, tiled=True).reshape(-1, lower)

    return jax.shard_map(
        exchange, in_specs=PartitionSpec(None, AXIS), out_specs=PartitionSpec(AXIS), axis_names={AXIS}
    )(columns)


def _neighbours(wires: tuple[int, ...]) -> bool:
    return all(second == first + 1 for first, second in itertools.pairwise(wires))
