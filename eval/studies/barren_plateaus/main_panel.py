"""The plateau: variance against qubits, with the time that the shots of one component take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eval.models.plateau_formulas import ObservableName, formula
from eval.rows import Row, of
from eval.studies.barren_plateaus import slopes
from eval.studies.barren_plateaus.rows import CircuitVariance, ComputedVariance, SampledVariance
from eval.studies.barren_plateaus.table import SHOT_SECONDS
from training.drawing.axes import caption, empty, style
from training.drawing.palette import BLUE, DASHED, DOTTED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIMES = {"1 second": 1.0, "1 hour": 3600.0, "1 year": 3.156e7, "1,000 years": 3.156e10, "1 million years": 3.156e13}
COLOURS: dict[ObservableName, str] = {"Z1Z2": BLUE, "projector": VERMILION}
WORDS: dict[ObservableName, str] = {"Z1Z2": "deep circuit, Z₁Z₂", "projector": "deep circuit,\nglobal cost |0…0⟩⟨0…0|"}


def draw_plateau(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw deep circuits at saturation, McClean's circuit and a shallow local cost, with the shot floor across."""
    style(axes, "qubits")
    caption(axes, "The plateau", "variance of ∂⟨H⟩/∂θ, first angle, at saturated depth; right: shot floor")
    families = {observable: slopes.saturated(rows, "deep", observable) for observable in COLOURS}
    if not any(families.values()):
        empty(axes)
        return
    shallow = _shallow(rows)
    widest = max(row.qubits for family in families.values() for row in family)
    lowest = min(slopes.value(row) for family in families.values() for row in family)
    axes.set_xlim(2, widest + 1)
    axes.set_ylim(lowest / 30, 3)
    axes.set_xticks(range(4, widest + 1, 4))
    _shot_floor(axes, lowest / 30)
    for observable, colour in COLOURS.items():
        family = families[observable]
        if family:
            _formula(axes, observable, widest, colour)
            _marks(axes, family, colour, "o")
            fit = slopes.decay(family)
            lost = f"\n{-fit.slope:.2f} bits per qubit" if fit else ""
            _name(axes, observable, widest, f"{WORDS[observable]}{lost}", colour)
    _marks(axes, slopes.saturated(rows, "mcclean", "Z1Z2"), BLUE, "s", size=4.0)
    for row in of(rows, SampledVariance):
        if row.family == "deep" and row.formula and row.variance_over_initialisations:
            _sampled(axes, row, COLOURS[row.observable])
    _cost(axes, families["Z1Z2"])
    if shallow:
        kept = [row for row in shallow if row.qubits <= widest]
        axes.plot(*_curve(kept), color=GREEN, linewidth=1.8, marker="o", markersize=5, zorder=4)
        axes.annotate(
            f"local cost, {shallow[0].layers} layers",
            xy=(kept[-1].qubits, slopes.value(kept[-1])),
            xytext=(-4, 9),
            textcoords="offset points",
            ha="right",
            color=GREEN,
            fontsize=10,
            fontweight="bold",
        )


def _shallow(rows: Sequence[Row]) -> list[ComputedVariance]:
    depths = {row.layers for row in of(rows, ComputedVariance) if (row.family, row.ansatz) == ("local", "ry_rz_cz")}
    return slopes.local(rows, "ry_rz_cz", min(depths)) if depths else []


def _curve(rows: Sequence[CircuitVariance]) -> tuple[list[int], list[float]]:
    return [row.qubits for row in rows], [slopes.value(row) for row in rows]


def _marks(axes: Axes, rows: Sequence[CircuitVariance], colour: str, marker: str, size: float = 6.0) -> None:
    axes.plot(*_curve(rows), color=colour, linestyle="", marker=marker, markersize=size, zorder=4, clip_on=False)


def _sampled(axes: Axes, row: SampledVariance, colour: str) -> None:
    variance, (low, high) = slopes.value(row), slopes.interval(row)
    axes.errorbar(
        row.qubits + 0.45,
        variance,
        yerr=[[variance - low], [high - variance]],
        color=colour,
        marker="D",
        markersize=4.5,
        markerfacecolor="white",
        linewidth=1.2,
        zorder=5,
    )


def _formula(axes: Axes, observable: ObservableName, widest: int, colour: str) -> None:
    widths = np.arange(2, widest + 1)
    values = [formula("ry_rz_cz", observable, int(width)) for width in widths]
    axes.plot(widths, values, color=colour, linewidth=1.2, zorder=3)


def _name(axes: Axes, observable: ObservableName, widest: int, words: str, colour: str) -> None:
    # Each where its side of the line is empty.
    steep = observable == "projector"
    place = round((0.5 if steep else 0.62) * widest)
    axes.annotate(
        words,
        xy=(place, formula("ry_rz_cz", observable, place)),
        xytext=(-12, -10) if steep else (10, 12),
        textcoords="offset points",
        ha="right" if steep else "left",
        va="top" if steep else "bottom",
        color=colour,
        fontsize=10,
        fontweight="bold",
    )


def _cost(axes: Axes, family: Sequence[ComputedVariance]) -> None:
    """Draw how the cost itself concentrates in the same circuits."""
    kept = [(row.qubits, row.cost_variance) for row in family if row.cost_variance]
    if kept:
        axes.plot(*zip(*kept, strict=True), color=BLUE, linestyle=DOTTED, linewidth=1.4, zorder=3)


def _shot_floor(axes: Axes, lowest: float) -> None:
    """Draw how long the 1/Var shots take that resolve one component by parameter shift at signal-to-noise 1."""
    for words, seconds in TIMES.items():
        variance = SHOT_SECONDS / seconds
        if variance > lowest:
            axes.axhline(variance, color=INK, linewidth=0.8, linestyle=DASHED, zorder=1)
            axes.annotate(
                words,
                xy=(1, variance),
                xycoords=("axes fraction", "data"),
                xytext=(5, 0),
                textcoords="offset points",
                color=INK,
                fontsize=8.5,
                va="center",
                annotation_clip=False,
            )
    axes.text(
        0.0,
        -0.085,
        "Dashed: time in which shots at 1 MHz resolve one component (signal-to-noise 1).\n"
        "Squares: McClean's circuit. Diamonds: sampled state vectors. Dotted: variance of the cost itself, Z₁Z₂.",
        transform=axes.transAxes,
        color=PALE,
        fontsize=8,
        va="top",
    )
