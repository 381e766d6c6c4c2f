"""Layers of fused gates, one after another, and their gradient by the adjoint method.

Every fused gate is unitary, so nothing need be kept on the way forward: the way back undoes layer after layer on the
state (ket) and on its cotangent (bra) together, and gathers the derivatives of a layer's parameters between the two. No
state is kept, whatever the depth, and the layers' matrices are made a few layers at a time, anew on the way back (Jones
& Gacon 2020, arXiv 2009.02823, with both vectors undone by one program). Forward mode carries the state and its
derivative through the layers together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from paradigms.tangents import with_tangent_map
from paradigms.target import target_platform
from paradigms.vqc.simulator.fused import FusedGate, GateParameters
from paradigms.vqc.simulator.memory import LEAST_PREPARED, MOST_PREPARED
from paradigms.vqc.simulator.statevector import StateVector, sharded

Reverse = Literal["adjoint", "backprop"]
"""How a circuit is differentiated: by undoing its layers, or by JAX through every operation."""


def apply_layers(
    gates: Sequence[FusedGate], state: StateVector, parameters: GateParameters, reverse: Reverse
) -> StateVector:
    """Apply all layers to a state, differentiable as ``reverse`` says.

    Args:
        gates: The fused gates of one layer.
        state: The state before the first layer.
        parameters: What the gates take, one row per layer.
        reverse: How the gradient is taken.

    Returns:
        The state after the last layer.
    """
    layers = parameters.angles.shape[0]
    if reverse == "backprop":
        return _forward(gates, state, _prepare(gates, parameters), 0, layers)
    size = _piece(layers)
    count, rest = divmod(layers, size)

    def forward(state: StateVector, parameters: GateParameters) -> StateVector:
        def piece(state: StateVector, one: tuple[Array, GateParameters]) -> tuple[StateVector, None]:
            first, own = one
            return _forward(gates, state, _prepare(gates, own), first, size), None

        state, _ = _scan(piece, state, (size * jnp.arange(count), _cut(parameters, count, size)), count)
        if rest:
            state = _forward(gates, state, _prepare(gates, _last(parameters, rest)), count * size, rest)
        return state

    def undone(state: StateVector, parameters: GateParameters) -> StateVector:
        if rest:
            state = _undo(gates, state, _prepare(gates, _last(parameters, rest)), count * size, rest)

        def piece(state: StateVector, one: tuple[Array, GateParameters]) -> tuple[StateVector, None]:
            first, own = one
            return _undo(gates, state, _prepare(gates, own), first, size), None

        pieces = (size * jnp.arange(count), _cut(parameters, count, size))
        return _scan(piece, state, pieces, count, reverse=True)[0]

    def keep(state: StateVector, parameters: GateParameters) -> tuple[StateVector, tuple[StateVector, GateParameters]]:
        after = forward(state, parameters)
        return after, (after, parameters)

    def backward(kept: tuple[StateVector, GateParameters], bra: StateVector) -> tuple[StateVector, GateParameters]:
        ket, parameters = kept
        both = (ket, sharded(bra))
        if rest:
            both, to_last = _backward(gates, both, _last(parameters, rest), count * size)

        def piece(
            both: tuple[StateVector, StateVector], one: tuple[Array, GateParameters]
        ) -> tuple[tuple[StateVector, StateVector], GateParameters]:
            first, own = one
            return _backward(gates, both, own, first)

        pieces = (size * jnp.arange(count), _cut(parameters, count, size))
        (_, bra), to_parameters = _scan(piece, both, pieces, count, reverse=True)
        to_parameters = jax.tree.map(lambda x: x.reshape(count * size, *x.shape[2:]), to_parameters)
        if rest:
            to_parameters = jax.tree.map(lambda x, y: jnp.concatenate([x, y]), to_parameters, to_last)
        return bra, to_parameters

    def tangent(kept: tuple[StateVector, GateParameters], tangents: tuple[StateVector, GateParameters]) -> StateVector:
        # From the state before, which is not kept for the sake of this either.
        after, parameters = kept
        return jax.jvp(forward, (undone(after, parameters), parameters), tangents)[1]

    return with_tangent_map(forward, keep, tangent, backward)(state, parameters)


def _piece(layers: int) -> int:
    """Choose how many layers are prepared together: a divisor of their number where a good one exists."""
    if target_platform() == "tpu":
        # Its compiler unrolls over layers what it cannot lay out; most of the code would be that of small matrices.
        return 1
    divisor = max(size for size in range(1, MOST_PREPARED + 1) if layers % size == 0)
    return divisor if divisor >= min(layers, LEAST_PREPARED) else MOST_PREPARED


def _cut(parameters: GateParameters, count: int, size: int) -> GateParameters:
    return jax.tree.map(lambda x: x[: count * size].reshape(count, size, *x.shape[1:]), parameters)


def _last(parameters: GateParameters, rest: int) -> GateParameters:
    return jax.tree.map(lambda x: x[-rest:], parameters)


def _prepare(gates: Sequence[FusedGate], parameters: GateParameters) -> tuple[PyTree[Array], ...]:
    return tuple(gate.prepare(parameters) for gate in gates)


def _forward(
    gates: Sequence[FusedGate], state: StateVector, prepared: tuple, first: int | Array, layers: int
) -> StateVector:
    """Apply ``layers`` layers, the first of which is number ``first``."""

    def step(state: StateVector, one: tuple[Array, PyTree[Array]]) -> tuple[StateVector, None]:
        layer, taken = one
        for gate, parameters in zip(gates, taken, strict=True):
            state = sharded(gate.apply(state, parameters, layer))
        return state, None

    return _scan(step, state, (first + jnp.arange(layers), prepared), layers)[0]


def _undo(
    gates: Sequence[FusedGate], state: StateVector, prepared: tuple, first: int | Array, layers: int
) -> StateVector:
    """Undo :func:`_forward`."""

    def step(state: StateVector, one: tuple[Array, PyTree[Array]]) -> tuple[StateVector, None]:
        layer, taken = one
        for gate, parameters in zip(reversed(gates), reversed(taken), strict=True):
            state = sharded(gate.undo(state, parameters, layer))
        return state, None

    return _scan(step, state, (first + jnp.arange(layers), prepared), layers, reverse=True)[0]


def _backward(
    gates: Sequence[FusedGate], both: tuple[StateVector, StateVector], parameters: GateParameters, first: int | Array
) -> tuple[tuple[StateVector, StateVector], GateParameters]:
    """Undo layers on ket and bra, and return the cotangent of their parameters too."""
    prepared, to_parameters = jax.vjp(lambda parameters: _prepare(gates, parameters), parameters)

    def step(
        both: tuple[StateVector, StateVector], one: tuple[Array, PyTree[Array]]
    ) -> tuple[tuple[StateVector, StateVector], PyTree]:
        ket, bra = both
        layer, taken = one
        gathered = []
        for gate, parameters in zip(reversed(gates), reversed(taken), strict=True):
            ket, bra = (sharded(gate.undo(state, parameters, layer)) for state in (ket, bra))
            gathered.append(gate.gather(ket, bra))
        return (ket, bra), tuple(reversed(gathered))

    layers = parameters.angles.shape[0]
    both, gathered = _scan(step, both, (first + jnp.arange(layers), prepared), layers, reverse=True)
    gradients = tuple(gate.gradient(*pair) for gate, *pair in zip(gates, gathered, prepared, strict=True))
    return both, *to_parameters(gradients)


def _scan(step, carry: PyTree, xs: PyTree[Array], layers: int, reverse: bool = False) -> tuple[PyTree, PyTree]:
    """Call ``lax.scan``; a single layer needs no loop."""
    if layers != 1:
        return jax.lax.scan(step, carry, xs, reverse=reverse)
    carry, gathered = step(carry, jax.tree.map(lambda x: x[0], xs))
    return carry, jax.tree.map(lambda x: x[None], gathered)
