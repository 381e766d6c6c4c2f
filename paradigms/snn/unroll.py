"""Unrolling over time: the one module that knows how a network is differentiated through its steps.

A step is ``step(arguments, carry, t) -> carry``, with ``t`` an integer scalar counted from 0. Everything a gradient may
be wanted for is in ``arguments`` or in the initial ``carry``, never closed over, so that a rule with a VJP of its own
returns cotangents for all of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PyTree

Step = Callable[[Any, Any, Array], Any]


def bptt(step: Step, arguments: PyTree, carry: PyTree, time_steps: int, *, unroll: int = 1) -> PyTree:
    """Steps 0 ... ``time_steps`` - 1 in one scan; reverse mode keeps every step's residuals: memory O(T).

    ``unroll`` steps make one iteration of the compiled loop: fewer iterations, more code to compile.
    """
    return _scan(step, arguments, carry, jnp.asarray(0), time_steps, unroll)


def checkpointed(
    step: Step,
    arguments: PyTree,
    carry: PyTree,
    time_steps: int,
    *,
    unroll: int = 1,
    segment_steps: int | None = None,
) -> PyTree:
    """As :func:`bptt`, the same gradient, in memory O(√T) for one more forward pass (Chen et al. 2016).

    Reverse mode keeps the carry at the start of each segment of ``segment_steps`` (⌊√T⌋ by default) and recomputes a
    segment when it comes to it. Steps beyond the last full segment are a shorter segment of their own.
    """
    length = min(segment_steps or math.isqrt(time_steps), time_steps)
    segments, rest = divmod(time_steps, length)

    def segment(arguments: PyTree, carry: PyTree, start: Int[Array, ""]) -> PyTree:
        return _scan(step, arguments, carry, start, length, unroll)

    # Within a scan XLA cannot merge the recomputation with the first pass, so the barriers against it are left out.
    recomputed = jax.checkpoint(segment, prevent_cse=False)
    starts = length * jnp.arange(segments)
    carry, _ = jax.lax.scan(lambda carry, start: (recomputed(arguments, carry, start), None), carry, starts)
    if rest:
        last = jax.checkpoint(lambda arguments, carry, start: _scan(step, arguments, carry, start, rest, unroll))
        carry = last(arguments, carry, jnp.asarray(segments * length))
    return carry


def _scan(step: Step, arguments: PyTree, carry: PyTree, start: Int[Array, ""], length: int, unroll: int) -> PyTree:
    carry, _ = jax.lax.scan(
        lambda carry, t: (step(arguments, carry, t), None),
        carry,
        start + jnp.arange(length),
        unroll=min(unroll, length),
    )
    return carry
