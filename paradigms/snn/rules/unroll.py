"""Unrolling over time: blocks of steps one after the other, and what is kept of them for the reverse pass.

A network is run a block of steps at a time by ``run_block(arguments, states, start, steps) -> (states, sums)``, where
``sums`` are added up over blocks. Everything that a gradient may be wanted for is in ``arguments`` or in the initial
``states``, never closed over, so that a rule with a VJP of its own returns cotangents for all of it.

================  =================================================================  ====================
function          kept from the forward to the reverse pass                          gradient
================  =================================================================  ====================
``bptt``          what each block's reverse pass needs: O(T)                         exact
``checkpointed``  the states before each segment, and one segment's residuals:       exact
                  O(√T)
``compact``       the states before each of many short blocks: O(T), tens of times   exact
                  less
``online``        nothing but the arguments: O(1)                                    that of cut blocks
================  =================================================================  ====================

The first two can be differentiated forward too; the others have a reverse pass alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, PyTree

RunBlock = Callable[[Any, Any, Array, int], tuple[Any, Any]]
Result = tuple[PyTree, PyTree]
"""The states after the last step, and the sums."""


def bptt(run_block: RunBlock, arguments: PyTree, states: PyTree, time_steps: int, *, block_steps: int = 1) -> Result:
    """Run steps 0 ... ``time_steps`` - 1, ``block_steps`` at a time in one scan; memory O(T)."""
    return _in_blocks(partial(_plain, run_block), arguments, states, 0, time_steps, block_steps)


def checkpointed(
    run_block: RunBlock,
    arguments: PyTree,
    states: PyTree,
    time_steps: int,
    *,
    segment_steps: int | None = None,
    plain_steps: int = 0,
    block_steps: int = 1,
) -> Result:
    """Run as :func:`bptt` does; the same gradient in memory O(√T) for one more forward pass (Chen et al. 2016).

    Reverse mode keeps the states before each segment of ``segment_steps`` (⌊√T⌋ by default) and recomputes a segment
    when it comes to it. The last ``plain_steps`` steps are not recomputed: memory for time.
    """
    length = segment_steps or math.isqrt(time_steps)
    recomputed = time_steps - plain_steps
    if not recomputed:
        return bptt(run_block, arguments, states, time_steps, block_steps=block_steps)
    states, sums = _in_blocks(partial(_recomputed, run_block), arguments, states, 0, recomputed, length)
    if plain_steps:
        states, more = _in_blocks(partial(_plain, run_block), arguments, states, recomputed, plain_steps, block_steps)
        sums = _add(sums, more)
    return states, sums


def compact(run_block: RunBlock, arguments: PyTree, states: PyTree, time_steps: int, *, block_steps: int) -> Result:
    """Run as :func:`bptt` does; the same gradient by a reverse pass of its own.

    The forward pass keeps the states before each block and nothing else, not even of the sums. The reverse pass
    computes one block again, takes its VJP, and adds what it finds to the arguments' cotangents.
    """
    return _in_blocks(partial(_kept_states, run_block), arguments, states, 0, time_steps, block_steps)


def online(run_block: RunBlock, arguments: PyTree, states: PyTree, time_steps: int, *, block_steps: int) -> Result:
    """Run blocks that let no gradient from a step to the one before: memory does not grow with time.

    A VJP receives the cotangent of a sum only after the last step, so the reverse pass runs forward once more from the
    arguments; the cotangent is the same for all blocks. The initial states receive no gradient.
    """
    return _in_blocks(partial(_replayed, run_block), arguments, states, 0, time_steps, block_steps)


def _in_blocks(
    rule: Callable[..., Result], arguments: PyTree, states: PyTree, start: int, steps: int, length: int
) -> Result:
    """Apply ``rule(arguments, states, start, count, length)`` to the full blocks, and to a shorter rest."""
    count, rest = divmod(steps, min(length, steps))
    length = min(length, steps)
    states, sums = rule(arguments, states, start, count, length)
    if rest:
        states, more = rule(arguments, states, start + count * length, 1, rest)
        sums = _add(sums, more)
    return states, sums


def _add(sums: PyTree, more: PyTree) -> PyTree:
    return jax.tree.map(jnp.add, sums, more)


def _zeros(tree: PyTree) -> PyTree:
    return jax.tree.map(lambda x: jnp.zeros(x.shape, x.dtype), tree)


def _scan(run_block: RunBlock, arguments: PyTree, states: PyTree, start: int, count: int, length: int) -> Result:
    zeros = _zeros(jax.eval_shape(lambda a, s: run_block(a, s, jnp.asarray(start), length)[1], arguments, states))

    def body(carry: Result, first: Array) -> tuple[Result, None]:
        states, sums = carry
        states, more = run_block(arguments, states, first, length)
        return (states, _add(sums, more)), None

    result, _ = jax.lax.scan(body, (states, zeros), start + length * jnp.arange(count))
    return result


def _plain(run_block: RunBlock, arguments: PyTree, states: PyTree, start: int, count: int, length: int) -> Result:
    return _scan(run_block, arguments, states, start, count, length)


def _recomputed(run_block: RunBlock, arguments: PyTree, states: PyTree, start: int, count: int, length: int) -> Result:
    # Within a scan XLA cannot merge the recomputation with the first pass, so the barriers against it are left out;
    # a scan of one step is no loop.
    again = jax.checkpoint(run_block, static_argnums=(3,), prevent_cse=count == 1)
    return _scan(again, arguments, states, start, count, length)


def _kept_states(run_block: RunBlock, arguments: PyTree, states: PyTree, start: int, count: int, length: int) -> Result:
    @jax.custom_vjp
    def run(arguments: PyTree, states: PyTree) -> Result:
        return _scan(run_block, arguments, states, start, count, length)

    def forward(arguments: PyTree, states: PyTree) -> tuple[Result, tuple]:
        wanted, fixed = _by_perturbation(arguments)
        arguments, states = eqx.combine(wanted, fixed), _values(states)
        zeros = _zeros(jax.eval_shape(lambda a, s: run_block(a, s, jnp.asarray(start), length)[1], arguments, states))

        def body(carry: Result, first: Array) -> tuple[Result, PyTree]:
            states, sums = carry
            after, more = run_block(arguments, states, first, length)
            return (after, _add(sums, more)), states

        result, before = jax.lax.scan(body, (states, zeros), start + length * jnp.arange(count))
        return result, (wanted, fixed, before)

    def backward(residuals: tuple, cotangents: Result) -> tuple[PyTree, PyTree]:
        wanted, fixed, before = residuals
        to_states, to_sums = _instantiated(cotangents)

        def body(carry: tuple[PyTree, PyTree], block_values: tuple) -> tuple[tuple[PyTree, PyTree], None]:
            to_wanted, to_states = carry
            states, first = block_values
            _, pullback = jax.vjp(lambda w, s: run_block(eqx.combine(w, fixed), s, first, length), wanted, states)
            more, to_states = pullback((to_states, to_sums))
            return (_add(to_wanted, more), to_states), None

        starts = start + length * jnp.arange(count)
        (to_wanted, to_states), _ = jax.lax.scan(body, (_zeros(wanted), to_states), (before, starts), reverse=True)
        return to_wanted, to_states

    run.defvjp(forward, backward, symbolic_zeros=True)
    return run(arguments, states)


def _replayed(run_block: RunBlock, arguments: PyTree, states: PyTree, start: int, count: int, length: int) -> Result:
    @jax.custom_vjp
    def run(arguments: PyTree, states: PyTree) -> Result:
        return _scan(run_block, arguments, states, start, count, length)

    def forward(arguments: PyTree, states: PyTree) -> tuple[Result, tuple]:
        wanted, fixed = _by_perturbation(arguments)
        states = _values(states)
        return _scan(run_block, eqx.combine(wanted, fixed), states, start, count, length), (wanted, fixed, states)

    def backward(residuals: tuple, cotangents: Result) -> tuple[PyTree, PyTree]:
        wanted, fixed, states = residuals
        _, to_sums = _instantiated(cotangents)

        def body(carry: tuple[PyTree, PyTree], first: Array) -> tuple[tuple[PyTree, PyTree], None]:
            to_wanted, states = carry

            def sums_of(wanted: PyTree) -> tuple[PyTree, PyTree]:
                states_after, sums = run_block(eqx.combine(wanted, fixed), states, first, length)
                return sums, states_after

            _, pullback, states_after = jax.vjp(sums_of, wanted, has_aux=True)
            (more,) = pullback(to_sums)
            return (_add(to_wanted, more), states_after), None

        (to_wanted, _), _ = jax.lax.scan(body, (_zeros(wanted), states), start + length * jnp.arange(count))
        return to_wanted, _zeros(states)

    run.defvjp(forward, backward, symbolic_zeros=True)
    return run(arguments, states)


def _values(tree: PyTree) -> PyTree:
    return jax.tree.map(lambda primal: primal.value, tree)


def _by_perturbation(arguments: PyTree) -> tuple[PyTree, PyTree]:
    """The arguments that a gradient is wanted for, and the others; each is ``None`` where the other is not."""
    wanted = jax.tree.map(lambda primal: primal.value if primal.perturbed else None, arguments)
    fixed = jax.tree.map(lambda primal: None if primal.perturbed else primal.value, arguments)
    return wanted, fixed


def _instantiated(cotangents: PyTree) -> PyTree:
    """Zeros in the place of what nobody differentiates."""

    def instantiate(cotangent: Any) -> Any:
        if not isinstance(cotangent, SymbolicZero):
            return cotangent
        aval: Any = cotangent.aval
        return jnp.zeros(aval.shape, aval.dtype)

    return jax.tree.map(instantiate, cotangents, is_leaf=lambda c: isinstance(c, SymbolicZero))
