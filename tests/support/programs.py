"""Programs that a test runs once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

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
