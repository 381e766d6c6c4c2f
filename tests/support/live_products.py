"""Multiply-accumulates of the products that a traced program needs, counted equation by equation."""

from __future__ import annotations

import math
from typing import Any

from jax.extend import core


def live_products(program: core.ClosedJaxpr) -> int:
    """Multiply-accumulates of all matrix products and convolutions that an output depends on.

    Dead code is left out, as XLA does: a rule that differentiates a block again traces sums that nobody reads. A scan's
    body counts as often as it runs; of a conditional, all branches. A sum weighted by numbers of its own (one operand
    has no free axis) or an outer product is no matrix product; zeros that a convolution inserts are not multiplied.
    """
    return _jaxpr(program.jaxpr, [True] * len(program.jaxpr.outvars))[0]


def _jaxpr(jaxpr: core.Jaxpr, wanted: list[bool]) -> tuple[int, list[bool]]:
    """The count, and which inputs the wanted outputs depend on."""
    live = {out for out, want in zip(jaxpr.outvars, wanted, strict=True) if want and isinstance(out, core.Var)}
    total = 0
    for equation in reversed(jaxpr.eqns):
        used = [out in live for out in equation.outvars]
        if not any(used):
            continue
        count, needed = _equation(equation, used)
        total += count
        live |= {v for v, need in zip(equation.invars, needed, strict=True) if need and isinstance(v, core.Var)}
    return total, [v in live for v in jaxpr.invars]


def _equation(equation: core.JaxprEqn, used: list[bool]) -> tuple[int, list[bool]]:
    name, everything = equation.primitive.name, [True] * len(equation.invars)
    if name == "dot_general":
        return _product(equation), everything
    if name == "conv_general_dilated":
        return _convolution(equation), everything
    if name == "scan":
        return _scan(equation, used)
    inner = _inside(equation)
    if name == "cond":
        counts, needs = zip(*(_jaxpr(branch, used) for branch in inner), strict=True)
        return sum(counts), [True, *(any(need) for need in zip(*needs, strict=True))]
    if len(inner) == 1 and len(inner[0].invars) == len(everything) and len(inner[0].outvars) == len(used):
        return _jaxpr(inner[0], used)
    # A loop of unknown length, or the function by which a scatter combines two numbers.
    assert not any(_jaxpr(part, [True] * len(part.outvars))[0] for part in inner), f"cannot count what is in {name}"
    return 0, everything


def _inside(equation: core.JaxprEqn) -> list[core.Jaxpr]:
    def open_(part: Any) -> list[core.Jaxpr]:
        if isinstance(part, core.ClosedJaxpr):
            return [part.jaxpr]
        return [part] if isinstance(part, core.Jaxpr) else []

    values = [part for v in equation.params.values() for part in (v if isinstance(v, tuple | list) else (v,))]
    return [jaxpr for part in values for jaxpr in open_(part)]


def _scan(equation: core.JaxprEqn, used: list[bool]) -> tuple[int, list[bool]]:
    (body,) = _inside(equation)
    # What is stacked over the steps has one axis more outside than inside; JAX 0.12 names the numbers no more.
    carries = sum(
        out.aval.shape == inside.aval.shape for out, inside in zip(equation.outvars, body.outvars, strict=True)
    )
    same = sum(v.aval.shape == inside.aval.shape for v, inside in zip(equation.invars, body.invars, strict=True))
    consts = same - carries
    carried = used[:carries]
    while True:
        count, needed = _jaxpr(body, carried + used[carries:])
        more = [a or b for a, b in zip(carried, needed[consts : consts + carries], strict=True)]
        if more == carried:
            break
        carried = more
    needed[consts : consts + carries] = carried
    return count * equation.params["length"], needed


def _product(equation: core.JaxprEqn) -> int:
    contracted, batched = equation.params["dimension_numbers"]
    shapes = [v.aval.shape for v in equation.invars]
    free = [
        len(shape) - len(sums) - len(shared) for shape, sums, shared in zip(shapes, contracted, batched, strict=True)
    ]
    if not contracted[0] or not all(free):
        return 0
    return math.prod(equation.outvars[0].aval.shape) * math.prod(shapes[0][axis] for axis in contracted[0])


def _convolution(equation: core.JaxprEqn) -> int:
    params, kernel = equation.params, equation.invars[1].aval.shape
    out_features = params["dimension_numbers"].rhs_spec[0]
    window = math.prod(kernel) // kernel[out_features]
    return math.prod(equation.outvars[0].aval.shape) * window // math.prod(params["lhs_dilation"])
