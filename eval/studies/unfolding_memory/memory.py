"""Bytes and seconds of one gradient."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax

from eval.recorder import Row
from eval.studies.unfolding_memory.models import RULES, Problem, Sizes, examples, problem
from eval.studies.unfolding_memory.peak import peak_bytes
from training.probes.memory import compiled_bytes, residual_bytes, tree_bytes
from training.probes.timing import median_seconds

Pairs = Sequence[tuple[str, str]]
"""Models, each with a rule."""


def measure(pairs: Pairs, sizes: Sizes, *, repeats: int, seed: int) -> list[Row]:
    """Price each gradient: bytes by tracing, by XLA and by the device, and seconds, all run in turn."""
    batch = examples(sizes, seed)
    rows: list[Row] = []
    programs: dict[str, Callable[[], object]] = {}
    for model, rule in pairs:
        posed = problem(model, rule, sizes)
        params = jax.jit(posed.init)(jax.random.key(seed))
        start = time.perf_counter()
        compiled = jax.jit(jax.value_and_grad(posed.loss, has_aux=True)).lower(params, *batch).compile()
        compile_seconds = time.perf_counter() - start
        analysed = compiled_bytes(compiled)
        peak, no_peak = peak_bytes(model, rule, sizes, seed)
        rows.append(
            {
                "model": model,
                "rule": rule,
                "parameters": sum(leaf.size for leaf in jax.tree.leaves(params)),
                "residual_bytes": _residual_bytes(posed, sizes),
                "temp_bytes": analysed.get("memory/temp_bytes"),
                "argument_bytes": analysed.get("memory/argument_bytes"),
                "input_bytes": tree_bytes(batch),
                "device_peak_bytes": peak,
                "device_peak_unavailable": no_peak,
                "compile_seconds": compile_seconds,
            }
        )
        programs[f"{model}, {rule}"] = _ready(compiled, params, *batch)
    seconds = median_seconds(programs, repeats)
    for row in rows:
        row["gradient_seconds"] = seconds[f"{row['model']}, {row['rule']}"]
    for row in rows:
        plain = seconds.get(f"{row['model']}, {RULES[row['model']][0]}")
        row["seconds_to_plain"] = None if plain is None else row["gradient_seconds"] / plain
    return rows


def trace(pairs: Pairs, sizes: Sizes) -> list[Row]:
    """What the reverse pass of each gradient is handed, with nothing compiled or allocated."""
    return [
        {"model": model, "rule": rule, "residual_bytes": _residual_bytes(problem(model, rule, sizes), sizes)}
        for model, rule in pairs
    ]


def _residual_bytes(posed: Problem, sizes: Sizes) -> int:
    params = jax.eval_shape(posed.init, jax.random.key(0))
    return residual_bytes(posed.loss, params, *jax.eval_shape(lambda: examples(sizes, 0)))


def _ready(compiled: Any, *arguments: Any) -> Callable[[], object]:
    return lambda: compiled(*arguments)
