"""Products of a state vector with dense matrices on some of its wires, and their derivatives."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float

from paradigms.vqc.circuit.products import product
from paradigms.vqc.simulator.statevector import AXIS, Part, StateVector, shard_count


def multiply(matrix: Float[Array, "dimension dimension"], part: Part, wires: tuple[int, ...]) -> Part:
    """Apply a real matrix on some wires to one part of a state.

    Neighbouring wires in ascending order need no transposition: the part is a stack of matrices. On the last wires of
    the register that is one product from the right, elsewhere a batched product from the left.

    Args:
        matrix: The matrix; the first of ``wires`` is the most significant bit of its index.
        part: The real or the imaginary part.
        wires: Positions in the register.

    Returns:
        The part after the product.
    """
    before, after = _around(wires, part.size.bit_length() - 1)
    if after == 1 and _neighbours(wires):
        return product(part.reshape(before, -1), matrix.T).reshape(part.shape)
    raised = _raised(part, wires)
    whole = product(jnp.broadcast_to(matrix, (raised.shape[0], *matrix.shape)), raised)
    return _lowered(whole, wires, part.shape)


def overlap(left: Part, right: Part, wires: tuple[int, ...]) -> Float[Array, "dimension dimension"]:
    """Sum the products of amplitudes over all other qubits: left right^T.

    It is the gradient of ⟨left, M right⟩ with respect to a real matrix M on ``wires``.

    Returns:
        A matrix whose entry (i, j) sums ``left`` with ``wires`` at i times ``right`` with them at j.
    """
    before, after = _around(wires, left.size.bit_length() - 1)
    if after == 1 and _neighbours(wires):
        return product(left.reshape(before, -1).T, right.reshape(before, -1))
    return jnp.sum(product(_raised(left, wires), jnp.swapaxes(_raised(right, wires), 1, 2)), axis=0)


def multiply_complex(
    matrix: Float[Array, "dimension2 dimension2"], state: StateVector, wires: tuple[int, ...]
) -> StateVector:
    """Apply a complex matrix M = A + iB on ``wires``, given as the real matrix ``[[A, -B], [B, A]]``.

    Both parts are laid one above the other, so that one product does the work of four. Small registers gain from fewer
    and larger products, above all in batches.
    """
    before, after = _around(wires, state.qubits)
    if after == 1 and _neighbours(wires):
        both = product(jnp.concatenate([part.reshape(before, -1) for part in state], axis=1), matrix.T)
        return StateVector(*(part.reshape(state.real.shape) for part in jnp.split(both, 2, axis=1)))
    stacked = jnp.concatenate([_raised(part, wires) for part in state], axis=1)
    both = product(jnp.broadcast_to(matrix, (stacked.shape[0], *matrix.shape)), stacked)
    return StateVector(*(_lowered(part, wires, state.real.shape) for part in jnp.split(both, 2, axis=1)))


def overlap_complex(
    left: StateVector, right: StateVector, wires: tuple[int, ...]
) -> Float[Array, "dimension2 dimension2"]:
    """Return :func:`overlap` of states whose parts are laid one above the other.

    Its blocks are the overlaps of real with real, real with imaginary, imaginary with real and imaginary with
    imaginary.
    """
    before, after = _around(wires, left.qubits)
    if after == 1 and _neighbours(wires):
        left_rows, right_rows = (
            jnp.concatenate([part.reshape(before, -1) for part in state], axis=1) for state in (left, right)
        )
        return product(left_rows.T, right_rows)
    left_stack, right_stack = (
        jnp.concatenate([_raised(part, wires) for part in state], axis=1) for state in (left, right)
    )
    return jnp.sum(product(left_stack, jnp.swapaxes(right_stack, 1, 2)), axis=0)


def _around(wires: tuple[int, ...], qubits: int) -> tuple[int, int]:
    """Return the number of values of the qubits before and after neighbouring wires."""
    return 2 ** wires[0], 2 ** (qubits - 1 - wires[-1])


def _raised(part: Part, wires: tuple[int, ...]) -> Float[Array, "before dimension after"]:
    """Give the values of ``wires`` an axis of their own."""
    qubits, dimension = part.size.bit_length() - 1, 2 ** len(wires)
    if not _neighbours(wires):
        front = jnp.moveaxis(part.reshape((2,) * qubits), wires, range(len(wires)))
        return front.reshape(1, dimension, -1)
    before, after = _around(wires, qubits)
    if before == 1:
        return _columns(part, dimension)[None]
    return part.reshape(before, dimension, after)


def _lowered(raised: Float[Array, "before dimension after"], wires: tuple[int, ...], shape: tuple[int, ...]) -> Part:
    """Undo :func:`_raised`."""
    qubits = raised.size.bit_length() - 1
    if not _neighbours(wires):
        front = raised.reshape((2,) * qubits)
        return jnp.moveaxis(front, range(len(wires)), wires).reshape(shape)
    if raised.shape[0] == 1:
        return _rows(raised[0], shape[1])
    return raised.reshape(shape)


def _columns(part: Part, dimension: int) -> Float[Array, "dimension rest"]:
    """Reshape the part to a matrix whose rows are the values of its leading qubits.

    A state that is split over devices is split by rows, which a product from the left needs whole: every device sends
    its rows of the others' columns to them, so that it holds columns, no more bytes than before.
    """
    parts = shard_count()
    if parts == 1 or dimension % parts:
        return part.reshape(dimension, -1)

    def exchange(rows: Array) -> Array:
        return jax.lax.all_to_all(rows.reshape(dimension // parts, -1), AXIS, 1, 0, tiled=True)

    return jax.shard_map(
        exchange, in_specs=PartitionSpec(AXIS), out_specs=PartitionSpec(None, AXIS), axis_names={AXIS}
    )(part)


def _rows(columns: Float[Array, "dimension rest"], lower: int) -> Part:
    """Undo :func:`_columns`, for a part of ``lower`` columns."""
    dimension, parts = columns.shape[0], shard_count()
    if parts == 1 or dimension % parts:
        return columns.reshape(-1, lower)

    def exchange(part: Array) -> Array:
        return jax.lax.all_to_all(part, AXIS, 0, 1, tiled=True).reshape(-1, lower)

    return jax.shard_map(
        exchange, in_specs=PartitionSpec(None, AXIS), out_specs=PartitionSpec(AXIS), axis_names={AXIS}
    )(columns)


def _neighbours(wires: tuple[int, ...]) -> bool:
    return all(second == first + 1 for first, second in itertools.pairwise(wires))
