"""The types of the floating-point numbers whose products a program forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core as jex_core

from training.probes.primitives import PRODUCTS


def product_types(function: Callable[..., Any], *arguments: Any) -> frozenset[str]:
    """Find the real floating-point types of the operands of all matrix products and convolutions.

    Args:
        function: What is traced; nothing is computed.
        arguments: Its arguments, which may be ``jax.ShapeDtypeStruct``.

    Returns:
        Names such as ``float32``; a complex type counts as the real one that it is made of.
    """
    return frozenset(_types(jax.make_jaxpr(function)(*arguments).jaxpr))


def _types(jaxpr: Any) -> Iterator[str]:
    for equation in jaxpr.eqns:
        if equation.primitive.name in PRODUCTS:
            for operand in equation.invars:
                if jnp.issubdtype(operand.aval.dtype, jnp.inexact):
                    yield str(jnp.finfo(operand.aval.dtype).dtype)
        for value in jax.tree.leaves(equation.params, is_leaf=_is_program):
            if _is_program(value):
                yield from _types(getattr(value, "jaxpr", value))


def _is_program(value: Any) -> bool:
    return isinstance(value, (jex_core.Jaxpr, jex_core.ClosedJaxpr))
