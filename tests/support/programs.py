"""Programs that a test runs once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
from jax import Array
from jaxtyping import PyTree

from paradigms.interface import Output, Paradigm, Variables

QUICK: dict[str, str | bool] = {
    "xla_backend_optimization_level": "0",
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_parallel_codegen_split_count": "1",
}
"""Compiled with less care, which takes longer than such a program runs."""


def quickly_compiled(function: Callable, *arguments: Any) -> Callable:
    """``jax.jit(function)`` for arguments of these shapes, which may be ``jax.ShapeDtypeStruct``, without much care."""
    return jax.jit(function).lower(*arguments).compile(QUICK)


def run_once(function: Callable, *arguments: Any) -> Any:
    """``jax.jit(function)(*arguments)``, compiled with less care."""
    return quickly_compiled(function, *arguments)(*arguments)


def initialised(paradigm: Paradigm, key: Array) -> Variables:
    """``paradigm.init(key)`` as one program."""
    return run_once(paradigm.init, key)


def applied(paradigm: Paradigm, params: PyTree, state: PyTree, inputs: PyTree, *, key: Array, train: bool) -> Output:
    """``paradigm.apply(...)`` as one program."""
    return run_once(partial(paradigm.apply, key=key, train=train), params, state, inputs)
