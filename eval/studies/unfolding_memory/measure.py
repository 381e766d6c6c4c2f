"""Every point of the study, through its recorder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from eval.claims import CLAIMS
from eval.recorder import Recorder, Row
from eval.statistics.growth import growth
from eval.studies.unfolding_memory import learning, memory
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.models import ONLINE_RULES, RULES, SNN, TRANSFORMER, Sizes

LENGTHS, TRACED, SHAPES, LEARNING, FIT, MISSING = "lengths", "traced", "shapes", "learning", "fit", "missing"
"""``part`` of a row: a compiled gradient, one that was traced only, one more step's bytes, training, a law, a task
that is not there."""
FITTED = ("residual_bytes", "temp_bytes", "argument_bytes", "gradient_seconds")
ALL = tuple((model, rule) for model, rules in RULES.items() for rule in rules)


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Bytes and seconds against time, width and depth, then directions and accuracies; ``part`` says which a row is."""
    tasks = {name: learning.missing(name) for name in config.tasks}
    sizes = Sizes(1, config.channels, config.width, config.depth, config.batch, config.block_steps)
    shape = {"width": config.width, "depth": config.depth}
    rows: list[Row] = []
    for steps in sorted(set(config.time_steps)):
        pairs = [(model, rule) for model, rule in ALL if model != TRANSFORMER or steps <= config.transformer_steps]
        measure = partial(
            memory.measure, pairs, replace(sizes, time_steps=steps), repeats=config.timing_repeats, seed=config.seed
        )
        rows += recorder.measure({"part": LENGTHS, "time_steps": steps, **shape}, measure)
    for steps in sorted(set(config.traced_steps) - set(config.time_steps)):
        trace = partial(memory.trace, ALL, replace(sizes, time_steps=steps))
        rows += recorder.measure({"part": TRACED, "time_steps": steps, **shape}, trace)
    for width, depth in _shapes(config):
        point = {"part": SHAPES, "time_steps": config.shape_steps, "width": width, "depth": depth}
        rows += recorder.measure(point, partial(_a_step, replace(sizes, width=width, depth=depth), config.shape_steps))
    for place, (name, reason) in enumerate(tasks.items()):
        if reason is not None:
            rows.append({"part": MISSING, "task": name, "reason": reason})
            continue
        task = learning.load(name)
        # Exact rules give one gradient, up to rounding: that they train alike is shown once.
        for rule in RULES[SNN] if place == 0 else ("bptt", *ONLINE_RULES):
            point = {"part": LEARNING, "task": name, "rule": rule}
            rows += recorder.measure(point, partial(learning.measure, task, rule, config))
    return rows + fitted(rows)


def fitted(rows: Sequence[Row]) -> list[Row]:
    """The law of growth with time of every model, rule and quantity, as rows."""
    least = CLAIMS["C6"].thresholds["least_growth"]
    found: list[Row] = []
    for model, rule in ALL:
        for quantity in FITTED:
            points = {
                row["time_steps"]: row[quantity]
                for row in rows
                if row["part"] in (LENGTHS, TRACED) and (row["model"], row["rule"]) == (model, rule)
                if row.get(quantity) is not None
            }
            if len(points) >= 4:
                law = growth(list(points), list(points.values()), least_growth=least)
                found.append({"part": FIT, "model": model, "rule": rule, "quantity": quantity, **law._asdict()})
    return found


def _shapes(config: Config) -> list[tuple[int, int]]:
    shapes = {(width, config.depth) for width in config.widths} | {(config.width, depth) for depth in config.depths}
    return sorted(shapes)


def _a_step(sizes: Sizes, steps: int) -> list[Row]:
    """Bytes that one more step keeps, where all steps keep the same."""
    pairs = [(model, rule) for model, rule in ALL if model == SNN or (rule == RULES[model][0] and model != TRANSFORMER)]
    shorter, longer = (memory.trace(pairs, replace(sizes, time_steps=length)) for length in (steps, 4 * steps))
    return [
        {
            "model": first["model"],
            "rule": first["rule"],
            "residual_bytes": first["residual_bytes"],
            "bytes_a_step": (second["residual_bytes"] - first["residual_bytes"]) / (3 * steps),
        }
        for first, second in zip(shorter, longer, strict=True)
    ]
