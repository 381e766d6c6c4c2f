"""Circuits differentiated by parameter-shift rules, as a custom VJP of JAX. Knows circuits as functions only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.vqc.gradients.shift_rules import ShiftRule

Angles: TypeAlias = tuple[Float[Array, "..."], ...]

_ORDERS = 2**30
"""More than there are shifted circuits: where the keys of derivatives of higher order are counted from."""


CircuitOfAngles: TypeAlias = Callable[[Angles, PyTree, PRNGKeyArray | None], PyTree]
"""``(angles, others, key) -> values``, real: gate angles in radians, whatever else enters, a key where there are shots.
"""


def shifted(circuit: CircuitOfAngles, rules: Sequence[Sequence[ShiftRule]], chunk: int) -> CircuitOfAngles:
    """Make the circuit one whose derivatives are taken by parameter-shift rules, one for each gate angle.

    ∂f/∂φ_j = Σ_i c_ji f(φ + s_ji e_j). Only arrays of angles whose gradient is asked for are shifted. Shifted circuits
    are evaluated ``chunk`` at a time, each with a key of its own.

    What enters no gate angle (an initial state, coefficients of an observable) has no shift rule. Where a gradient with
    respect to it is asked for, it is taken through the circuit as it is: exact on a simulator, but not something that
    hardware could measure. With a key it must not enter what shots are drawn from.

    Derivatives of higher order, in reverse mode, shift shifted circuits, again with keys of their own.

    Args:
        circuit: ``(angles, others, key) -> values``, real.
        rules: For each array of ``angles``, the rule of each of its elements in C order.
        chunk: How many circuits are evaluated at once, which bounds memory.
    """
    return _of_order(circuit, rules, chunk, 1)


def _of_order(
    circuit: CircuitOfAngles, rules: Sequence[Sequence[ShiftRule]], chunk: int, order: int
) -> CircuitOfAngles:
    """Make :func:`shifted` for the derivative of an order, whose shifted circuits have that of the next."""

    def next_order(circuit: CircuitOfAngles) -> CircuitOfAngles:
        return _of_order(circuit, rules, chunk, order + 1)

    def forward(angles: Any, others: Any, key: Any) -> tuple[PyTree, tuple]:
        angle_values, other_values = _values(angles), _values(others)
        key_value = _values(key)
        # The presence of an entry says, without an array, whether its gradient is wanted.
        wanted = tuple(angle.value if angle.perturbed else None for angle in angles)
        wanted_others = jax.tree.map(lambda leaf: leaf.value if leaf.perturbed else None, others)
        residuals = (angle_values, other_values, key_value, wanted, wanted_others)
        return next_order(circuit)(angle_values, other_values, key_value), residuals

    def backward(residuals: tuple, cotangent: Any) -> tuple[Any, Any, None]:
        angles, others, key, wanted, wanted_others = residuals
        chosen = [position for position, angle in enumerate(wanted) if angle is not None]
        gradient: list[Array | None] = [None] * len(angles)
        if chosen:
            # Those of other orders would otherwise share their shots, and their products be biased.
            own = key if key is None or order == 1 else jax.random.fold_in(key, _ORDERS + order)
            parts = _shift_gradient(next_order(circuit), rules, chunk, chosen, angles, others, own, cotangent)
            for position, part in zip(chosen, parts, strict=True):
                gradient[position] = part
        other_gradient = None
        if jax.tree.leaves(wanted_others):
            every = jax.tree.structure(others).flatten_up_to(wanted_others)
            of_others = _gradient_of_others(circuit, [place for place, leaf in enumerate(every) if leaf is not None])
            # Where shots are drawn, its own derivatives by angles take shifts too.
            of_others = of_others if key is None else next_order(of_others)
            other_gradient = of_others(angles, (others, _instantiated(cotangent)), key)
        return tuple(gradient), other_gradient, None

    rule = jax.custom_vjp(circuit)
    rule.defvjp(forward, backward, symbolic_zeros=True)
    return rule


def _values(primals: Any) -> Any:
    return jax.tree.map(lambda primal: primal.value, primals)


def _is_symbolic_zero(leaf: Any) -> bool:
    return isinstance(leaf, SymbolicZero)


def _instantiated(cotangent: Any) -> PyTree:
    def instantiate(one: Any) -> Array:
        return jnp.zeros(one.shape, one.dtype) if _is_symbolic_zero(one) else one

    return jax.tree.map(instantiate, cotangent, is_leaf=_is_symbolic_zero)


def _gradient_of_others(circuit: CircuitOfAngles, places: Sequence[int]) -> CircuitOfAngles:
    """Make the function from ``(angles, (others, cotangent), key)`` to the gradient of those others in ``places``.

    The rest are ``None`` in it, and are not differentiated: shots that are drawn from one of them have no derivative.
    """

    def gradient(angles: Angles, others: PyTree, key: PRNGKeyArray | None) -> PyTree:
        given, cotangent = others
        leaves, structure = jax.tree.flatten(given)

        def of_wanted(*chosen: Array) -> PyTree:
            every = dict(enumerate(leaves)) | dict(zip(places, chosen, strict=True))
            return circuit(angles, structure.unflatten(every.values()), key)

        _, pullback = jax.vjp(of_wanted, *(leaves[place] for place in places))
        found = dict(zip(places, pullback(cotangent), strict=True))
        return structure.unflatten(map(found.get, range(len(leaves))))

    return gradient


def _shift_gradient(
    circuit: CircuitOfAngles,
    rules: Sequence[Sequence[ShiftRule]],
    chunk: int,
    chosen: Sequence[int],
    angles: Angles,
    others: PyTree,
    key: PRNGKeyArray | None,
    cotangent: PyTree,
) -> list[Array]:
    """Compute the gradient with respect to the ``chosen`` arrays of angles."""
    sizes = [angles[position].size for position in chosen]
    flat = jnp.concatenate([angles[position].reshape(-1) for position in chosen])
    every = [rule for position in chosen for rule in rules[position]]
    owners = np.repeat(np.arange(flat.size), [rule.terms for rule in every])
    shifts = jnp.asarray(np.array([shift for rule in every for shift in rule.shifts]), flat.dtype)
    coefficients = jnp.asarray(np.array([weight for rule in every for weight in rule.coefficients]), flat.dtype)

    def placed(vector: Array) -> Angles:
        pieces = iter(jnp.split(vector, np.cumsum(sizes)[:-1]))
        return tuple(
            next(pieces).reshape(angle.shape) if position in chosen else angle for position, angle in enumerate(angles)
        )

    def contracted(term: tuple[Array, Array, Array]) -> Array:
        number, owner, shift = term
        # Term 0 would otherwise share its shots with the forward pass.
        term_key = None if key is None else jax.random.fold_in(key, number + 1)
        values = circuit(placed(flat.at[owner].add(shift)), others, term_key)
        leaves = zip(jax.tree.leaves(values), jax.tree.leaves(cotangent, is_leaf=_is_symbolic_zero), strict=True)
        return sum((jnp.vdot(one, value) for value, one in leaves if not _is_symbolic_zero(one)), jnp.zeros(()))

    gradient = jnp.zeros_like(flat)
    if owners.size:  # there are none where all angles are global phases
        terms = (jnp.arange(owners.size), jnp.asarray(owners), shifts)
        slopes = jax.lax.map(contracted, terms, batch_size=min(chunk, owners.size))
        gradient = gradient.at[owners].add(coefficients * slopes)
    pieces = placed(gradient)
    return [pieces[position] for position in chosen]
