"""Floating-point operations of a program, counted on its jaxpr.

XLA's own ``cost_analysis`` counts the body of a ``lax.scan`` once, whatever its length; here it is multiplied by its
trip count. A product of an m×k and a k×n matrix counts 2mkn, a complex operation as the real ones it is made of
(addition 2, multiplication 6), any other arithmetic primitive one a result element, a reduction one an element reduced.
Moving, selecting and generating data (gathers, reshapes, random bits) counts nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
from jax.extend import core as jex_core

# fmt: off
ELEMENTWISE = frozenset({
    "add", "sub", "mul", "div", "rem", "neg", "abs", "sign", "pow", "integer_pow", "square", "sqrt", "rsqrt", "cbrt",
    "exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh",
    "tanh", "asinh", "acosh", "atanh", "logistic", "erf", "erfc", "erf_inv", "lgamma", "digamma", "max", "min",
    "add_any", "complex", "conj", "clamp",
})
REDUCTIONS = frozenset({
    "reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "argmax", "argmin",
    "cumsum", "cumprod", "cummax", "cummin", "cumlogsumexp",
})
# fmt: on
COMPLEX_FACTOR = {"mul": 6, "div": 11, "dot_general": 4, "complex": 0, "conj": 1}
"""Real operations of a complex one, over the one (or, for a product, two) counted for a real one; 2 elsewhere."""


class Uncountable(ValueError):
    """The program's operations depend on its data."""


def _elements(variable: Any) -> int:
    return math.prod(variable.aval.shape)


def _dot_general(equation: Any) -> int:
    (contracted, _), _ = equation.params["dimension_numbers"]
    shape = equation.invars[0].aval.shape
    return 2 * _elements(equation.outvars[0]) * math.prod(shape[axis] for axis in contracted)


def _convolution(equation: Any) -> int:
    kernel = equation.invars[1].aval.shape
    out_features = kernel[equation.params["dimension_numbers"].rhs_spec[0]]
    return 2 * _elements(equation.outvars[0]) * math.prod(kernel) // out_features


def _factor(equation: Any) -> int:
    dtype = equation.invars[0].aval.dtype
    if not jax.numpy.issubdtype(dtype, jax.numpy.complexfloating):
        return 1
    return COMPLEX_FACTOR.get(equation.primitive.name, 2)


def _is_arithmetic(equation: Any) -> bool:
    dtype = equation.invars[0].aval.dtype
    return jax.numpy.issubdtype(dtype, jax.numpy.inexact)


def _bodies(parameters: dict[str, Any]) -> list[Any]:
    found = []
    for value in parameters.values():
        for item in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(item, (jex_core.Jaxpr, jex_core.ClosedJaxpr)):
                found.append(item)
    return found


def _equation_flops(equation: Any) -> int:
    name = equation.primitive.name
    if name == "scan":
        return equation.params["length"] * _jaxpr_flops(equation.params["jaxpr"])
    if name == "while":
        if _jaxpr_flops(equation.params["body_jaxpr"]) == 0:
            return 0
        raise Uncountable("a while loop's trip count is not known before it runs")
    if name == "cond":
        return max(_jaxpr_flops(branch) for branch in equation.params["branches"])
    if name in ("custom_jvp_call", "custom_vjp_call"):
        return _jaxpr_flops(equation.params.get("call_jaxpr") or equation.params["fun_jaxpr"])
    bodies = _bodies(equation.params)
    if name not in REDUCTIONS and bodies and not name.startswith(("scatter", "reduce")):
        return sum(_jaxpr_flops(body) for body in bodies)
    if not equation.invars or not _is_arithmetic(equation):
        return 0
    if name == "dot_general":
        return _factor(equation) * _dot_general(equation)
    if name == "conv_general_dilated":
        return _factor(equation) * _convolution(equation)
    if name in ELEMENTWISE:
        return _factor(equation) * _elements(equation.outvars[0])
    if name in REDUCTIONS:
        return _factor(equation) * _elements(equation.invars[0])
    if name in ("scatter-add", "scatter_add"):
        return _factor(equation) * _elements(equation.invars[2])
    return 0


def _jaxpr_flops(jaxpr: Any) -> int:
    return sum(_equation_flops(equation) for equation in getattr(jaxpr, "jaxpr", jaxpr).eqns)


def count_flops(function: Callable[..., Any], *arguments: Any) -> int:
    """Floating-point operations of one call. Arguments may be ``ShapeDtypeStruct``: nothing is computed.

    Raises:
        Uncountable: The program holds a ``while`` loop with arithmetic in it, whose trip count only a run tells.
    """
    return _jaxpr_flops(jax.make_jaxpr(function)(*arguments))
