"""Tables of the study of the gradient's price whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eval.recorder import Row
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import exponents
from eval.studies.gradient_price.findings import findings
from eval.studies.gradient_price.pricing import COLUMNS
from eval.studies.gradient_price.projection import projections
from eval.studies.gradient_price.subjects import AXES, DEPTH, LAYERS, RULES, SHIFT, SNN, STEPS, TRANSFORMER, VQC

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
RATIOS = {"flops": 3.0, "seconds": 3.0, "memory": 2.5, "temp": 2.0}
DERIVED = ("exponent", "finding", "projection")
"""Parts of a table that are computed from its prices."""

Growing = Callable[[int], float]


def prices(**changes: Growing) -> list[Row]:
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
        for estimator in (("reverse", "spsa", "forward") if axis == axes[0] else ("reverse",))
        for size in SIZES
    ]


def whole(rows: list[Row]) -> list[Row]:
    """Add what the study computes from prices and stores beside them."""
    rows = list(rows)
    rows += exponents(rows, 30.0, {TRANSFORMER: 500.0})
    rows += findings(rows)
    rows += projections(rows, Config())
    return [dict.fromkeys(COLUMNS) | row for row in rows]


def table(**changes: Growing) -> list[Row]:
    """Make a whole table; see :func:`prices`."""
    return whole(prices(**changes))


def misled(rows: list[Row]) -> list[Row]:
    """Contradict what is stored beside the prices, so that a verdict which reads it is found out."""
    wrong = {"exponent": 7.0, "low": 6.0, "high": 8.0, "at_largest": 1e9, "most": 1e9, "log_exponent": 0.0}
    wrong_findings = dict.fromkeys(("operations", "seconds", "memory", "simulated", "hardware"), "undecided")
    return [row | {"exponent": wrong, "finding": wrong_findings}.get(row["part"], {}) for row in rows]


def without(rows: list[Row], **columns: Any) -> list[Row]:
    """Drop the rows that have all of these values."""
    return [row for row in rows if any(row.get(name) != value for name, value in columns.items())]


def unknown(rows: list[Row], *names: str, **columns: Any) -> list[Row]:
    """Take values away from the rows that have all of these columns."""
    return [
        row | dict.fromkeys(names) if all(row.get(name) == value for name, value in columns.items()) else row
        for row in rows
    ]


def _price(paradigm: str, axis: str, rule: str, estimator: str, size: int, changes: Mapping[str, Growing]) -> Row:
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
    return dict.fromkeys(COLUMNS) | {
        "part": "price",
        "paradigm": paradigm,
        "axis": axis,
        "size": size,
        "differentiation": rule,
        "gradient": estimator,
        "parameters": size,
        "gate_angles": size if circuit else None,
        "executions_forward": 1 if circuit else None,
        "executions": 2 * size * change("circuits") if shift else 2 if circuit and estimator == "spsa" else None,
        "flops_forward": 10.0 * size,
        "flops_gradient": 10.0 * size * ratios["flops"],
        "seconds_forward": 1e-6 * size,
        "seconds_call": 1e-5,
        "seconds_gradient": 1e-6 * size * ratios["seconds"],
        "residual_bytes": 40 * size * (change("kept") if over_time else 1.0) if estimator == "reverse" else None,
        "temp_bytes": 100 * ratios["temp"],
        "temp_bytes_forward": 100,
        "memory_forward_bytes": 10 * size,
        "memory_gradient_bytes": 10 * size * ratios["memory"],
        "argument_bytes": 4 * size,
        "batch": 2,
    }


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
UNCOUNTED = unknown(table(), "flops_gradient", **PLAIN)
UNWEIGHED = unknown(table(), "memory_gradient_bytes", "temp_bytes", **PLAIN)
TABLES = {
    "C1.operations": {
        "holds": WHOLE,
        "fails": (table(flops=lambda size: 1.5 if size == 1000 else 1.0), CONFIG),
        "undecided": (unknown(table(), "flops_gradient", **PLAIN, size=1000), CONFIG),
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
        "not measured": (unknown(table(), "seconds_gradient", **PLAIN), CONFIG),
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
        "not measured": (unknown(table(), "executions", differentiation=SHIFT), CONFIG),
    },
    "C1.spiking_time": {
        "holds": WHOLE,
        "fails": (table(kept=falling), CONFIG),
        "undecided": (table(kept=crooked), CONFIG),
        "not measured": (without(table(), axis=STEPS), CONFIG),
    },
}
