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


CircuitOfAngles: TypeAlias = Callable[[Angles, PyTree, PRNGKeyArray | None], PyTree]
"""``(angles, others, key) -> values``, real: gate angles in radians, whatever else enters, a key where there are shots.
"""


def shifted(circuit: CircuitOfAngles, rules: Sequence[Sequence[ShiftRule]], chunk: int) -> CircuitOfAngles:
    """Make the circuit one whose derivatives are taken by parameter-shift rules, one for each gate angle.

    ∂f/∂φ_j = Σ_i c_ji f(φ + s_ji e_j). Only arrays of angles whose gradient is asked for are shifted. Shifted circuits
    are evaluated ``chunk`` at a time, each with a key of its own.

    What enters no gate angle (an initial state, coefficients of an observable) has no shift rule. Where a gradient with
    respect to it is asked for, it is taken through the circuit as it is: exact on a simulator, but not something that
    hardware could measure.

    Args:
        circuit: ``(angles, others, key) -> values``, real.
        rules: For each array of ``angles``, the rule of each of its elements in C order.
        chunk: How many circuits are evaluated at once, which bounds memory.
    """

    def forward(angles: Any, others: Any, key: Any) -> tuple[PyTree, tuple]:
        angle_values, other_values = _values(angles), _values(others)
        key_value = _values(key)
        # The presence of an entry says, without an array, whether its gradient is wanted.
        wanted = tuple(angle.value if angle.perturbed else None for angle in angles)
        wanted_others = jax.tree.map(lambda leaf: leaf.value if leaf.perturbed else None, others)
        residuals = (angle_values, other_values, key_value, wanted, wanted_others)
        return circuit(angle_values, other_values, key_value), residuals

    def backward(residuals: tuple, cotangent: Any) -> tuple[Any, Any, None]:
        angles, others, key, wanted, wanted_others = residuals
        chosen = [position for position, angle in enumerate(wanted) if angle is not None]
        gradient: list[Array | None] = [None] * len(angles)
        if chosen:
            parts = _shift_gradient(circuit, rules, chunk, chosen, angles, others, key, cotangent)
            for position, part in zip(chosen, parts, strict=True):
                gradient[position] = part
        other_gradient = None
        if jax.tree.leaves(wanted_others):
            values, pullback = jax.vjp(lambda rest: circuit(angles, rest, key), others)
            (other_gradient,) = pullback(_instantiated(cotangent, values))
        return tuple(gradient), other_gradient, None

    rule = jax.custom_vjp(circuit)
    rule.defvjp(forward, backward, symbolic_zeros=True)
    return rule


def _values(primals: Any) -> Any:
    return jax.tree.map(lambda primal: primal.value, primals)


def _is_symbolic_zero(leaf: Any) -> bool:
    return isinstance(leaf, SymbolicZero)


def _instantiated(cotangent: Any, values: PyTree) -> PyTree:
    def instantiate(one: Any, value: Array) -> Array:
        return jnp.zeros_like(value) if _is_symbolic_zero(one) else one

    return jax.tree.map(instantiate, cotangent, values, is_leaf=_is_symbolic_zero)


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
