"""Which outputs of a traced program are elements of its input as they stand, found from the program itself.

Every array of the program is followed by the places in the input that its elements were taken from. Only operations
that move elements about are followed. Whatever else makes a number, it is no element of the input, even where it has
the same value (a clipped or a rectified number) or only another derivative (``stop_gradient``, a custom rule).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr, Jaxpr, JaxprEqn, Literal, Var

Places: TypeAlias = np.ndarray
"""For each element its place in the input, flattened; -1 for any other number."""


def copied_elements(program: ClosedJaxpr) -> list[Places]:
    """Find, for each output of a program of one array, where in that array its elements stand."""
    ((shape, _),) = map(_form, program.jaxpr.invars)
    given = _Followed(np.arange(np.prod(shape, dtype=int)).reshape(shape))
    return [output.places for output in _follow(program.jaxpr, program.consts, [given])]


def depends_on_tracers(program: ClosedJaxpr, on_input: bool) -> list[bool]:
    """Tell, for each output, whether it depends on a tracer.

    Args:
        program: The program.
        on_input: Whether the input counts as a tracer, beside those that the program closes over.
    """
    jaxpr = program.jaxpr
    closed_over = zip(jaxpr.constvars, program.consts, strict=True)
    reached = {variable for variable, const in closed_over if isinstance(const, Tracer)}
    reached.update(jaxpr.invars if on_input else ())

    def is_reached(atom: Any) -> bool:
        return isinstance(atom, Var) and atom in reached

    for equation in jaxpr.eqns:
        if any(map(is_reached, equation.invars)):
            reached.update(equation.outvars)
    return [is_reached(output) for output in jaxpr.outvars]


@dataclass(frozen=True)
class _Followed:
    """An array of the program: where its elements stand in the input, and its value if that depends on no tracer.

    A value is computed only where it is asked for, as the indices of a gather are.
    """

    places: Places
    value: Callable[[], Any] = lambda: None


def _follow(jaxpr: Jaxpr, consts: Sequence[Any], arguments: Sequence[_Followed]) -> list[_Followed]:
    found = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*map(_constant, consts), *arguments], strict=True))

    def of(atom: Any) -> _Followed:
        return _constant(atom.val) if isinstance(atom, Literal) else found[atom]

    for equation in jaxpr.eqns:
        results = _results(equation, [of(atom) for atom in equation.invars])
        found.update(zip(equation.outvars, results, strict=True))
    return [of(atom) for atom in jaxpr.outvars]


def _constant(value: Any) -> _Followed:
    known = None if isinstance(value, Tracer) else value
    return _Followed(np.full(np.shape(value), -1), lambda: known)


def _results(equation: JaxprEqn, operands: list[_Followed]) -> list[_Followed]:
    name = equation.primitive.name
    if name in ("jit", "pjit"):
        inner = equation.params["jaxpr"]
        return _follow(inner.jaxpr, inner.consts, operands)
    moved = _MOVES[name](equation, *operands) if name in _MOVES else None
    if moved is None:
        moved = [np.full(_form(output)[0], -1) for output in equation.outvars]

    @functools.cache
    def values() -> list:
        given = [operand.value() for operand in operands]
        if any(value is None for value in given):
            return [None] * len(moved)
        with jax.ensure_compile_time_eval():
            results = equation.primitive.bind(*map(jnp.asarray, given), **equation.params)
        return list(results) if equation.primitive.multiple_results else [results]

    return [_Followed(places, lambda number=number: values()[number]) for number, places in enumerate(moved)]


def _form(atom: Any) -> tuple[tuple[int, ...], Any]:
    """Return the shape and dtype of an array of the program."""
    return getattr(atom.aval, "shape", ()), getattr(atom.aval, "dtype", None)


def _copy(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    return [operand.places]


def _convert(equation: JaxprEqn, operand: _Followed) -> list[Places] | None:
    """Only to a type that holds every number of the old one."""
    (_, old), new = _form(equation.invars[0]), equation.params["new_dtype"]
    return [operand.places] if jnp.promote_types(old, new) == new else None


def _reshape(equation: JaxprEqn, operand: _Followed) -> list[Places] | None:
    return [operand.places.reshape(equation.params["new_sizes"])] if equation.params["dimensions"] is None else None


def _squeeze(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    return [np.squeeze(operand.places, equation.params["dimensions"])]


def _transpose(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    return [np.transpose(operand.places, equation.params["permutation"])]


def _reverse(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    return [np.flip(operand.places, equation.params["dimensions"])]


def _broadcast(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    shape, axes = equation.params["shape"], equation.params["broadcast_dimensions"]
    sizes = dict(zip(axes, operand.places.shape, strict=True))
    return [np.broadcast_to(operand.places.reshape([sizes.get(axis, 1) for axis in range(len(shape))]), shape)]


def _concatenate(equation: JaxprEqn, *operands: _Followed) -> list[Places]:
    return [np.concatenate([operand.places for operand in operands], equation.params["dimension"])]


def _stack(equation: JaxprEqn, *operands: _Followed) -> list[Places]:
    return [np.stack([operand.places for operand in operands], equation.params["axis"])]


def _unstack(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    # Of a vector NumPy gives numbers, no arrays.
    return [np.asarray(part) for part in np.moveaxis(operand.places, equation.params["axis"], 0)]


def _split(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    return np.split(operand.places, np.cumsum(equation.params["sizes"])[:-1], equation.params["axis"])


def _slice(equation: JaxprEqn, operand: _Followed) -> list[Places]:
    starts, stops = equation.params["start_indices"], equation.params["limit_indices"]
    steps = equation.params["strides"] or (1,) * len(starts)
    return [operand.places[tuple(map(slice, starts, stops, steps))]]


def _dynamic_slice(equation: JaxprEqn, operand: _Followed, *starts: _Followed) -> list[Places] | None:
    values, sizes = [start.value() for start in starts], equation.params["slice_sizes"]
    if any(value is None for value in values):
        return None
    # A slice that would pass the end is moved back.
    within = np.clip(np.array(values, int), 0, np.subtract(operand.places.shape, sizes))
    return [operand.places[tuple(slice(start, start + size) for start, size in zip(within, sizes, strict=True))]]


def _gather(equation: JaxprEqn, operand: _Followed, indices: _Followed) -> list[Places] | None:
    found = indices.value()
    if found is None:
        return None
    with jax.ensure_compile_time_eval():
        params = {**equation.params, "fill_value": -1}
        return [np.asarray(equation.primitive.bind(jnp.asarray(operand.places), jnp.asarray(found), **params))]


_MOVES: dict[str, Callable[..., list[Places] | None]] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": _concatenate,
    "convert_element_type": _convert,
    "copy": _copy,
    "dynamic_slice": _dynamic_slice,
    "gather": _gather,
    "reshape": _reshape,
    "rev": _reverse,
    "slice": _slice,
    "split": _split,
    "squeeze": _squeeze,
    "stack": _stack,
    "transpose": _transpose,
    "unstack": _unstack,
}
"""The primitives that move elements and change none."""
