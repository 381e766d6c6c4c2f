"""Functions with a derivative of their own in both modes: a tangent map forward, and its transpose, given apart.

``jax.custom_vjp`` has no forward mode, and JAX would transpose the tangent map of a ``jax.custom_jvp`` operation by
operation, which keeps what a transpose written by hand need not. Here the tangent map is one linear primitive that
holds both: forward mode runs the map, reverse mode its transpose, and neither traces the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import ShapedArray
from jax.custom_derivatives import SymbolicZero
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, PyTree

from paradigms.interface import Unsupported

Leaves = Sequence[Any]
Map = Callable[[Leaves, Leaves], list[Array]]
"""``(residuals, vectors) -> vectors``, linear in the second."""

_linear = Primitive("linear_map")
"""``run(residuals, vectors)``, whose transpose is ``back``; the first ``count`` operands are the residuals."""
_linear.multiple_results = True


@_linear.def_impl
def _apply(*operands: Any, count: int, run: Map, **_: Any) -> list[Array]:
    return run(operands[:count], operands[count:])


@_linear.def_abstract_eval
def _abstract(*_: Any, avals: tuple, **__: Any) -> tuple:
    return avals


mlir.register_lowering(_linear, mlir.lower_fun(_apply, multiple_results=True))


def _jvp(primals: Leaves, tangents: Leaves, *, count: int, run: Map, **others: Any) -> tuple:
    """Differentiate the map itself, for derivatives of higher order: JAX goes through it where the residuals move."""
    operands = [*primals]
    if all(isinstance(one, ad.Zero) for one in tangents[:count]):
        vectors = map(ad.instantiate_zeros, tangents[count:])
        moved = _linear.bind(*operands[:count], *vectors, count=count, run=run, **others)
        return _linear.bind(*operands, count=count, run=run, **others), moved
    places = [place for place, one in enumerate(tangents) if not isinstance(one, ad.Zero)]

    def of_moving(*moving: Array) -> list[Array]:
        every = dict(enumerate(operands)) | dict(zip(places, moving, strict=True))
        return _apply(*(every[place] for place in range(len(operands))), count=count, run=run)

    return jax.jvp(of_moving, [operands[place] for place in places], [tangents[place] for place in places])


def _transpose(cotangents: Leaves, *operands: Any, count: int, back: Map, **_: Any) -> list[Any]:
    found = back(operands[:count], [ad.instantiate_zeros(one) for one in cotangents])
    pairs = zip(operands[count:], found, strict=True)
    return [None] * count + [one if ad.is_undefined_primal(operand) else None for operand, one in pairs]


def _batch(operands: Leaves, axes: Leaves, *, count: int, run: Map, back: Map, avals: tuple) -> tuple[list, list]:
    """All vectors get the axis, so that the transpose sums over none of it."""
    size = next(one.shape[axis] for one, axis in zip(operands, axes, strict=True) if axis is not None)
    vectors = [
        jnp.broadcast_to(one, (size, *one.shape)) if axis is None else jnp.moveaxis(one, axis, 0)
        for one, axis in zip(operands[count:], axes[count:], strict=True)
    ]

    def over_axis(function: Map) -> Map:
        return lambda kept, given: jax.vmap(function, (tuple(axes[:count]), 0))(tuple(kept), tuple(given))

    batched = tuple(ShapedArray((size, *aval.shape), aval.dtype) for aval in avals)
    moved = _linear.bind(
        *operands[:count], *vectors, count=count, run=over_axis(run), back=over_axis(back), avals=batched
    )
    return moved, [0] * len(moved)


ad.primitive_jvps[_linear] = _jvp
ad.primitive_transposes[_linear] = _transpose
batching.primitive_batchers[_linear] = _batch


def body(equation: Any) -> Any:
    """The jaxpr of the map that an equation ``linear_map`` applies, for who counts what a program does."""
    operands = [jax.ShapeDtypeStruct(one.aval.shape, one.aval.dtype) for one in equation.invars]
    return jax.make_jaxpr(partial(_apply, **equation.params))(*operands)


def _zeros(like: Any) -> Array | np.ndarray:
    return np.zeros(like.shape, like.dtype) if like.dtype == jax.dtypes.float0 else jnp.zeros(like.shape, like.dtype)


def with_tangent_map(
    function: Callable[..., PyTree],
    forward: Callable[..., tuple[PyTree, PyTree]],
    tangent: Callable[[PyTree, tuple], PyTree],
    transpose: Callable[[PyTree, PyTree], tuple],
) -> Callable[..., PyTree]:
    """``function(*arguments)`` of arrays to arrays, differentiated in either mode by rules of its own.

    Args:
        function: Closes over nothing that is traced.
        forward: The same as ``function``, to its outputs and to residuals, what the other two need.
        tangent: ``(residuals, tangents of the arguments) -> tangents of the outputs``. It is given zeros where nothing
            is differentiated, ``float0`` zeros of what is not floating-point.
        transpose: ``(residuals, cotangents of the outputs) -> cotangents of the arguments``. It is given ``None`` for
            outputs that are not floating-point, and may return anything for such arguments.
    """

    def rule(primals: tuple, tangents: tuple) -> tuple[PyTree, PyTree]:
        outputs, residuals = forward(*primals)
        kept, kept_structure = jax.tree.flatten(residuals)
        leaves, structure = jax.tree.flatten(tangents, is_leaf=lambda x: isinstance(x, SymbolicZero))
        chosen = [place for place, leaf in enumerate(leaves) if not isinstance(leaf, SymbolicZero)]
        results, results_structure = jax.tree.flatten(outputs)
        shapes = [None if place in chosen else leaf.aval for place, leaf in enumerate(leaves)]
        moving = [place for place, result in enumerate(results) if jnp.issubdtype(result.dtype, jnp.inexact)]

        def run(kept: Leaves, vectors: Leaves) -> list[Array]:
            given = iter(vectors)
            every = [next(given) if shape is None else _zeros(shape) for shape in shapes]
            found = tangent(kept_structure.unflatten(kept), structure.unflatten(every))
            flat = results_structure.flatten_up_to(found)
            return [flat[place] for place in moving]

        def back(kept: Leaves, vectors: Leaves) -> list[Array]:
            every = dict(zip(moving, vectors, strict=True))
            cotangents = results_structure.unflatten(map(every.get, range(len(results))))
            found = transpose(kept_structure.unflatten(kept), cotangents)
            flat = structure.flatten_up_to(found)
            return [flat[place] for place in chosen]

        avals = tuple(jax.typeof(results[place]) for place in moving)
        moved = _linear.bind(
            *kept, *(leaves[place] for place in chosen), count=len(kept), run=run, back=back, avals=avals
        )
        every = dict(zip(moving, moved, strict=True))
        still = [every.get(place, np.zeros(result.shape, jax.dtypes.float0)) for place, result in enumerate(results)]
        return outputs, results_structure.unflatten(still)

    differentiated = jax.custom_jvp(function)
    differentiated.defjvp(rule, symbolic_zeros=True)
    return differentiated


def without_derivative(sentence: str) -> Callable[[Array], Array]:
    """Make the identity whose derivative is refused, for arrays where JAX would give a zero that is wrong.

    Args:
        sentence: Why there is none, and the way out; raised as ``Unsupported`` in either mode.
    """

    @jax.custom_jvp
    def same(array: Array) -> Array:
        return array

    @same.defjvp
    def refuse(primals: tuple, tangents: tuple) -> Any:
        raise Unsupported(sentence)

    return same
