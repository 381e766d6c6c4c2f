"""The product of spikes and weights, taken event by event where few inputs spike.

A dense product multiplies every input, most of them zero. Here each row of ``values`` visits its own events only, and
adds up the weight rows they name: forward over the channels of a step, backward over the steps of a channel, both by
gathering, never by scattering. Bits are packed 32 to a word, so that the next event is found by counting trailing
zeros. Which of the two is done is decided at run time from the measured density.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Shaped, UInt32

from paradigms.snn.connections import Connection, Dense
from paradigms.tangents import with_tangent_map

LEAST_INPUTS = 64
"""Below this many inputs the dense product is always taken: it is small."""
DENSEST = 0.2
"""Largest share of inputs of the busiest row for which the event product is taken. Measured on one CPU core at 640 x
700 x 256, of the dense product's time: 0.25, 0.41, 0.57, 0.77 where the mean share is 0.03, 0.06, 0.1, 0.15 and the
busiest row's 0.05, 0.09, 0.14, 0.2."""
WORD = 32
CHUNK = WORD * WORD
"""Bits that two levels of words hold: longer rows are taken in pieces."""
EVENTS_A_TURN = 4
"""Events of each row that are added in one turn of the loop: fewer passes over the sums."""


def connect(
    connection: Connection, values: Shaped[Array, "time batch *shape"], *, event_driven: bool
) -> tuple[Float[Array, "time batch *outputs"], Bool[Array, ""]]:
    """Apply a connection, event by event where that is faster.

    Args:
        connection: What the values pass through.
        values: The values at each step of a block.
        event_driven: Whether it may be taken event by event, for ``values`` are 0 and 1; few events at run time and a
            dense connection of at least ``LEAST_INPUTS`` inputs are needed too.

    Returns:
        The currents, and whether they were computed event by event.
    """
    if not (event_driven and isinstance(connection, Dense) and values.shape[-1] >= LEAST_INPUTS):
        return connection(values.astype(connection.weight.dtype)), jnp.asarray(False)
    rows = values.reshape(-1, values.shape[-1]) != 0
    currents = event_product(rows, connection.weight, connection.bias)
    return currents.reshape(*values.shape[:-1], -1), is_sparse(_words(rows, 1), rows.shape[1])


def event_product(
    rows: Bool[Array, "rows inputs"], weight: Float[Array, "inputs outputs"], bias: Float[Array, " outputs"]
) -> Float[Array, "rows outputs"]:
    """Compute ``rows @ weight + bias``."""
    return _product(rows, weight, bias)


def _sparse_or_dense(matrix: Bool[Array, "_ _"], table: Float[Array, "_ outputs"], start: Array, axis: int) -> Array:
    """``start`` plus the product of the matrix, whose ``axis`` numbers the table's rows, and the table."""
    words = _words(matrix, axis)
    return jax.lax.cond(
        is_sparse(words, matrix.shape[axis]),
        lambda words, matrix, table, start: _by_events(words, table, start),
        lambda words, matrix, table, start: (matrix if axis else matrix.T).astype(table.dtype) @ table + start,
        words,
        matrix,
        table,
        start,
    )


def is_sparse(words: list[UInt32[Array, "_ rows"]], inputs: int) -> Bool[Array, ""]:
    """Say whether the busiest row has few enough events for the event product."""
    events = sum(jnp.sum(jax.lax.population_count(piece), axis=0) for piece in words)
    return jnp.max(events) <= int(DENSEST * inputs)


def _plain(rows: Array, weight: Array, bias: Array) -> Array:
    return _sparse_or_dense(rows, weight, bias, 1)


def _forward(rows: Array, weight: Array, bias: Array) -> tuple[Array, Array]:
    return _plain(rows, weight, bias), rows


def _tangent(rows: Array, tangents: tuple[Any, Array, Array]) -> Array:
    return _plain(rows, *tangents[1:])


