"""The figure: circuits, seconds and shots of one gradient against parameters, and what shots buy in training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.rows import (
    METHODS,
    BlockCount,
    CircuitCount,
    EnergyTraining,
    ExecutionCount,
    GradientEstimate,
    GradientTiming,
    ReachedEnergy,
    Simulated,
)
from eval.studies.executions.verdict import EXACT, NORMS, ascending, block_estimates, by_draw, circuit_estimates, counts
from eval.study import FIGURE
from training.drawing.axes import caption
from training.drawing.labels import power_of_ten, spread
from training.drawing.palette import BLUE, DASHED, GREEN, GRID, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ORANGE, PURPLE, SKY = "#E69F00", "#CC79A7", "#56B4E9"
"""With the others, Okabe and Ito's, which people with any colour vision tell apart."""
FAMILY_COLOURS = dict(zip([family.name for family in FAMILIES], (BLUE, SKY, VERMILION, ORANGE), strict=True))
LABEL_GAP = 0.075


class _Line(NamedTuple):
    label: str
    colour: str
    x: Sequence[float]
    y: Sequence[float]
    dashed: bool = False
    lower: Sequence[float] | None = None
    upper: Sequence[float] | None = None


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Write ``figure.png``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.5, 9.2), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.055, right=0.82, top=0.845, bottom=0.07, wspace=0.85, hspace=0.52)
    (circuits, seconds), (shots, training) = figure.subplots(2, 2)
    _circuits(circuits, rows)
    _seconds(seconds, rows)
    _shots(shots, rows)
    _training(training, rows)
    (verdict,) = verdicts
    figure.text(0.03, 0.955, "What one gradient of a quantum circuit takes", fontsize=17, fontweight="bold", color=INK)
    figure.text(
        0.03,
        0.925,
        f"C2, the parameter-shift rule needs 2N circuit executions: {tally(verdict.claim, verdict.judgements)}",
        fontsize=11,
        color=PALE,
    )
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _circuits(axes: Axes, rows: Sequence[Row]) -> None:
    caption(axes, "Circuits", "a gradient by parameter shift would run on hardware")
    lines = [_executions(counts(rows, name), _short(name), colour) for name, colour in FAMILY_COLOURS.items()]
    lines.append(_executions(ascending(of(rows, BlockCount)), "commuting: 1 for all", GREEN))
    _draw(axes, lines, "parameters N")
    # The tracker's count holds the forward circuits too, which a gradient's does not.
    tracked = [
        (row.parameters, row.tracked_executions - row.groups)
        for row in of(rows, CircuitCount)
        if row.tracked_executions is not None
    ]
    axes.scatter(
        [parameters for parameters, _ in tracked],
        [circuits for _, circuits in tracked],
        s=42,
        facecolors="none",
        edgecolors=INK,
        linewidths=0.9,
        zorder=5,
    )
    axes.annotate(
        "○ counted by PennyLane",
        xy=(0.02, 0.95),
        xycoords="axes fraction",
        fontsize=9,
        color=INK,
        va="top",
    )


def _seconds(axes: Axes, rows: Sequence[Row]) -> None:
    caption(axes, "Seconds", "a gradient takes here, simulated exactly, compiled")
    shown: tuple[tuple[Simulated, str, str], ...] = (
        ("parameter_shift", "parameter shift", BLUE),
        ("reverse", "reverse mode*", VERMILION),
        ("spsa", "SPSA, one direction", PURPLE),
    )
    timed = ascending(of(rows, GradientTiming))
    lines = []
    for rule, label, colour in shown:
        own = [row for row in timed if row.differentiation == rule]
        lines.append(_Line(label, colour, [row.parameters for row in own], [row.gradient_seconds for row in own]))
    _draw(axes, lines, "parameters N")
    axes.annotate(
        "* not possible on hardware", xy=(0.02, 0.95), xycoords="axes fraction", fontsize=9, color=PALE, va="top"
    )


