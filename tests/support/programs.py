"""Programs that a test runs once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""Compiled with less care, which takes longer than such a program runs."""


def run_once(function: Callable, *arguments: Any) -> Any:
    """``jax.jit(function)(*arguments)``, compiled with less care."""
    return jax.jit(function).lower(*arguments).compile(QUICK)(*arguments)
