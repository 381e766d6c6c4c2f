"""Tables of the study of the gradient's price whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from eval.rows import Row
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import exponents
from eval.studies.gradient_price.findings import findings
from eval.studies.gradient_price.names import AXES, DEPTH, LAYERS, RULES, SHIFT, SNN, STEPS, TRANSFORMER, VQC, Axis
from eval.studies.gradient_price.projection import projections
from eval.studies.gradient_price.rows import Exponent, Finding, GradientPrice
from training.gradients import GradientName

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
ESTIMATORS: tuple[GradientName, ...] = ("reverse", "spsa", "forward")
RATIOS = {"flops": 3.0, "seconds": 3.0, "memory": 2.5, "temp": 2.0}
DERIVED = ("exponents", "findings", "projections", "hardware_projections")
"""Kinds of row that are computed from its prices."""

Growing = Callable[[int], float]


def prices(**changes: Growing) -> list[GradientPrice]:
    """Make prices in which every ratio is flat, but for parameter shift.

    Args:
        **changes: Factors by N of what is named: a key of ``RATIOS`` for the transformer's reverse mode along its
            width, with ``_depth`` after it along its depth, ``adjoint_`` or ``shift_`` before it for a circuit's;
            ``circuits`` for those of parameter shift; ``kept`` for the bytes of backpropagation through time.
    """
    return [
        _price(paradigm, axis, rule, estimator, size, changes)
        for paradigm, axes in AXES.items()
        for axis in axes
        for rule in RULES[paradigm]
        for estimator in (ESTIMATORS if axis == axes[0] else ESTIMATORS[:1])
        for size in SIZES
    ]


def whole(priced: list[GradientPrice]) -> list[Row]:
    """Add what the study computes from prices and stores beside them."""
    known = exponents(priced, 30.0, {TRANSFORMER: 500.0})
    return [*priced, *known, *findings(priced, known), *projections(known, Config())]


def table(**changes: Growing) -> list[Row]:
    """Make a whole table; see :func:`prices`."""
    return whole(prices(**changes))


def misled(rows: list[Row]) -> list[Row]:
    """Contradict what is stored beside the prices, so that a verdict which reads it is found out."""
    found: list[Row] = []
    for row in rows:
        if isinstance(row, Exponent):
            row = replace(row, exponent=7.0, low=6.0, high=8.0, at_largest=1e9, most=1e9, log_exponent=0.0)
        elif isinstance(row, Finding):
            wrong = "undecided"
            row = replace(row, operations=wrong, seconds=wrong, memory=wrong, simulated=wrong, hardware=wrong)
        found.append(row)
    return found


def without(rows: list[Row], **fields: Any) -> list[Row]:
    """Drop the rows that have all of these values."""
    return [row for row in rows if not _has(row, fields)]


def unknown(rows: list[Row], *names: str, **fields: Any) -> list[Row]:
    """Take values away from the prices that have all of these fields."""
    return [
        replace(row, **dict.fromkeys(names)) if isinstance(row, GradientPrice) and _has(row, fields) else row
        for row in rows
    ]


def _has(row: Row, fields: Mapping[str, Any]) -> bool:
    return all(vars(row).get(name) == value for name, value in fields.items())


def _price(
    paradigm: str, axis: Axis, rule: str, estimator: GradientName, size: int, changes: Mapping[str, Growing]
) -> GradientPrice:
    def change(name: str) -> float:
        return changes.get(name, lambda n: 1.0)(size)

    ratios = dict(RATIOS)
    shift = rule == SHIFT and estimator == "reverse"
    if shift:
        ratios |= {"flops": 2.0 * size, "seconds": 2.0 * size}
    prefix, suffix = {"adjoint": "adjoint_", SHIFT: "shift_"}.get(rule, ""), "_depth" if axis == DEPTH else ""
    if estimator == "reverse" and ((paradigm, rule) == (TRANSFORMER, "backprop") or (prefix and axis == LAYERS)):
        ratios = {name: ratio * change(prefix + name + suffix) for name, ratio in ratios.items()}
    circuit, over_time = paradigm == VQC, (paradigm, axis, rule) == (SNN, STEPS, "bptt")
    executions = round(2 * size * change("circuits")) if shift else 2 if estimator == "spsa" else None
    # Counts are whole, and so large that rounding changes no ratio by what an interval would show.
    return GradientPrice(
        paradigm=paradigm,
        axis=axis,
        differentiation=rule,
        gradient=estimator,
        size=size,
        parameters=size,
        gate_angles=size if circuit else None,
        batch=2,
        forward_executions=1 if circuit else None,
        gradient_executions=executions if circuit else None,
        forward_flops=10**8 * size,
        flops=round(1e8 * size * ratios["flops"]),
        forward_seconds=1e-6 * size,
        gradient_seconds=1e-6 * size * ratios["seconds"],
        call_seconds=1e-5,
        residual_bytes=round(1e8 * size * (change("kept") if over_time else 1.0)) if estimator == "reverse" else None,
        temp_bytes=round(1e8 * ratios["temp"]),
        argument_bytes=4 * size,
        total_bytes=round(1e8 * size * ratios["memory"]),
        forward_temp_bytes=10**8,
        forward_total_bytes=10**8 * size,
    )


def root(size: int) -> float:
    """Grow as a square root, from 1 on."""
    return (size / SIZES[0]) ** 0.5


def falling(size: int) -> float:
    """Fall as a square root, from 1 on."""
    return 1 / root(size)


def crooked(size: int) -> float:
    """Follow no law."""
    return {100: 1.0, 1000: 1.3, 10_000: 0.7, 100_000: 1.3, 1_000_000: 1.0}[size]


CONFIG = Config()
WHOLE = (misled(table()), CONFIG)
PLAIN = {"paradigm": TRANSFORMER, "differentiation": "backprop", "gradient": "reverse"}
UNCOUNTED = unknown(table(), "flops", **PLAIN)
UNWEIGHED = unknown(table(), "total_bytes", "temp_bytes", **PLAIN)
TABLES = {
    "C1.operations": {
        "holds": WHOLE,
        "fails": (table(flops=lambda size: 1.5 if size == 1000 else 1.0), CONFIG),
        "undecided": (unknown(table(), "flops", **PLAIN, size=1000), CONFIG),
        "not measured": (UNCOUNTED, CONFIG),
    },
    "C1.growth": {
        "holds": WHOLE,
        "fails": (table(flops_depth=lambda size: size**0.1), CONFIG),
        "undecided": (table(flops=crooked), CONFIG),
        "not measured": (UNCOUNTED, CONFIG),
    },
    "C1.seconds": {
        "holds": WHOLE,
        "fails": (table(seconds=root), CONFIG),
        "undecided": (table(seconds=crooked), CONFIG),
        "not measured": (unknown(table(), "gradient_seconds", **PLAIN), CONFIG),
    },
    "C1.memory": {
        "holds": WHOLE,
        "fails": (table(memory_depth=root), CONFIG),
        "undecided": (table(memory=crooked), CONFIG),
        "not measured": (UNWEIGHED, CONFIG),
    },
    "C1.temporaries": {
        "holds": WHOLE,
        "fails": (table(temp_depth=root), CONFIG),
        "undecided": (table(temp=crooked), CONFIG),
        "not measured": (UNWEIGHED, CONFIG),
    },
    "C1.adjoint": {
        "holds": WHOLE,
        "fails": (table(adjoint_seconds=root), CONFIG),
        "undecided": (table(adjoint_flops=crooked), CONFIG),
        "not measured": (without(table(), differentiation="adjoint"), CONFIG),
    },
    "C1.parameter_shift": {
        "holds": WHOLE,
        "fails": (table(shift_flops=falling), CONFIG),
        "undecided": (table(shift_seconds=crooked), CONFIG),
        "not measured": (without(table(), differentiation=SHIFT), CONFIG),
    },
    "C1.hardware": {
        "holds": WHOLE,
        "fails": (table(circuits=falling), CONFIG),
        "undecided": (table(circuits=crooked), CONFIG),
        "not measured": (unknown(table(), "gradient_executions", differentiation=SHIFT), CONFIG),
    },
    "C1.spiking_time": {
        "holds": WHOLE,
        "fails": (table(kept=falling), CONFIG),
        "undecided": (table(kept=crooked), CONFIG),
        "not measured": (without(table(), axis=STEPS), CONFIG),
    },
}
