"""Programs of tests are written in one context of MLIR after another's, and not each in a context of its own.

JAX makes a context for every program that it lowers. That takes 5 ms, as much as a small program itself, and tests that
call JAX's functions one by one have hundreds of those. A context keeps the types and the places in the source that were
named in it, so that a new one is made now and then.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

PROGRAMS = 300
"""How many programs are written in one context."""


def install() -> None:
    """Share contexts from now on, where this version of JAX makes them where it did."""
    try:
        from jax._src.interpreters import mlir
        from jaxlib.mlir import ir

        make = mlir.make_ir_context
    except (ImportError, AttributeError):
        return
    context: Any = None
    left = 0

    def shared() -> Any:
        nonlocal context, left
        if ir.Context.current is not None:
            # A program that is compiled while another is written would be written into it.
            return make()
        if left == 0:
            context, left = make(), PROGRAMS
        left -= 1
        return context

    mlir.make_ir_context = shared


def pytest_configure(config: object) -> None:
    """Share contexts in tests that another pytest runs, with ``-p shared_context`` in :func:`environment`."""
    install()


def environment() -> dict[str, str]:
    """Return this process's environment, with this module on Python's path."""
    path = filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH")))
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}
