"""Bytes and seconds of one gradient."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax

from eval.studies.unfolding_memory.models import RULES, Problem, Sizes, examples, problem
from eval.studies.unfolding_memory.peak import peak_of
from eval.studies.unfolding_memory.rows import Gradient, Trace
from training.array_bytes import tree_bytes
from training.pricing import Program, Timing, price, prices, residual_bytes

Pairs = Sequence[tuple[str, str]]
"""Models, each with a rule."""


def measure(pairs: Pairs, sizes: Sizes, *, repeats: int, seed: int) -> list[Gradient]:
    """Price each gradient: bytes by tracing, by XLA and by the device, and seconds, all run in turn.

    Args:
        pairs: The models, each with a rule.
        sizes: Sizes of the models and of their batch.
        repeats: Timings of each gradient, after one that is not counted.
        seed: Seed of every draw.
    """
    batch = examples(sizes, seed)
    programs: dict[tuple[str, str], Program] = {}
    parameters: dict[tuple[str, str], int] = {}
    for pair in pairs:
        posed = problem(*pair, sizes)
        params = jax.jit(posed.init)(jax.random.key(seed))
        parameters[pair] = sum(leaf.size for leaf in jax.tree.leaves(params))
        programs[pair] = _gradient(posed, params, *batch)
    found = prices({", ".join(pair): one for pair, one in programs.items()}, counted=False, timing=Timing(repeats))
    rows: list[Gradient] = []
    for pair in pairs:
        model, rule = pair
        priced, plain = found[", ".join(pair)], found.get(f"{model}, {RULES[model][0]}")
        peak = peak_of(model, rule, sizes, seed)
        seconds, plain_seconds = priced.gradient_seconds, None if plain is None else plain.gradient_seconds
        rows.append(
            Gradient(
                model=model,
                differentiation=rule,
                time_steps=sizes.time_steps,
                width=sizes.width,
                depth=sizes.depth,
                parameters=parameters[pair],
                residual_bytes=priced.residual_bytes,
                temp_bytes=priced.temp_bytes,
                argument_bytes=priced.argument_bytes,
                input_bytes=tree_bytes(batch),
                device_peak_bytes=None if isinstance(peak, str) else peak,
                device_peak_unavailable=peak if isinstance(peak, str) else None,
                compile_seconds=priced.compile_seconds,
                gradient_seconds=seconds,
                seconds_to_plain=None if seconds is None or plain_seconds is None else seconds / plain_seconds,
            )
        )
    return rows


def trace(pairs: Pairs, sizes: Sizes) -> list[Trace]:
    """Count what the reverse pass of each gradient is handed, with nothing compiled or allocated."""
    rows: list[Trace] = []
    for model, rule in pairs:
        posed = problem(model, rule, sizes)
        shapes = jax.eval_shape(posed.init, jax.random.key(0)), *jax.eval_shape(lambda: examples(sizes, 0))
        found = price(_gradient(posed, *shapes), counted=False, compiled=False)
        rows.append(
            Trace(
                model=model, differentiation=rule, time_steps=sizes.time_steps, width=sizes.width, depth=sizes.depth,
                residual_bytes=found.residual_bytes,
            )
        )  # fmt: skip
    return rows


def _gradient(posed: Problem, *arguments: Any) -> Program:
    return Program(
        jax.value_and_grad(posed.loss, has_aux=True), *arguments, kept=partial(residual_bytes, posed.loss, *arguments)
    )
