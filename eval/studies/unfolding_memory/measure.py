"""Every point of the study, through its recorder."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.unfolding_memory import learning, memory
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.findings import laws
from eval.studies.unfolding_memory.models import ONLINE_RULES, RULES, SNN, TRANSFORMER, Sizes
from eval.studies.unfolding_memory.rows import Gradient, MissingTask, Shape, Trace

ALL = tuple((model, rule) for model, rules in RULES.items() for rule in rules)


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure bytes and seconds against time, width and depth, then directions and accuracies; laws are fitted last."""
    tasks = {name: learning.missing(name) for name in config.tasks}
    sizes = Sizes(1, config.channels, config.width, config.depth, config.batch, config.block_steps)
    shape = {"width": config.width, "depth": config.depth}
    rows: list[Row] = []
    for steps in sorted(set(config.time_steps)):
        pairs = [(model, rule) for model, rule in ALL if model != TRANSFORMER or steps <= config.transformer_steps]
        measure = partial(
            memory.measure, pairs, replace(sizes, time_steps=steps), repeats=config.timing_repeats, seed=config.seed
        )
        rows += recorder.measure({"part": Gradient.part, "time_steps": steps, **shape}, measure)
    for steps in sorted(set(config.traced_steps) - set(config.time_steps)):
        trace = partial(memory.trace, ALL, replace(sizes, time_steps=steps))
        rows += recorder.measure({"part": Trace.part, "time_steps": steps, **shape}, trace)
    for width, depth in _shapes(config):
        point = {"part": Shape.part, "time_steps": config.shape_steps, "width": width, "depth": depth}
        rows += recorder.measure(
            point, partial(_per_step, replace(sizes, width=width, depth=depth), config.shape_steps)
        )
    for place, (name, reason) in enumerate(tasks.items()):
        if reason is not None:
            rows.append(MissingTask(task=name, reason=reason))
            continue
        task = learning.load(name)
        # Exact rules give one gradient, up to rounding: that they train alike is shown once.
        for rule in RULES[SNN] if place == 0 else ("bptt", *ONLINE_RULES):
            point = {"part": "learning", "task": name, "differentiation": rule}
            rows += recorder.measure(point, partial(learning.measure, task, rule, config))
    return [*rows, *laws(rows, ALL)]


def _shapes(config: Config) -> list[tuple[int, int]]:
    shapes = {(width, config.depth) for width in config.widths} | {(config.width, depth) for depth in config.depths}
    return sorted(shapes)


def _per_step(sizes: Sizes, steps: int) -> list[Shape]:
    """Count the bytes that one more step keeps, where all steps keep the same."""
    pairs = [(model, rule) for model, rule in ALL if model == SNN or (rule == RULES[model][0] and model != TRANSFORMER)]
    shorter, longer = (memory.trace(pairs, replace(sizes, time_steps=length)) for length in (steps, 4 * steps))
    found = []
    for first, second in zip(shorter, longer, strict=True):
        if first.residual_bytes is None or second.residual_bytes is None:
            continue
        more = (second.residual_bytes - first.residual_bytes) / (3 * steps)
        found.append(
            Shape(
                model=first.model, differentiation=first.differentiation, time_steps=steps, width=sizes.width,
                depth=sizes.depth, residual_bytes=first.residual_bytes, bytes_per_step=more,
            )
        )  # fmt: skip
    return found