def _backward(rows: Array, cotangent: Array) -> tuple[None, Array, Array]:
    none = jnp.zeros(cotangent.shape[1], cotangent.dtype)
    return None, _sparse_or_dense(rows, cotangent, none, 0), jnp.sum(cotangent, axis=0)


_product = with_tangent_map(_plain, _forward, _tangent, _backward)


def _by_events(words: list[Array], table: Array, start: Array) -> Array:
    total = jnp.broadcast_to(start, (words[0].shape[1], table.shape[1]))
    for index, piece in enumerate(words):
        total = _gather(piece, table[CHUNK * index : CHUNK * (index + 1)], total)
    return total


def _words(matrix: Bool[Array, "_ _"], axis: int) -> list[UInt32[Array, "words rows"]]:
    """The bits along ``axis`` of a matrix, packed; of each piece of the axis."""
    size = matrix.shape[axis]
    pieces = (
        jax.lax.slice_in_dim(matrix, start, min(start + CHUNK, size), axis=axis) for start in range(0, size, CHUNK)
    )
    return [_pack(piece, axis) for piece in pieces]


def _pack(matrix: Bool[Array, "_ _"], axis: int) -> UInt32[Array, "words rows"]:
    """Bit ``i`` of word ``w`` is place ``32 w + i`` along the axis."""
    padding = [(0, 0), (0, 0)]
    padding[axis] = (0, -matrix.shape[axis] % WORD)
    padded = jnp.pad(matrix, padding).astype(jnp.uint32)
    places = jnp.arange(WORD, dtype=jnp.uint32)
    # Either way the sum runs along the array as it lies; a transposed one would be read across.
    if axis == 0:
        return jnp.sum(padded.reshape(-1, WORD, matrix.shape[1]) << places[:, None], axis=1, dtype=jnp.uint32)
    return jnp.sum(padded.reshape(matrix.shape[0], -1, WORD) << places, axis=2, dtype=jnp.uint32).T


def _lowest(word: UInt32[Array, " rows"]) -> tuple[UInt32[Array, " rows"], UInt32[Array, " rows"]]:
    """The lowest set bit and its place; 32 where none is set."""
    bit = word & (~word + 1)
    return bit, jax.lax.population_count(bit - 1)


def _gather(
    words: UInt32[Array, "words rows"], table: Float[Array, "inputs outputs"], total: Float[Array, "rows outputs"]
) -> Float[Array, "rows outputs"]:
    """Add to each row of ``total`` those rows of the table that its events name."""
    number, rows = words.shape
    every, beyond = jnp.arange(rows), table.shape[0]  # the place that adds nothing, where no event is left
    filled = jnp.sum(
        (words != 0).astype(jnp.uint32) << jnp.arange(number, dtype=jnp.uint32)[:, None], axis=0, dtype=jnp.uint32
    )

    def next_event(word: Array, place: Array, left: Array) -> tuple[Array, Array, Array, Array]:
        bit, first = _lowest(left)
        empty = word == 0
        taken = empty & (left != 0)
        word = jnp.where(taken, words.at[jnp.minimum(first, number - 1), every].get(mode="promise_in_bounds"), word)
        place = jnp.where(taken, first, place)
        left = jnp.where(taken, left ^ bit, left)
        bit, position = _lowest(word)
        index = jnp.where(word == 0, beyond, WORD * place + position)
        return index.astype(jnp.int32), word ^ bit, place, left

    def turn(carry: tuple) -> tuple:
        word, place, left, total = carry
        indices = []
        for _ in range(EVENTS_A_TURN):
            index, word, place, left = next_event(word, place, left)
            indices.append(index)
        # Without the barrier XLA finds the events again for every output.
        indices, word, place, left = jax.lax.optimization_barrier((indices, word, place, left))
        for index in indices:
            total = total + table.at[index].get(mode="fill", fill_value=0)
        return word, place, left, total

    none = jnp.zeros((rows,), jnp.uint32)
    carry = (none, none, filled, total)
    *_, total = jax.lax.while_loop(lambda carry: jnp.any((carry[0] | carry[2]) != 0), turn, carry)
    return total