def _shots(axes: Axes, rows: Sequence[Row]) -> None:
    error = next(row.error for row in of(rows, GradientEstimate))
    caption(axes, "Shots", f"for a gradient with an error of {error:g}; median and range of draws")
    shown: tuple[tuple[Sequence[GradientEstimate], str, str], ...] = (
        (circuit_estimates(rows, "parameter_shift"), "parameter shift", BLUE),
        (circuit_estimates(rows, "spsa"), "SPSA", PURPLE),
        (block_estimates(rows, "one_circuit"), "commuting", GREEN),
    )
    lines = []
    for family, label, colour in shown:
        for norm, name in zip(NORMS, ("L2", "∞"), strict=True):
            points = by_draw(family, norm)
            sizes = sorted(set.intersection(*map(set, points.values()))) if points else []
            drawn = np.array([[one[size] for size in sizes] for one in points.values()]).reshape(len(points), -1)
            # The middle draw, and all of them: one draw of the angles is as good as another.
            lines.append(
                _Line(
                    f"{label}, {name}", colour, sizes, list(np.median(drawn, axis=0)) if sizes else [],
                    dashed=norm == "infinity", lower=list(drawn.min(axis=0)) if sizes else [],
                    upper=list(drawn.max(axis=0)) if sizes else [],
                )
            )  # fmt: skip
    _draw(axes, lines, "parameters N")


def _training(axes: Axes, rows: Sequence[Row]) -> None:
    from matplotlib.ticker import PercentFormatter

    colours = dict(zip(METHODS, (BLUE, PURPLE, VERMILION, ORANGE), strict=True))
    trainings = {row.method: row for row in of(rows, EnergyTraining)}
    caption(axes, "What shots buy", "share of the ground energy reached; median, quartiles")
    lines = []
    for method in METHODS:
        curve = sorted(
            (row for row in of(rows, ReachedEnergy) if row.method == method), key=lambda row: row.spent_shots
        )
        needed = trainings[method].shots_to_target
        lines.append(
            _Line(
                f"{method}, {power_of_ten(needed)}" if needed else f"{method}, not reached",
                colours[method],
                [row.spent_shots for row in curve],
                [row.share for row in curve],
                lower=[row.share_low for row in curve],
                upper=[row.share_high for row in curve],
            )
        )
    target = trainings[METHODS[0]].target
    axes.axhline(target, color=INK, linewidth=0.8, linestyle=DASHED, zorder=1)
    axes.set_ylim(-0.1, 1.02)
    _draw(axes, lines, "shots spent", log_y=False)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.annotate(
        "shots to the dashed line are at the names",
        xy=(0.02, 0.97),
        xycoords="axes fraction",
        fontsize=9,
        color=PALE,
        va="top",
    )


def _executions(rows: Sequence[ExecutionCount], label: str, colour: str) -> _Line:
    return _Line(label, colour, [row.parameters for row in rows], [row.gradient_executions for row in rows])


def _draw(axes: Axes, lines: Sequence[_Line], unit: str, *, log_y: bool = True) -> None:
    from matplotlib.ticker import NullFormatter

    axes.set_xscale("log")
    if log_y:
        axes.set_yscale("log")
    for line in lines:
        axes.plot(
            line.x,
            line.y,
            color=line.colour,
            linewidth=1.8,
            marker="o" if len(line.x) <= 12 else None,
            markersize=3.5,
            linestyle=DASHED if line.dashed else "-",
            zorder=3,
        )
        if line.lower is not None and line.upper is not None:
            axes.fill_between(line.x, line.lower, line.upper, color=line.colour, alpha=0.15, linewidth=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(colors=PALE, labelsize=9)
    axes.tick_params(which="minor", colors=GRID)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(unit, color=PALE, fontsize=9)
    axes.xaxis.set_minor_formatter(NullFormatter())
    _name(axes, lines)


def _name(axes: Axes, lines: Sequence[_Line]) -> None:
    # Limits are settled when they are asked for, and not before.
    for settle in (axes.get_xlim, axes.get_ylim):
        settle()
    to_fraction = axes.transScale + axes.transLimits
    named = [(float(to_fraction.transform((line.x[-1], line.y[-1]))[1]), line) for line in lines]
    named.sort(key=lambda pair: pair[0])
    heights = spread([height for height, _ in named], LABEL_GAP)
    lift = max(0.0, -min(heights, default=0.0))
    for (_, line), height in zip(named, heights, strict=True):
        axes.annotate(
            line.label,
            xy=(1, height + lift),
            xycoords="axes fraction",
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=line.colour,
            fontsize=10,
            annotation_clip=False,
        )


def _short(name: str) -> str:
    return {EXACT: f"{EXACT}: 2N"}.get(name, name)
