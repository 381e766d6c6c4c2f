"""What follows from measured variances: saturation, the depth of the plateau, and the shots that resolve a gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import TypeVar

from eval.claims import CLAIMS
from eval.rows import Row, of
from eval.statistics.bits import bits
from eval.studies.barren_plateaus.rows import CircuitVariance, ComputedVariance, Family

PLATEAUS: tuple[Family, ...] = ("deep", "mcclean", "entangling")
"""Families whose variance is followed to saturation."""

SATURATION_BITS = CLAIMS["C3"].thresholds["saturation_bits"]
SHOT_SECONDS = 1e-6
"""A shot at 1 MHz, faster than any machine of 2025."""

_Circuit = tuple[Family, str, str, float, int]
_Variance = TypeVar("_Variance", bound=CircuitVariance)


def complete(rows: Iterable[Row]) -> list[Row]:
    """Fill in the fields of variances that follow from others; what these say beforehand is dropped."""
    table = [_with_shots(row) if isinstance(row, CircuitVariance) else row for row in rows]
    circuits = {_circuit(family[0]): family for family in families(of(table, ComputedVariance), PLATEAUS)}
    return [
        _with_saturation(row, circuits.get(_circuit(row), [])) if isinstance(row, ComputedVariance) else row
        for row in table
    ]


def shots(variance: float, parameters: int) -> float:
    """Return the shots of one gradient at signal-to-noise 1.

    S shots in each of the two circuits per parameter leave noise of variance 1/(2S) in its derivative. That noise
    equals the gradient's own variance at S = 1/(2 Var), so that all parameters take N / Var.
    """
    return parameters / variance


def families(rows: Iterable[ComputedVariance], names: Sequence[Family]) -> list[list[ComputedVariance]]:
    """Group the variances of circuits that differ in depth alone, shallowest first.

    Args:
        rows: The variances; what was refused, or is zero, is left out.
        names: The families that are grouped.
    """
    kept = [row for row in rows if row.family in names and row.variance_over_initialisations]
    kept.sort(key=lambda row: (_circuit(row), row.layers))
    return [list(family) for _, family in groupby(kept, _circuit)]


def _circuit(row: ComputedVariance) -> _Circuit:
    return row.family, row.ansatz, row.observable, row.noise_rate, row.qubits


def _with_shots(row: _Variance) -> _Variance:
    variance = row.variance_over_initialisations
    if not variance:
        return replace(row, shots_to_resolve=None, shot_seconds=None)
    needed = shots(variance, row.parameters)
    return replace(row, shots_to_resolve=needed, shot_seconds=SHOT_SECONDS * needed)


def _with_saturation(row: ComputedVariance, family: Sequence[ComputedVariance]) -> ComputedVariance:
    by_depth: dict[float, float | None] = {one.layers: one.variance_over_initialisations for one in family}
    variance = by_depth.get(row.layers)
    others = [other for depth in (2 * row.layers, row.layers / 2) if (other := by_depth.get(depth))]
    saturated = None
    if variance and others:
        saturated = any(abs(bits(variance, other)) <= SATURATION_BITS for other in others)
    return replace(row, saturated=saturated, plateau_layers=plateau_layers(family) if variance else None)


def plateau_layers(family: Sequence[ComputedVariance]) -> float | None:
    """Find the layers at which a family's variance comes, for good, within the tolerance of the formula.

    Between measured depths log2(variance ÷ formula) is interpolated in the logarithm of depth. ``None`` for a single
    depth, and where the deepest circuit is still outside.
    """
    excess = [
        (math.log2(row.layers), abs(bits(row.variance_over_initialisations, row.formula)))
        for row in family
        if row.variance_over_initialisations
    ]
    if len(excess) < 2 or excess[-1][1] > SATURATION_BITS:
        return None
    for (shallow, before), (deep, after) in reversed(list(pairwise(excess))):
        if before > SATURATION_BITS:
            share = (before - SATURATION_BITS) / (before - after)
            return 2 ** (shallow + share * (deep - shallow))
    return float(family[0].layers)
