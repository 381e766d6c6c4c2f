"""Rows that belong together, and how their variance changes with qubits or width: read by figure and verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from eval.models.plateau_formulas import ObservableName, formula
from eval.rows import Row, of
from eval.statistics.bits import bits, error_bits
from eval.statistics.heavy_tails import LEAST_EFFECTIVE_SAMPLES
from eval.statistics.intervals import Interval
from eval.statistics.laws import EXACT_BITS, Line, line
from eval.studies.barren_plateaus.rows import (
    FIRST,
    CircuitVariance,
    ComputedVariance,
    Family,
    MeasuredVariance,
    NetworkVariance,
    Paradigm,
    SampledVariance,
)

_V = TypeVar("_V", bound=MeasuredVariance)


def saturated(rows: Sequence[Row], family: Family, observable: ObservableName) -> list[ComputedVariance]:
    """Return the deepest saturated circuit of every width, narrowest first."""
    deepest: dict[int, ComputedVariance] = {}
    for row in of(rows, ComputedVariance):
        fits = (row.family, row.observable) == (family, observable) and row.saturated
        if fits and row.layers >= deepest.get(row.qubits, row).layers:
            deepest[row.qubits] = row
    return [deepest[qubits] for qubits in sorted(deepest)]


def computed(rows: Sequence[Row], family: Family, observable: ObservableName) -> list[ComputedVariance]:
    """Return the variances of a family, such as the product ansatz, that has one depth; narrowest first."""
    kept = [row for row in of(rows, ComputedVariance) if (row.family, row.observable) == (family, observable)]
    return _ascending(kept, _qubits)


def sampled(rows: Sequence[Row], family: Family, observable: ObservableName) -> list[SampledVariance]:
    """Return the first angle's variances from state vectors that enough effective samples carry, narrowest first."""
    kept = [
        row
        for row in of(rows, SampledVariance)
        if (row.family, row.observable, row.parameter) == (family, observable, FIRST)
        and row.effective_samples >= LEAST_EFFECTIVE_SAMPLES
    ]
    return _ascending(kept, _qubits)


def local(rows: Sequence[Row], ansatz: str, layers: int) -> list[ComputedVariance]:
    """Return the variances of the local cost at one depth, narrowest first."""
    kept = [
        row for row in of(rows, ComputedVariance) if (row.family, row.ansatz, row.layers) == ("local", ansatz, layers)
    ]
    return _ascending(kept, _qubits)


def networks(rows: Sequence[Row], paradigm: Paradigm, layers: int) -> list[NetworkVariance]:
    """Return the networks of a paradigm at one depth, narrowest first."""
    kept = [row for row in of(rows, NetworkVariance) if (row.paradigm, row.layers) == (paradigm, layers)]
    return _ascending(kept, lambda row: row.width)


def value(row: MeasuredVariance) -> float:
    """Return the variance of a row that has one, as all that are picked here do."""
    assert row.variance_over_initialisations is not None, row
    return row.variance_over_initialisations


def interval(row: MeasuredVariance) -> tuple[float, float]:
    """Return the ends of a variance's interval, which are the variance itself where it is exact."""
    low, high = (value(row) if end is None else end for end in (row.variance_low, row.variance_high))
    return low, high


def decay(rows: Sequence[CircuitVariance], comparisons: int = 1) -> Line | None:
    """Fit log2 Var against qubits; ``None`` for fewer than three widths.

    Args:
        rows: One variance per width.
        comparisons: How many such slopes are to lie in their 95% intervals together.
    """
    return _line([(float(row.qubits), math.log2(value(row)), row) for row in rows], comparisons)


def departure(rows: Sequence[CircuitVariance], comparisons: int = 1) -> Line | None:
    """Fit log2(Var ÷ exact formula) against qubits; see :func:`decay`."""
    return _line(
        [(float(row.qubits), bits(value(row), formula(row.ansatz, row.observable, row.qubits)), row) for row in rows],
        comparisons,
    )


def power(sizes: Iterable[int], rows: Sequence[MeasuredVariance]) -> Line | None:
    """Fit log2 Var against log2 of sizes, so that the slope is an exponent; ``None`` for fewer than three of them."""
    return _line([(math.log2(size), math.log2(value(row)), row) for size, row in zip(sizes, rows, strict=True)])


def change(first: MeasuredVariance, second: MeasuredVariance) -> Interval:
    """Return log2 of the second variance over the first, with the least and the most that their bounds allow."""
    (low, high), (other_low, other_high) = _bounds(first), _bounds(second)
    bits_more = math.log2(value(second)) - math.log2(value(first))
    return Interval(bits_more, other_low - high, other_high - low)


def _qubits(row: CircuitVariance) -> int:
    return row.qubits


def _ascending(rows: Sequence[_V], size: Callable[[_V], int]) -> list[_V]:
    return sorted((row for row in rows if row.variance_over_initialisations), key=size)


def _bounds(row: MeasuredVariance) -> tuple[float, float]:
    """In bits."""
    low, high = (math.log2(end) if end > 0 else -math.inf for end in interval(row))
    return low, high


def _line(points: Sequence[tuple[float, float, MeasuredVariance]], comparisons: int = 1) -> Line | None:
    if len({x for x, _, _ in points}) < 3:
        return None
    errors = [max(error_bits(value(row), row.variance_low, row.variance_high), EXACT_BITS) for _, _, row in points]
    return line([x for x, _, _ in points], [y for _, y, _ in points], errors, comparisons=comparisons)
