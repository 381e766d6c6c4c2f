"""Every point of the study, through its recorder."""

from __future__ import annotations

from functools import cache, partial

from eval.recorder import Recorder
from eval.rows import Row, of
from eval.studies.gradient_price import targets
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import exponents
from eval.studies.gradient_price.findings import findings
from eval.studies.gradient_price.models import own_model
from eval.studies.gradient_price.models.pricing import NO_FORWARD_MODE, price_row
from eval.studies.gradient_price.models.programs import Model
from eval.studies.gradient_price.models.subjects import spec_of, subject
from eval.studies.gradient_price.names import (
    AXES,
    DEPTH,
    FORWARD,
    GROWING,
    LAYERS,
    NEURONS,
    QUBITS,
    REVERSE,
    RULES,
    SHIFT,
    SPSA,
    STEPS,
    TRANSFORMER,
    WIDTH,
    Axis,
)
from eval.studies.gradient_price.projection import projections
from eval.studies.gradient_price.rows import GradientPrice, Series, UnavailableGradient
from training.errors import BadInput
from training.gradients import GradientName
from training.pricing import NOT_TIMED, Timing, call_seconds, price


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Prices along every axis, then what they say: exponents, findings and projections.

    Raises:
        BadInput: ``config.model`` is no model, or a machine of ``config.targets`` cannot be compiled for.
    """
    priced: list[GradientPrice | UnavailableGradient] = []
    compiled = targets.measure(config, timed, recorder)
    if config.model is not None:
        priced += own_model.measure(config, recorder)
    for paradigm, axes in AXES.items():
        for axis in axes:
            for size in _sizes(axis, config):
                point = {"paradigm": paradigm, "axis": axis, "size": size}
                priced += recorder.measure(point, partial(price_point, paradigm, axis, size, config))
    prices = of(priced, GradientPrice)
    known = exponents(prices, config.knee_factor, {TRANSFORMER: config.transformer_knee_factor})
    return [*priced, *compiled, *known, *findings(prices, known), *projections(known, config)]


def require_served(config: Config) -> None:
    """Build the smallest model along every axis, so that data which one cannot serve are refused at once.

    Raises:
        BadInput: The data cannot be read, or have more outputs than a circuit.
        Unsupported: A paradigm cannot serve them.
    """
    fewest = min(*config.qubits, config.circuit_qubits)
    outputs = 0 if config.task is None else spec_of(config.task).outputs
    if outputs > 2**fewest - 1:
        raise BadInput(
            f"settings.qubits={list(config.qubits)} and settings.circuit_qubits={config.circuit_qubits} must be at "
            f"least {outputs.bit_length()}, for the {outputs} outputs of the data: leave smaller ones out"
        )
    for paradigm, axes in AXES.items():
        for axis in axes:
            subject(paradigm, RULES[paradigm][0], axis, _sizes(axis, config)[0], config)


def _sizes(axis: Axis, config: Config) -> list[int]:
    chosen = {
        WIDTH: config.widths, DEPTH: config.depths, NEURONS: config.neurons, STEPS: config.time_steps,
        LAYERS: config.layers, QUBITS: config.qubits,
    }  # fmt: skip
    return sorted(set(chosen[axis]))


def timed(axis: Axis, config: Config) -> list[int]:
    """Sizes along an axis at which gradients are timed, ascending."""
    chosen = {WIDTH: config.timed_widths, NEURONS: config.timed_neurons, LAYERS: config.timed_layers}
    return sorted(set(chosen.get(axis, ())))


def price_point(paradigm: str, axis: Axis, size: int, config: Config) -> list[GradientPrice | UnavailableGradient]:
    """Price a model of one size: a row for every rule and estimator that is priced there."""
    plain = RULES[paradigm][0]
    base = Model(subject(paradigm, plain, axis, size, config))
    arguments = idle = None
    if axis == DEPTH or size in timed(axis, config) or (axis == LAYERS and size in config.shift_layers):
        arguments = base.arguments(config.seed, initialised=False)
        idle = None if axis == DEPTH else call_seconds(*arguments)
    forward = base.forward(arguments)
    forward_price = price(forward, compiled=arguments is not None)
    rows: list[GradientPrice | UnavailableGradient] = []
    for rule in RULES[paradigm]:
        model = base if rule == plain else Model(subject(paradigm, rule, axis, size, config))
        for estimator in _estimators(axis, size, config):
            one = Series(paradigm, rule, estimator, axis)
            if estimator == FORWARD and not _has_forward_mode(paradigm, rule, config):
                rows.append(UnavailableGradient(**one._asdict(), size=size, reason=NO_FORWARD_MODE))
                continue
            compiled = arguments is not None and _compiles(rule, estimator, rule == plain, axis, size, config)
            timing = Timing(config.timing_repeats, config.timing_seconds) if compiled and axis != DEPTH else NOT_TIMED
            program = model.gradient(estimator, forward, arguments if compiled else None)
            found = price(program, compiled=compiled, timing=timing)
            rows.append(price_row(one, size, model, forward_price, found, idle, config.error))
    return rows


@cache
def _has_forward_mode(paradigm: str, rule: str, config: Config) -> bool:
    """Whether a rule has forward mode, whatever the size."""
    axis = AXES[paradigm][0]
    return Model(subject(paradigm, rule, axis, _sizes(axis, config)[0], config)).has_forward_mode()


def estimator_sizes(axis: Axis, config: Config) -> list[int]:
    """Timed sizes at which SPSA and forward gradients are compiled too: the largest."""
    sizes = timed(axis, config)
    return sizes[len(sizes) - min(config.estimator_sizes, len(sizes)) :]


def _estimators(axis: Axis, size: int, config: Config) -> tuple[GradientName, ...]:
    """Reverse mode everywhere; the others at a few sizes of the axis along which the parameters grow."""
    sizes = _sizes(axis, config)
    few = {sizes[0], sizes[len(sizes) // 2], sizes[-1], *estimator_sizes(axis, config)} if axis in GROWING else set()
    return (REVERSE, SPSA, FORWARD) if size in few else (REVERSE,)


def _compiles(rule: str, estimator: GradientName, plain: bool, axis: Axis, size: int, config: Config) -> bool:
    if rule == SHIFT:
        return estimator == REVERSE and axis == LAYERS and size in config.shift_layers
    if axis != DEPTH and size not in timed(axis, config):
        return False
    if estimator != REVERSE:
        # Both estimators run the forward pass, which is about the same under every rule.
        return plain and size in estimator_sizes(axis, config)
    return plain or axis == DEPTH or size > timed(axis, config)[0]
