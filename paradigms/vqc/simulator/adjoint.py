"""Layers of stages, one after another, and their gradient by reversibility.

Every stage is unitary, so nothing need be kept on the way forward: the way back undoes layer after layer on the state
(ket) and on its cotangent (bra) together, and gathers the derivatives of a layer's numbers between the two. No state is
kept, whatever the depth, and the layers' matrices are made a few layers at a time, anew on the way back (the adjoint
method; Jones & Gacon 2020, arXiv 2009.02823, with both vectors undone by one program). Forward mode carries the state
and its derivative through the layers together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from paradigms.tangents import with_tangent_map
from paradigms.vqc.simulator.fused import Numbers, Stage
from paradigms.vqc.simulator.memory import LEAST_PREPARED, MOST_PREPARED
from paradigms.vqc.simulator.statevector import Planes, split

Reverse = Literal["adjoint", "backprop"]
"""How a circuit is differentiated: by reversibility, or by JAX through every operation."""


def evolve(stages: Sequence[Stage], planes: Planes, numbers: Numbers, reverse: Reverse) -> Planes:
    """The state after all layers, each of which is ``stages`` with its own row of ``numbers``."""
    layers = numbers.angles.shape[0]
    if reverse == "backprop":
        return _forward(stages, planes, _prepare(stages, numbers), 0, layers)
    size = _piece(layers)
    count, rest = divmod(layers, size)

    def forward(planes: Planes, numbers: Numbers) -> Planes:
        def piece(planes: Planes, one: tuple[Array, Numbers]) -> tuple[Planes, None]:
            first, own = one
            return _forward(stages, planes, _prepare(stages, own), first, size), None

        planes, _ = _scan(piece, planes, (size * jnp.arange(count), _cut(numbers, count, size)), count)
        if rest:
            planes = _forward(stages, planes, _prepare(stages, _last(numbers, rest)), count * size, rest)
        return planes

    def undone(planes: Planes, numbers: Numbers) -> Planes:
        if rest:
            planes = _undo(stages, planes, _prepare(stages, _last(numbers, rest)), count * size, rest)

        def piece(planes: Planes, one: tuple[Array, Numbers]) -> tuple[Planes, None]:
            first, own = one
            return _undo(stages, planes, _prepare(stages, own), first, size), None

        pieces = (size * jnp.arange(count), _cut(numbers, count, size))
        return _scan(piece, planes, pieces, count, reverse=True)[0]

    def keep(planes: Planes, numbers: Numbers) -> tuple[Planes, tuple[Planes, Numbers]]:
        after = forward(planes, numbers)
        return after, (after, numbers)

    def backward(kept: tuple[Planes, Numbers], bra: Planes) -> tuple[Planes, Numbers]:
        ket, numbers = kept
        both = (ket, split(bra))
        if rest:
            both, to_last = _backward(stages, both, _last(numbers, rest), count * size)

        def piece(both: tuple[Planes, Planes], one: tuple[Array, Numbers]) -> tuple[tuple[Planes, Planes], Numbers]:
            first, own = one
            return _backward(stages, both, own, first)

        pieces = (size * jnp.arange(count), _cut(numbers, count, size))
        (_, bra), to_numbers = _scan(piece, both, pieces, count, reverse=True)
        to_numbers = jax.tree.map(lambda x: x.reshape(count * size, *x.shape[2:]), to_numbers)
        if rest:
            to_numbers = jax.tree.map(lambda x, y: jnp.concatenate([x, y]), to_numbers, to_last)
        return bra, to_numbers

    def tangent(kept: tuple[Planes, Numbers], tangents: tuple[Planes, Numbers]) -> Planes:
        # From the state before, which is not kept for the sake of this either.
        after, numbers = kept
        return jax.jvp(forward, (undone(after, numbers), numbers), tangents)[1]

    return with_tangent_map(forward, keep, tangent, backward)(planes, numbers)


def _piece(layers: int) -> int:
    """Layers that are prepared together: a divisor where a good one exists, so that there is no shorter rest."""
    divisor = max(size for size in range(1, MOST_PREPARED + 1) if layers % size == 0)
    return divisor if divisor >= min(layers, LEAST_PREPARED) else MOST_PREPARED


def _cut(numbers: Numbers, count: int, size: int) -> Numbers:
    return jax.tree.map(lambda x: x[: count * size].reshape(count, size, *x.shape[1:]), numbers)


def _last(numbers: Numbers, rest: int) -> Numbers:
    return jax.tree.map(lambda x: x[-rest:], numbers)


def _prepare(stages: Sequence[Stage], numbers: Numbers) -> tuple[PyTree[Array], ...]:
    return tuple(stage.prepare(numbers) for stage in stages)


def _forward(stages: Sequence[Stage], planes: Planes, prepared: tuple, first: int | Array, layers: int) -> Planes:
    """``layers`` layers, the first of which is number ``first``."""

    def step(planes: Planes, one: tuple[Array, PyTree[Array]]) -> tuple[Planes, None]:
        layer, taken = one
        for stage, numbers in zip(stages, taken, strict=True):
            planes = split(stage.apply(planes, numbers, layer))
        return planes, None

    return _scan(step, planes, (first + jnp.arange(layers), prepared), layers)[0]


def _undo(stages: Sequence[Stage], planes: Planes, prepared: tuple, first: int | Array, layers: int) -> Planes:
    """The inverse of :func:`_forward`."""

    def step(planes: Planes, one: tuple[Array, PyTree[Array]]) -> tuple[Planes, None]:
        layer, taken = one
        for stage, numbers in zip(reversed(stages), reversed(taken), strict=True):
            planes = split(stage.undo(planes, numbers, layer))
        return planes, None

    return _scan(step, planes, (first + jnp.arange(layers), prepared), layers, reverse=True)[0]


def _backward(
    stages: Sequence[Stage], both: tuple[Planes, Planes], numbers: Numbers, first: int | Array
) -> tuple[tuple[Planes, Planes], Numbers]:
    """The same layers undone on ket and bra, and the cotangent of their numbers."""
    prepared, to_numbers = jax.vjp(lambda numbers: _prepare(stages, numbers), numbers)

    def step(both: tuple[Planes, Planes], one: tuple[Array, PyTree[Array]]) -> tuple[tuple[Planes, Planes], PyTree]:
        ket, bra = both
        layer, taken = one
        gathered = []
        for stage, numbers in zip(reversed(stages), reversed(taken), strict=True):
            ket, bra = (split(stage.undo(planes, numbers, layer)) for planes in (ket, bra))
            gathered.append(stage.gather(ket, bra))
        return (ket, bra), tuple(reversed(gathered))

    layers = numbers.angles.shape[0]
    both, gathered = _scan(step, both, (first + jnp.arange(layers), prepared), layers, reverse=True)
    gradients = tuple(stage.gradient(*pair) for stage, *pair in zip(stages, gathered, prepared, strict=True))
    return both, *to_numbers(gradients)


def _scan(step, carry: PyTree, xs: PyTree[Array], layers: int, reverse: bool = False) -> tuple[PyTree, PyTree]:
    """``lax.scan``; a single layer without the loop."""
    if layers != 1:
        return jax.lax.scan(step, carry, xs, reverse=reverse)
    carry, gathered = step(carry, jax.tree.map(lambda x: x[0], xs))
    return carry, jax.tree.map(lambda x: x[None], gathered)
