"""Parameter-shift rules: their coefficients, and circuits differentiated by them as a custom VJP.

An expectation value is a trigonometric polynomial in every gate angle. One with R frequencies is fixed by 2R + 1
values, and its derivative by 2R (Wierichs, Izaac, Wang, Lin 2022, Quantum 6, 677). Knows circuits as functions only.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.interface import Unsupported

Angles: TypeAlias = tuple[Float[Array, "..."], ...]
Circuit: TypeAlias = Callable[[Angles, PyTree, PRNGKeyArray | None], PyTree]
"""``(angles, others, key) -> values``, real: gate angles in radians, whatever else enters, a key where there are shots.
"""

_DIGITS = 8
"""Decimals to which frequencies are told apart."""
_SCALES = np.geomspace(0.25, 4.0, 129)
STATES_A_CIRCUIT = 4
"""State vectors that one simulated circuit holds at once: the state, its successor and temporaries."""


@dataclass(frozen=True)
class ShiftRule:
    """f'(φ) = Σ coefficients[i] · f(φ + shifts[i]), exact for the frequencies it was made for.

    Attributes:
        shifts: In radians.
        coefficients: One a shift.
    """

    shifts: tuple[float, ...]
    coefficients: tuple[float, ...]

    @property
    def terms(self) -> int:
        """Circuits that one derivative takes: 2R."""
        return len(self.shifts)

    @property
    def variance_factor(self) -> float:
        """Σ c²: with S shots a circuit and single-shot variance at most 1, Var ≤ Σ c² / S. One half for two terms."""
        return sum(coefficient**2 for coefficient in self.coefficients)


@functools.lru_cache(maxsize=256)
def shift_rule(gate_frequencies: tuple[float, ...]) -> ShiftRule:
    """The rule with 2R terms for R frequencies, the shifts in pairs ±x.

    Equidistant frequencies kΩ, k = 1 … R (eq. 17 of Wierichs et al. 2022, in units of Ω): x_μ = (2μ-1)π/(2RΩ) with
    coefficients ±Ω(-1)^(μ-1) / (4R sin²(Ωx_μ/2)). For R = 1 that is the two-term rule of Schuld et al. 2019, for
    R = 2 the four-term rule of controlled rotations. Others: the coefficients solve Σ_μ y_μ 2 sin(Ω_k x_μ) = Ω_k, at
    those shifts x_μ = s(2μ-1)π/(2R), s on a grid, for which Σ y² and with it the variance under shots is least.

    Raises:
        Unsupported: If a frequency is not positive.
    """
    if any(frequency <= 0 for frequency in gate_frequencies):
        raise Unsupported(f"frequencies={gate_frequencies} must be positive: differences of distinct eigenvalues")
    values = np.array(sorted(set(gate_frequencies)))
    if not values.size:
        return ShiftRule((), ())
    steps = np.arange(1, values.size + 1)
    # In units of the lowest frequency.
    odd = (2 * steps - 1) * np.pi / (2 * values.size) / values[0]
    if np.allclose(values, steps * values[0], atol=10**-_DIGITS):
        shifts = odd
        coefficients = values[0] * (-1.0) ** (steps - 1) / (4 * values.size * np.sin(values[0] * odd / 2) ** 2)
    else:
        shifts, coefficients = _arbitrary(values, odd)
    pairs = zip(shifts, coefficients, strict=True)
    terms = [(sign * float(shift), sign * float(weight)) for shift, weight in pairs for sign in (1, -1)]
    return ShiftRule(tuple(shift for shift, _ in terms), tuple(weight for _, weight in terms))


def _arbitrary(values: np.ndarray, odd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    solutions = []
    for scale in _SCALES:
        system = 2 * np.sin(values[:, None] * scale * odd[None, :])
        if np.linalg.cond(system) < 1e6:
            solutions.append((scale * odd, np.linalg.solve(system, values)))
    if not solutions:
        raise Unsupported(
            f"frequencies={tuple(values)} are too close to one another for a shift rule; "
            "differentiate by adjoint or backprop"
        )
    return min(solutions, key=lambda solution: float(np.sum(solution[1] ** 2)))


def circuits_within(memory_bytes: int, qubits: int, amplitude_bytes: int = 8) -> int:
    """How many circuits of a register fit a memory budget at once; at least one."""
    return max(1, memory_bytes // (STATES_A_CIRCUIT * amplitude_bytes * 2**qubits))


def shifted(circuit: Circuit, rules: Sequence[Sequence[ShiftRule]], chunk: int) -> Circuit:
    """The circuit with its derivatives taken by parameter-shift rules, one a gate angle.

    ∂f/∂φ_j = Σ_i c_ji f(φ + s_ji e_j). Only arrays of angles whose gradient is asked for are shifted. Shifted circuits
    are evaluated ``chunk`` at a time, each with a key of its own.

    What enters no gate angle (an initial state, coefficients of an observable) has no shift rule. Where a gradient with
    respect to it is asked for, it is taken through the circuit as it is: exact on a simulator, but not something that
    hardware could measure.

    Args:
        circuit: ``(angles, others, key) -> values``, real.
        rules: For each array of ``angles``, the rule of each of its elements in C order.
        chunk: Circuits evaluated at once, which bounds memory.
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
    circuit: Circuit,
    rules: Sequence[Sequence[ShiftRule]],
    chunk: int,
    chosen: Sequence[int],
    angles: Angles,
    others: PyTree,
    key: PRNGKeyArray | None,
    cotangent: PyTree,
) -> list[Array]:
    """The gradient with respect to the ``chosen`` arrays of angles."""
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
