"""What need not be recomputed within a budget of bytes, predicted from traced shapes."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from paradigms.interface import require
from paradigms.snn.rules.unroll import RunBlock

WORKING_COPIES = 3.0
"""Bytes that XLA needs while it goes through a segment backwards, in units of what the segment keeps: operands of
products, cotangents and copies. Measured on CPU: 1.6 to 2.6 for dense layers of 64 to 512 neurons."""


def segments_within(
    budget_bytes: int,
    run_block: RunBlock,
    arguments: PyTree,
    states: PyTree,
    time_steps: int,
    *,
    segment_steps: int | None,
    block_steps: int,
) -> tuple[int, int]:
    """Find how many of the last steps ``checkpointed`` may keep whole within a budget of memory.

    Args:
        budget_bytes: What the gradient may keep and need at once.
        run_block: The network's run through a block of steps.
        arguments: What a block reads and does not change; shapes are enough.
        states: The states before the first step; shapes are enough.
        time_steps: The number of steps in all.
        segment_steps: Steps between two checkpoints; ``None`` for what takes the least memory when all are recomputed.
        block_steps: Steps that are run together where they are not recomputed.

    Returns:
        The steps of a segment, and the largest number of last steps that need not be recomputed.

    Raises:
        Unsupported: The budget does not suffice even if all steps are recomputed.
    """
    state = _bytes(states)
    step = step_bytes(run_block, arguments, states)

    def needed(segment: int, plain: int) -> int:
        boundaries = math.ceil((time_steps - plain) / segment) * state
        # One segment or one block is gone through backwards at a time.
        working = WORKING_COPIES * step * max(segment if plain < time_steps else 0, block_steps if plain else 0)
        return math.ceil(boundaries + working + plain * step)

    segment = segment_steps or min(range(1, time_steps + 1), key=lambda length: needed(length, 0))
    require(
        needed(segment, 0) <= budget_bytes,
        f"paradigm.memory_budget_bytes={budget_bytes} is less than the {needed(segment, 0)} bytes that {time_steps} "
        f"steps in segments of {segment} are predicted to need at this batch size; raise it, lower trainer.batch_size, "
        "or choose paradigm.differentiation=sltt",
    )
    return segment, max(plain for plain in range(time_steps + 1) if needed(segment, plain) <= budget_bytes)


def step_bytes(run_block: RunBlock, arguments: PyTree, states: PyTree) -> int:
    """Count the bytes that one step keeps for the reverse pass: what three steps keep beyond two."""

    def kept(steps: int) -> int:
        def closure(arguments: Any, states: Any) -> list[Any]:
            differentiable, fixed = _split(arguments)

            def run(differentiable: Any, states: Any) -> Any:
                return run_block(_join(differentiable, fixed), states, jnp.asarray(0), steps)

            _, pullback = jax.vjp(run, differentiable, states)
            return jax.tree.leaves(pullback)

        return _bytes(jax.eval_shape(closure, arguments, states))

    return kept(3) - kept(2)


def _split(tree: PyTree) -> tuple[PyTree, PyTree]:
    def is_float(x: Any) -> bool:
        return jnp.issubdtype(x.dtype, jnp.inexact)

    return (
        jax.tree.map(lambda x: x if is_float(x) else None, tree),
        jax.tree.map(lambda x: None if is_float(x) else x, tree),
    )


def _join(differentiable: PyTree, fixed: PyTree) -> PyTree:
    return jax.tree.map(lambda d, f: f if d is None else d, differentiable, fixed, is_leaf=lambda x: x is None)


def _bytes(tree: PyTree) -> int:
    return sum(
        int(np.prod(leaf.shape, dtype=object)) * leaf.dtype.itemsize
        for leaf in jax.tree.leaves(tree)
        if not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    )
