"""The table: one flat row per point, every row with every column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import groupby, pairwise

from eval.claims import CLAIMS
from eval.recorder import Row

COLUMNS = (
    "part",
    "ansatz",
    "qubits",
    "depth",
    "depth_per_qubit",
    "observable",
    "parameter",
    "variance",
    "variance_low",
    "variance_high",
    "effective_samples",
    "formula",
    "saturated",
    "plateau_depth",
    "method",
    "refused",
    "samples",
    "noise_rate",
    "parameters",
    "shots",
    "shot_seconds",
    "cost_variance",
    "cost_formula",
    "width",
    "coverage",
    "repeats",
    "right",
    "seconds",
)
"""Every row has all of them; ``None`` is "does not apply" or "cannot be had".

``part`` of the study; ``ansatz`` (or paradigm), ``qubits`` (or ``width``), ``depth`` in layers; ``variance`` of the
derivative with respect to ``parameter``, with its 95% interval where it was sampled (``effective_samples``) and bounds
on the numerical error where it was computed; ``formula`` of the saturated circuit; ``saturated``: agrees with half or
double the depth; ``plateau_depth``: layers at which the family comes within the tolerance of the formula; ``refused``:
why there is no variance; ``shots`` of a whole gradient by parameter shift at signal-to-noise 1, and ``shot_seconds`` at
1 MHz; ``cost_variance`` of the cost itself and its formula; ``coverage`` of nominal 95% intervals over ``repeats``;
``right``: refused, or equal to the truth; ``seconds`` that the point took (all depths of one sweep together).
"""

DERIVED = ("saturated", "plateau_depth", "shots", "shot_seconds")
"""Columns that follow from others, and are computed again from them wherever they are used."""

STATE_VECTOR = "state vector"
FIRST = "first layer, first qubit"
ALL = "mean over all"
"""Which derivative a row is of."""

SATURATION_BITS = CLAIMS["C3"].thresholds["saturation_bits"]
SHOT_SECONDS = 1e-6
"""A shot at 1 MHz, faster than any machine of 2025."""


def complete(rows: Iterable[Row]) -> list[Row]:
    """Give every row all columns, in order, those that follow from others computed from these rows.

    Args:
        rows: Measured rows; what they say in a column of ``DERIVED`` is dropped.
    """
    table = [{column: None if column in DERIVED else row.get(column) for column in COLUMNS} for row in rows]
    for row in table:
        if row["variance"] and row["parameters"] and row["qubits"]:
            row["shots"] = shots(row["variance"], row["parameters"])
            row["shot_seconds"] = SHOT_SECONDS * row["shots"]
    for family in families(table, lambda row: row["part"] in ("deep", "mcclean", "entangling")):
        _mark_saturation(family)
    return table


def shots(variance: float, parameters: int) -> float:
    """Return the shots of one gradient at signal-to-noise 1.

    S shots in each of the two circuits per parameter leave noise of variance 1/(2S) in its derivative. That noise
    equals the gradient's own variance at S = 1/(2 Var), so that all parameters take N / Var.
    """
    return parameters / variance


def families(rows: Iterable[Row], keep: Callable[[Row], bool]) -> list[list[Row]]:
    """Group the rows that differ in depth and method alone, shallowest first.

    Args:
        rows: Rows with all columns.
        keep: Which of them to group; those without a variance are left out.
    """

    def key(row: Row) -> tuple:
        names = ("part", "ansatz", "observable", "parameter", "noise_rate")
        return (*(str(row[name]) for name in names), row["qubits"])

    kept = sorted((row for row in rows if keep(row) and row["variance"]), key=lambda row: (key(row), row["depth"]))
    return [list(family) for _, family in groupby(kept, key)]


def _mark_saturation(family: list[Row]) -> None:
    # Computed variances tell where the plateau is; sampled ones at the same depth only share what they say.
    computed = [row for row in family if row["method"] != STATE_VECTOR]
    by_depth = {row["depth"]: row["variance"] for row in computed}
    for row in family:
        depth, variance = row["depth"], by_depth.get(row["depth"])
        others = [by_depth[other] for other in (2 * depth, depth / 2) if other in by_depth]
        if variance and others:
            row["saturated"] = any(abs(bits(variance, other)) <= SATURATION_BITS for other in others)
    if len(computed) > 1:
        reached = plateau_depth(computed)
        for row in family:
            row["plateau_depth"] = reached


def plateau_depth(family: list[Row]) -> float | None:
    """Find the layers at which a family's variance comes, for good, within the tolerance of the formula.

    Between measured depths log2(variance ÷ formula) is interpolated in the logarithm of depth. ``None`` where the
    deepest circuit is still outside.
    """
    excess = [(math.log2(row["depth"]), abs(bits(row["variance"], row["formula"]))) for row in family]
    if excess[-1][1] > SATURATION_BITS:
        return None
    for (shallow, before), (deep, after) in reversed(list(pairwise(excess))):
        if before > SATURATION_BITS:
            share = (before - SATURATION_BITS) / (before - after)
            return 2 ** (shallow + share * (deep - shallow))
    return float(family[0]["depth"])


def bits(variance: float, reference: float) -> float:
    """Return log2 of a variance over a reference."""
    return math.log2(variance / reference)
