"""What the table says: slopes, each with its interval. Figure and verdict both read from here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from eval.recorder import Row
from eval.statistics.laws import EXACT_BITS, Line, line
from eval.studies.barren_plateaus.table import STATE_VECTOR, bits

NORMAL = 1.959964
"""97.5% quantile, by which an interval's half width is a standard error."""


def saturated(rows: Sequence[Row], part: str, observable: str) -> list[Row]:
    """The deepest saturated circuit of every width, computed rather than sampled, narrowest first."""
    deepest: dict[int, Row] = {}
    for row in rows:
        fits = row["part"] == part and row["observable"] == observable and row["method"] != STATE_VECTOR
        if fits and row["saturated"] and row["depth"] >= deepest.get(row["qubits"], row)["depth"]:
            deepest[row["qubits"]] = row
    return [deepest[qubits] for qubits in sorted(deepest)]


def local(rows: Sequence[Row], ansatz: str, depth: int) -> list[Row]:
    """The local cost at one depth, narrowest first."""
    kept = [row for row in rows if row["part"] == "local" and (row["ansatz"], row["depth"]) == (ansatz, depth)]
    return sorted((row for row in kept if row["variance"]), key=lambda row: row["qubits"])


def networks(rows: Sequence[Row], name: str, column: str, other: int) -> list[Row]:
    """The networks of a paradigm against ``width`` or ``depth``, the other of the two being fixed."""
    fixed = "depth" if column == "width" else "width"
    kept = [row for row in rows if (row["part"], row["ansatz"], row[fixed]) == ("network", name, other)]
    return sorted((row for row in kept if row["variance"]), key=lambda row: row[column])


def decay(rows: Sequence[Row]) -> Line | None:
    """Slope of log2 Var per qubit."""
    return _slope(rows, lambda row: float(row["qubits"]), lambda row: math.log2(row["variance"]))


def departure(rows: Sequence[Row]) -> Line | None:
    """Slope of log2(Var ÷ formula) per qubit."""
    return _slope(rows, lambda row: float(row["qubits"]), lambda row: bits(row["variance"], row["formula"]))


def power(rows: Sequence[Row], column: str) -> Line | None:
    """Exponent of the variance in a column: the slope of log Var in its logarithm."""
    return _slope(rows, lambda row: math.log2(row[column]), lambda row: math.log2(row["variance"]))


def upper_half(rows: Sequence[Row]) -> list[Row]:
    """The wider half of a range of widths, at least three points of it: where a decay shows what it is."""
    return list(rows[-max(3, math.ceil(len(rows) / 2)) :])


def _slope(rows: Sequence[Row], x: Callable[[Row], float], y: Callable[[Row], float]) -> Line | None:
    """``None`` for fewer than three points, which have no interval."""
    if len(rows) < 3:
        return None
    errors = [max(error_bits(row), EXACT_BITS) for row in rows]
    return line([x(row) for row in rows], [y(row) for row in rows], errors)


def error_bits(row: Row) -> float:
    """Standard error of log2 Var, from the interval."""
    if not row["variance_low"] or not row["variance_high"]:
        return 0.0
    return math.log2(row["variance_high"] / row["variance_low"]) / (2 * NORMAL)
