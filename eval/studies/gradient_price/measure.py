"""Every point of the study, through its recorder."""

from __future__ import annotations

from functools import cache, partial

from eval.studies.gradient_price import own_model
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import exponents
from eval.studies.gradient_price.findings import findings
from eval.studies.gradient_price.pricing import (
    COLUMNS,
    FORWARD,
    PRICE,
    REVERSE,
    SPSA,
    Compiled,
    Program,
    call_seconds,
    clock,
    trace,
    weigh,
)
from eval.studies.gradient_price.projection import projections
from eval.studies.gradient_price.subjects import (
    AXES,
    DEPTH,
    GROWING,
    LAYERS,
    NEURONS,
    QUBITS,
    RULES,
    SHIFT,
    STEPS,
    TRANSFORMER,
    WIDTH,
    subject,
)
from eval.study import Recorder, Row


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Prices along every axis, then what they say: exponents, findings and projections; ``part`` tells which a row is.

    Raises:
        BadInput: ``config.model`` is no model.
    """
    rows: list[Row] = []
    if config.model is not None:
        rows += own_model.measure(config, recorder)
    for paradigm, axes in AXES.items():
        for axis in axes:
            for size in _sizes(axis, config):
                point = {"part": PRICE, "paradigm": paradigm, "axis": axis, "size": size}
                rows += recorder.measure(point, partial(price, paradigm, axis, size, config))
    rows += exponents(rows, config.knee_factor, {TRANSFORMER: config.transformer_knee_factor})
    rows += findings(rows)
    rows += projections(rows, config)
    return [dict.fromkeys(COLUMNS) | row for row in rows]


def _sizes(axis: str, config: Config) -> list[int]:
    chosen = {
        WIDTH: config.widths, DEPTH: config.depths, NEURONS: config.neurons, STEPS: config.time_steps,
        LAYERS: config.layers, QUBITS: config.qubits,
    }  # fmt: skip
    return sorted(set(chosen[axis]))


def timed(axis: str, config: Config) -> list[int]:
    """Sizes along an axis at which gradients are timed, ascending."""
    chosen = {WIDTH: config.timed_widths, NEURONS: config.timed_neurons, LAYERS: config.timed_layers}
    return sorted(set(chosen.get(axis, ())))


def price(paradigm: str, axis: str, size: int, config: Config) -> list[Row]:
    """One row for every rule and estimator that is priced at this size."""
    plain = RULES[paradigm][0]
    base = Program(subject(paradigm, plain, axis, size, config))
    flops_forward = base.flops_forward()
    forward = arguments = idle = None
    if axis == DEPTH or size in timed(axis, config) or (axis == LAYERS and size in config.shift_layers):
        arguments = base.arguments(config.seed, initialised=False)
        forward = Compiled(base.forward, arguments)
        idle = None if axis == DEPTH else call_seconds(arguments)
    rows: list[Row] = []
    for rule in RULES[paradigm]:
        program = base if rule == plain else Program(subject(paradigm, rule, axis, size, config))
        for estimator in _estimators(axis, size, config):
            direction = estimator != FORWARD or _has_forward_mode(paradigm, rule, config)
            row = trace(program, estimator, flops_forward, config.error, forward_mode=direction)
            row["differentiation"] = rule
            rows.append(row)
            if forward is None or arguments is None or not _compiles(row, rule == plain, axis, size, config):
                continue
            gradient = Compiled(program.gradient(estimator), arguments)
            weigh(row, program, forward, gradient)
            if axis != DEPTH:
                clock(row, forward, gradient, seconds=config.timing_seconds, repeats=config.timing_repeats)
                row["seconds_call"] = idle
    return rows


@cache
def _has_forward_mode(paradigm: str, rule: str, config: Config) -> bool:
    """Of a rule, whatever the size."""
    axis = AXES[paradigm][0]
    return Program(subject(paradigm, rule, axis, _sizes(axis, config)[0], config)).has_forward_mode()


def estimator_sizes(axis: str, config: Config) -> list[int]:
    """Timed sizes at which SPSA and forward gradients are compiled too: the largest."""
    sizes = timed(axis, config)
    return sizes[len(sizes) - min(config.estimator_sizes, len(sizes)) :]


def _estimators(axis: str, size: int, config: Config) -> tuple[str, ...]:
    """Reverse mode everywhere; the others at a few sizes of the axis along which the parameters grow."""
    sizes = _sizes(axis, config)
    few = {sizes[0], sizes[len(sizes) // 2], sizes[-1], *estimator_sizes(axis, config)} if axis in GROWING else set()
    return (REVERSE, SPSA, FORWARD) if size in few else (REVERSE,)


def _compiles(row: Row, plain: bool, axis: str, size: int, config: Config) -> bool:
    if row["unavailable"] is not None:
        return False
    if row["differentiation"] == SHIFT:
        return row["gradient"] == REVERSE and axis == LAYERS and size in config.shift_layers
    if axis != DEPTH and size not in timed(axis, config):
        return False
    if row["gradient"] != REVERSE:
        # Both estimators run the forward pass, which is about the same under every rule.
        return plain and size in estimator_sizes(axis, config)
    return plain or axis == DEPTH or size > timed(axis, config)[0]
