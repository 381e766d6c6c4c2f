"""Rows that belong together, and how their variance changes with qubits, width or depth: read by figure and verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.models.plateau_formulas import formula
from eval.recorder import Row
from eval.statistics.heavy_tails import LEAST_EFFECTIVE_SAMPLES
from eval.statistics.intervals import Interval
from eval.statistics.laws import EXACT_BITS, Line, line
from eval.studies.barren_plateaus.table import FIRST, STATE_VECTOR, bits

NORMAL = 1.959964
"""97.5% quantile, by which an interval's half width is a standard error."""


def saturated(rows: Sequence[Row], part: str, observable: str) -> list[Row]:
    """Return the deepest saturated circuit of every width, computed rather than sampled, narrowest first."""
    deepest: dict[int, Row] = {}
    for row in rows:
        fits = row["part"] == part and row["observable"] == observable and row["method"] != STATE_VECTOR
        if fits and row["saturated"] and row["depth"] >= deepest.get(row["qubits"], row)["depth"]:
            deepest[row["qubits"]] = row
    return [deepest[qubits] for qubits in sorted(deepest)]


def computed(rows: Sequence[Row], part: str, observable: str) -> list[Row]:
    """Return the computed variances of a part, such as the product ansatz, that has one depth; narrowest first."""
    kept = [row for row in rows if (row["part"], row["observable"]) == (part, observable)]
    return _by(kept, "qubits", lambda row: row["method"] != STATE_VECTOR)


def sampled(rows: Sequence[Row], part: str, observable: str) -> list[Row]:
    """Return the first angle's variances from state vectors that enough effective samples carry, narrowest first."""
    kept = [row for row in rows if (row["part"], row["observable"]) == (part, observable)]
    return _by(
        kept,
        "qubits",
        lambda row: (
            row["method"] == STATE_VECTOR
            and row["parameter"] == FIRST
            and (row["effective_samples"] or 0) >= LEAST_EFFECTIVE_SAMPLES
        ),
    )


def local(rows: Sequence[Row], ansatz: str, depth: int) -> list[Row]:
    """Return the variances of the local cost at one depth, narrowest first."""
    return _by(rows, "qubits", lambda row: (row["part"], row["ansatz"], row["depth"]) == ("local", ansatz, depth))


def networks(rows: Sequence[Row], name: str, column: str, other: int) -> list[Row]:
    """Return the networks of a paradigm by ``width`` or ``depth``, where the other of the two is ``other``."""
    fixed = "depth" if column == "width" else "width"
    return _by(rows, column, lambda row: (row["part"], row["ansatz"], row[fixed]) == ("network", name, other))


def decay(rows: Sequence[Row], comparisons: int = 1) -> Line | None:
    """Fit log2 Var against qubits; ``None`` for fewer than three widths.

    Args:
        rows: One variance per width.
        comparisons: How many such slopes are to lie in their 95% intervals together.
    """
    return _line(rows, lambda row: float(row["qubits"]), lambda row: math.log2(row["variance"]), comparisons)


def departure(rows: Sequence[Row], comparisons: int = 1) -> Line | None:
    """Fit log2(Var ÷ exact formula) against qubits; see :func:`decay`."""
    return _line(
        rows,
        lambda row: float(row["qubits"]),
        lambda row: bits(row["variance"], formula(row["ansatz"], row["observable"], row["qubits"])),
        comparisons,
    )


def power(rows: Sequence[Row], column: str) -> Line | None:
    """Fit log2 Var against log2 of a column, so that the slope is an exponent; ``None`` for fewer than three rows."""
    return _line(rows, lambda row: math.log2(row[column]), lambda row: math.log2(row["variance"]))


def change(first: Row, second: Row) -> Interval:
    """Return log2 of the second variance over the first, with the least and the most that their bounds allow."""
    (low, high), (other_low, other_high) = _bounds(first), _bounds(second)
    bits_more = math.log2(second["variance"]) - math.log2(first["variance"])
    return Interval(bits_more, other_low - high, other_high - low)


def error_bits(row: Mapping[str, Any]) -> float:
    """Return the standard error of log2 Var that a row's 95% interval gives; 0 where it has none."""
    low, high = row["variance_low"], row["variance_high"]
    if low is None or high is None:
        return 0.0
    # An interval that reaches down to nothing has no lower end in bits: the upper half stands for both.
    return bits(high, low) / (2 * NORMAL) if low > 0 else bits(high, row["variance"]) / NORMAL


def _by(rows: Sequence[Row], column: str, keep: Callable[[Row], bool]) -> list[Row]:
    return sorted((row for row in rows if keep(row) and row["variance"]), key=lambda row: row[column])


def _bounds(row: Row) -> tuple[float, float]:
    """In bits; a computed variance without bounds is exact."""
    ends = (row["variance"] if row[name] is None else row[name] for name in ("variance_low", "variance_high"))
    low, high = (math.log2(end) if end > 0 else -math.inf for end in ends)
    return low, high


def _line(
    rows: Sequence[Row], x: Callable[[Row], float], y: Callable[[Row], float], comparisons: int = 1
) -> Line | None:
    if len({x(row) for row in rows}) < 3:
        return None
    errors = [max(error_bits(row), EXACT_BITS) for row in rows]
    return line([x(row) for row in rows], [y(row) for row in rows], errors, comparisons=comparisons)
