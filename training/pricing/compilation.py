"""How long compiling takes, told from reading a program that JAX has kept since another run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax

_HIT = "/jax/compilation_cache/cache_hits"
_hits = 0


def _count(event: str, **_: Any) -> None:
    global _hits
    _hits += event == _HIT


jax.monitoring.register_event_listener(_count)


class Compilation(NamedTuple):
    """A compiled program.

    Attributes:
        program: What was compiled.
        seconds: Seconds that lowering and compiling took, or lowering and reading.
        read: Whether it had been compiled before, and was read from JAX's compilation cache.
    """

    program: Any
    seconds: float
    read: bool

    @property
    def unavailable(self) -> str:
        """Say why there are no seconds of compiling."""
        return (
            f"an earlier run had compiled the program, and it was read back in {self.seconds:.2g} s; "
            "JAX_ENABLE_COMPILATION_CACHE=0 compiles it anew"
        )


def compile_timed(compiler: Callable[[], Any]) -> Compilation:
    """Compile one program.

    Args:
        compiler: Lowers and compiles it.
    """
    before, start = _hits, time.perf_counter()
    program = compiler()
    return Compilation(program, time.perf_counter() - start, _hits > before)
