"""The small panels: depth, local costs, networks, noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eval.models.plateau_formulas import plateau, product
from eval.rows import Row, of
from eval.studies.barren_plateaus import slopes
from eval.studies.barren_plateaus.rows import PARADIGMS, ComputedVariance, Paradigm
from eval.studies.barren_plateaus.table import families
from training.drawing.axes import caption, empty, plain_ticks, style
from training.drawing.labels import label_ends
from training.drawing.palette import BLUE, DASHED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN_WIDTHS = 4
"""Curves in the panel on depth."""
NETWORKS: dict[Paradigm, str] = {"transformer": "transformer", "snn": "spiking"}
"""Paradigms, as they are named."""


def draw_depth(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw variance ÷ formula over layers per qubit, a curve per width, with a cross where the plateau is reached."""
    style(axes, "layers per qubit")
    caption(axes, "How deep is deep", "Z₁Z₂ ÷ formula;  ×: reached")
    kept = families([row for row in of(rows, ComputedVariance) if row.observable == "Z1Z2"], ("deep",))
    if not kept:
        empty(axes)
        return
    chosen = [kept[i] for i in sorted({round(i) for i in np.linspace(0, len(kept) - 1, SHOWN_WIDTHS)})]
    axes.set_xscale("log", base=2)
    ends = []
    for place, family in enumerate(chosen):
        qubits, reached = family[0].qubits, family[0].plateau_layers
        depths = [row.layers_per_qubit for row in family]
        excess = [slopes.value(row) / row.formula for row in family]
        strength = 0.35 + 0.65 * place / max(1, len(chosen) - 1)
        axes.plot(depths, excess, color=BLUE, alpha=strength, linewidth=1.6, marker="o", markersize=3)
        ends.append((f"n = {qubits}", depths[0], excess[0], BLUE))
        if reached:
            axes.plot(reached / qubits, 1.0, marker="x", color=INK, markersize=6, zorder=5)
    axes.axhline(1, color=INK, linewidth=0.9, linestyle=DASHED, zorder=1)
    plain_ticks(
        axes, sorted({row.layers_per_qubit for family in chosen for row in family} & {0.25, 0.5, 1, 2, 4, 8, 16})
    )
    first, last = axes.get_xlim()
    axes.set_xlim(first / 3, last)
    axes.set_ylim(min(0.3, axes.get_ylim()[0]), axes.get_ylim()[1])
    label_ends(axes, ends, x=-5.0)


def draw_local(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw local costs on shallow circuits against width, both logarithmic, beside the deep circuit's plateau."""
    style(axes, "qubits")
    caption(axes, "Shallow local costs last", "cost Σ Zⱼ / 2n;  grey line: 1/8n²")
    kept = [row for row in of(rows, ComputedVariance) if row.family == "local" and row.variance_over_initialisations]
    if not kept:
        empty(axes)
        return
    axes.set_xscale("log", base=2)
    widths = sorted({row.qubits for row in kept})
    grid = range(widths[0], widths[-1] + 1)
    axes.plot(grid, [product("local", qubits) for qubits in grid], color=PALE, linewidth=1)
    axes.plot(grid, [plateau("ry_rz_cz", "local", qubits) for qubits in grid], color=BLUE, linewidth=1.2)
    ends = []
    for ansatz, layers in sorted({(row.ansatz, row.layers) for row in kept}):
        family = slopes.local(rows, ansatz, layers)
        values = [slopes.value(row) for row in family]
        colour = PALE if ansatz == "product" else GREEN
        axes.plot([row.qubits for row in family], values, color=colour, linewidth=1.6, marker="o", markersize=3.5)
        name = "product" if ansatz == "product" else f"{layers} layers"
        ends.append((name, family[-1].qubits, values[-1], colour))
    variances = [slopes.value(row) for row in kept]
    axes.set_ylim(min(variances) / 300, max(variances) * 3)
    plain_ticks(axes, widths)
    axes.text(0.53, 0.1, "deep circuit", transform=axes.transAxes, color=BLUE, fontsize=9)
    label_ends(axes, ends)


def draw_networks(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the same variance over initialisations of the transformer and the spiking network against width."""
    style(axes, "width, at depth 2")
    caption(axes, "Networks beside it", "variance over initialisations")
    found = {name: slopes.networks(rows, name, 2) for name in PARADIGMS}
    if not any(found.values()):
        empty(axes)
        return
    axes.set_xscale("log", base=2)
    ends = []
    for paradigm, colour in zip(PARADIGMS, (GREEN, VERMILION), strict=True):
        family = found[paradigm]
        if not family:
            continue
        widths, values = [row.width for row in family], [slopes.value(row) for row in family]
        lows, highs = zip(*map(slopes.interval, family), strict=True)
        error = [
            [value - low for value, low in zip(values, lows, strict=True)],
            [high - value for value, high in zip(values, highs, strict=True)],
        ]
        axes.errorbar(widths, values, yerr=error, color=colour, linewidth=1.6, marker="o", markersize=3.5)
        fit = slopes.power(widths, family)
        name = NETWORKS[paradigm]
        ends.append((f"{name}, width^{fit.slope:.1f}" if fit else name, widths[0], values[0], colour))
    plain_ticks(axes, sorted({row.width for family in found.values() for row in family}))
    axes.set_ylim(top=1.6 * axes.get_ylim()[1])
    label_ends(axes, ends, x=14.0)


def draw_noise(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the variance under depolarising noise against depth: it falls on where the noiseless one has settled."""
    style(axes, "layers per qubit")
    kept = families(of(rows, ComputedVariance), ("noise",))
    qubits = kept[0][0].qubits if kept else 0
    caption(axes, "Noise takes the rest", f"Z₁Z₂, {qubits} qubits; rate per layer")
    if not kept:
        empty(axes)
        return
    axes.set_xscale("log", base=2)
    ends = []
    for place, family in enumerate(kept):
        depths, values = [row.layers_per_qubit for row in family], [slopes.value(row) for row in family]
        strength = 0.45 + 0.55 * place / max(1, len(kept) - 1)
        rate = family[0].noise_rate
        colour, alpha = (VERMILION, strength) if rate else (BLUE, 1.0)
        axes.plot(depths, values, color=colour, alpha=alpha, linewidth=1.6, marker="o", markersize=3)
        ends.append((f"{rate:.1%}" if rate else "none", depths[-1], values[-1], colour))
    plain_ticks(axes, [2.0**power for power in range(-1, 6) if 2.0**power <= kept[0][-1].layers_per_qubit])
    label_ends(axes, ends)
