"""Floating-point operations of a program, counted on its jaxpr.

XLA's own ``cost_analysis`` counts the body of a ``lax.scan`` once, whatever its length; here it is multiplied by its
trip count. A product of an m×k and a k×n matrix counts 2mkn, a complex operation as the real ones it is made of
(addition 2, multiplication 6), any other arithmetic primitive one a result element, a reduction one an element reduced,
sorting n numbers n⌈log₂ n⌉ comparisons, a Fourier transform 5 N log₂ N, a matrix factorisation what its textbook
algorithm makes. Moving, selecting and generating data (gathers, masks, random bits) counts nothing. Products of whole
numbers' matrices are counted apart; other arithmetic of whole numbers (indices, counters) is not. What is not known to
:mod:`training.probes.primitives` is never taken for nothing: the program is then not counted, and it is said why.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from paradigms.tangents import body
from training.probes import primitives


class Uncountable(ValueError):
    """The program's operations depend on its data, or it holds what the count does not know; the message names it."""


@dataclass(frozen=True)
class Operations:
    """How many operations a program makes.

    Attributes:
        floating: Operations on floating-point numbers.
        integer: In products of matrices of whole numbers (2mkn, as for floating-point ones).
    """

    floating: int = 0
    integer: int = 0

    def __add__(self, other: Operations) -> Operations:
        return Operations(self.floating + other.floating, self.integer + other.integer)

    def times(self, count: int) -> Operations:
        """Return the operations of a program that runs this one ``count`` times."""
        return Operations(count * self.floating, count * self.integer)


_NONE = Operations()


def count_operations(function: Callable[..., Any], *arguments: Any) -> Operations:
    """Operations of one call. Arguments may be ``ShapeDtypeStruct``: nothing is computed.

    Of the branches of a ``lax.cond`` the most expensive counts.

    Raises:
        Uncountable: The program holds a ``while`` loop with arithmetic in it, whose trip count only a run tells, or a
            primitive whose operations are not known: one that iterates until it converges (``svd``), calls out of JAX
            (``pure_callback``), or stands in no list of :mod:`training.probes.primitives`.
    """
    return _jaxpr(jax.make_jaxpr(function)(*arguments))


def count_flops(function: Callable[..., Any], *arguments: Any) -> int:
    """The floating-point ones among :func:`count_operations`, which says what is counted and raised."""
    return count_operations(function, *arguments).floating


def _jaxpr(jaxpr: Any) -> Operations:
    return sum(map(_equation, jaxpr.eqns), start=_NONE)


def _equation(equation: Any) -> Operations:
    name, parameters = equation.primitive.name, equation.params
    if name in primitives.DATA_MOVEMENT:
        return _NONE
    if name in _CONTROL:
        return _CONTROL[name](equation)
    if name in primitives.CALLS:
        return _jaxpr(parameters[primitives.CALLS[name]])
    count = _arithmetic(equation)
    # Of all operands: spikes times weights are a product of bools and floats. Only what is sorted by is compared.
    operands = equation.invars[: parameters["num_keys"]] if name == "sort" else equation.invars
    dtypes = [operand.aval.dtype for operand in operands]
    if any(jnp.issubdtype(dtype, jnp.complexfloating) for dtype in dtypes):
        return Operations(floating=primitives.complex_factor(name) * count)
    if any(jnp.issubdtype(dtype, jnp.floating) for dtype in dtypes):
        return Operations(floating=count)
    return Operations(integer=count) if name in primitives.PRODUCTS else _NONE


def _arithmetic(equation: Any) -> int:
    """Operations on real numbers of an equation that is neither control, call nor movement of data."""
    name = equation.primitive.name
    if name in primitives.ELEMENTWISE:
        # What adds to a reference has no result: it has the reference, what is added, and the places where.
        return sum(map(primitives.elements, equation.outvars or equation.invars[1:2]))
    if name in primitives.REDUCTIONS:
        return sum(map(primitives.elements, equation.invars))
    formula = primitives.PRODUCTS.get(name) or primitives.FORMULAS.get(name)
    if formula is not None:
        return formula(equation)
    if name in primitives.ITERATIVE:
        raise Uncountable(f"{name} iterates until it converges: how often is not known before it runs")
    if name in primitives.OUTSIDE:
        raise Uncountable(f"{name} computes outside of JAX, where operations cannot be counted")
    raise Uncountable(f"the operations of {name} are not known: it stands in no list of training/probes/primitives.py")


def _scan(equation: Any) -> Operations:
    return _jaxpr(equation.params["jaxpr"]).times(equation.params["length"])


def _while(equation: Any) -> Operations:
    if _jaxpr(equation.params["body_jaxpr"]) == _jaxpr(equation.params["cond_jaxpr"]) == _NONE:
        return _NONE
    raise Uncountable("a while loop's trip count is not known before it runs")


def _cond(equation: Any) -> Operations:
    branches = map(_jaxpr, equation.params["branches"])
    return max(branches, key=lambda operations: operations.floating + operations.integer)


def _scatter(equation: Any) -> Operations:
    # Numbers are put in their places, or what a function makes of those that stand there.
    change = equation.params.get("update_jaxpr")
    return _NONE if change is None else _jaxpr(change).times(primitives.elements(equation.invars[2]))


def _linear_solve(equation: Any) -> Operations:
    # It holds three more programs: the matrix, its transpose, and the solution of the transposed system.
    return _jaxpr(equation.params["jaxprs"].solve)


def _reduce(equation: Any) -> Operations:
    return _jaxpr(equation.params["jaxpr"]).times(primitives.elements(equation.invars[0]))


def _reduce_window(equation: Any) -> Operations:
    reduced = primitives.elements(equation.outvars[0]) * math.prod(equation.params["window_dimensions"])
    return _jaxpr(equation.params["jaxpr"]).times(reduced)


def _shard_map(equation: Any) -> Operations:
    # Along the mesh's other axes the program holds whole arrays, as one without a mesh does.
    mesh, split = equation.params["mesh"], equation.params["newly_manual_axes"]
    return _jaxpr(equation.params["jaxpr"]).times(math.prod(mesh.shape[axis] for axis in split))


def _pallas_call(equation: Any) -> Operations:
    grid = equation.params["grid_mapping"].grid
    if not all(isinstance(size, int) for size in grid):
        raise Uncountable("a pallas_call's grid is not known before it runs")
    return _jaxpr(equation.params["jaxpr"]).times(math.prod(grid))


def _linear_map(equation: Any) -> Operations:
    return _jaxpr(body(equation))


_CONTROL: dict[str, Callable[[Any], Operations]] = {
    "scatter": _scatter,
    "scan": _scan,
    "while": _while,
    "cond": _cond,
    "custom_linear_solve": _linear_solve,
    "reduce": _reduce,
    "reduce_window": _reduce_window,
    "shard_map": _shard_map,
    "pallas_call": _pallas_call,
    "linear_map": _linear_map,
}
"""Primitives that run programs of their own other than once."""
