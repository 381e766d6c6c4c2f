"""Products of a state vector with dense matrices on some of its wires, and their derivatives."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float

from paradigms.vqc.simulator.statevector import AXIS, Plane, Planes, devices


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


def _columns(plane: Plane, dimension: int) -> Float[Array, "dimension rest"]:
    """The plane as a matrix whose rows are the values of its leading qubits.

    A state that is split over devices is split by rows, which a product from the left needs whole: every device sends
    its rows of the others' columns to them, so that it holds columns, no more bytes than before.
    """
    parts = devices()
    if parts == 1 or dimension % parts:
        return plane.reshape(dimension, -1)

    def exchange(rows: Array) -> Array:
        return jax.lax.all_to_all(rows.reshape(dimension // parts, -1), AXIS, 1, 0, tiled=True)

    return jax.shard_map(
        exchange, in_specs=PartitionSpec(AXIS), out_specs=PartitionSpec(None, AXIS), axis_names={AXIS}
    )(plane)


def _rows(columns: Float[Array, "dimension rest"], lower: int) -> Plane:
    """The inverse of :func:`_columns`, for a plane of ``lower`` columns."""
    dimension, parts = columns.shape[0], devices()
    if parts == 1 or dimension % parts:
        return columns.reshape(-1, lower)

    def exchange(part: Array) -> Array:
        return jax.lax.all_to_all(part, AXIS, 0, 1, tiled=True).reshape(-1, lower)

    return jax.shard_map(
        exchange, in_specs=PartitionSpec(None, AXIS), out_specs=PartitionSpec(AXIS), axis_names={AXIS}
    )(columns)


def _neighbours(wires: tuple[int, ...]) -> bool:
    return all(second == first + 1 for first, second in itertools.pairwise(wires))
