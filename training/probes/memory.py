"""What a gradient keeps: the bytes carried from the forward pass to the reverse pass, and what XLA allocates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from jax.extend import core as jex_core
from jaxtyping import PyTree

from training.array_bytes import aval_bytes
from training.probes.primitives import CALLS


def _source(jaxpr: Any, variable: Any) -> Any:
    """The variable or literal that ``variable`` merely forwards, through calls that return what they are given."""
    producers = {out: equation for equation in jaxpr.eqns for out in equation.outvars}
    while not isinstance(variable, jex_core.Literal) and variable in producers:
        equation = producers[variable]
        body = equation.params.get(CALLS.get(equation.primitive.name))
        # A program that runs on references returns nothing itself.
        if body is None or len(body.outvars) != len(equation.outvars):
            return variable
        returned = _source(body, body.outvars[equation.outvars.index(variable)])
        if isinstance(returned, jex_core.Literal):
            return returned
        if returned not in body.invars:
            return variable
        variable = equation.invars[body.invars.index(returned)]
    return variable


def residual_bytes(loss: Callable[..., tuple[Any, Any]], params: PyTree, *arguments: PyTree) -> int:
    """Bytes kept from the forward to the reverse pass of ``loss(params, *arguments) -> (value, auxiliary)``.

    These are the leaves of the VJP's closure, each counted once, less those that are parameters or arguments (they
    exist anyway) or constants of the program. Found by tracing: nothing is allocated, and arguments may be
    ``ShapeDtypeStruct``. A rule that recomputes hides its memory from this count, so read it beside the temporary
    bytes of the compiled program.
    """

    def closure(params: PyTree, arguments: tuple[PyTree, ...]) -> list[Any]:
        _, pullback, _ = jax.vjp(lambda p: loss(p, *arguments), params, has_aux=True)
        return jax.tree.leaves(pullback)

    jaxpr = jax.make_jaxpr(closure)(params, arguments).jaxpr
    given = {*jaxpr.invars, *jaxpr.constvars}
    kept = []
    for variable in jaxpr.outvars:
        source = _source(jaxpr, variable)
        if not isinstance(source, jex_core.Literal) and source not in given and source not in kept:
            kept.append(source)
    return sum(aval_bytes(variable.aval) for variable in kept)


def compiled_bytes(compiled: Any) -> dict[str, int]:
    """``memory/temp_bytes`` and ``memory/argument_bytes`` of a compiled program, by XLA's own analysis.

    Empty where the backend gives none.
    """
    analysis = compiled.memory_analysis()
    if analysis is None:
        return {}
    return {
        "memory/temp_bytes": int(analysis.temp_size_in_bytes),
        "memory/argument_bytes": int(analysis.argument_size_in_bytes),
    }


def device_peak_bytes(device: Any) -> int | None:
    """Largest number of bytes ever in use on the device by this process; ``None`` where it keeps no count (CPU).

    The count never resets, so compare runs only across processes.
    """
    statistics = device.memory_stats()
    return None if not statistics or "peak_bytes_in_use" not in statistics else int(statistics["peak_bytes_in_use"])
