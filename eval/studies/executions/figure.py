"""The figure: circuits, seconds and shots of one gradient against parameters, and what shots buy in training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eval.judgement import Verdict, tally
from eval.recorder import Row
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.counts import COMMUTING
from eval.studies.executions.measure import METHODS
from eval.studies.executions.verdict import EXACT, chosen
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
    lines = [
        _line(chosen(rows, part="executions", family=name), "gradient_executions", _short(name), colour)
        for name, colour in FAMILY_COLOURS.items()
    ]
    block = chosen(rows, part="executions", family=COMMUTING)
    lines.append(_line(block, "gradient_executions", "commuting: 1 for all", GREEN))
    _draw(axes, lines, "parameters N")
    tracked = [row for row in rows if row.get("tracked_executions") is not None]
    # The tracker's count holds the forward circuits too, which a gradient's does not.
    axes.scatter(
        [row["parameters"] for row in tracked],
        [row["tracked_executions"] - row["groups"] for row in tracked],
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
    shown = (
        ("parameter_shift", "parameter shift", BLUE),
        ("reverse", "reverse mode*", VERMILION),
        ("spsa", "SPSA, one direction", PURPLE),
    )
    lines = [
        _line(chosen(rows, part="seconds", rule=rule), "gradient_seconds", label, colour)
        for rule, label, colour in shown
    ]
    _draw(axes, lines, "parameters N")
    axes.annotate(
        "* not possible on hardware", xy=(0.02, 0.95), xycoords="axes fraction", fontsize=9, color=PALE, va="top"
    )


def _shots(axes: Axes, rows: Sequence[Row]) -> None:
    error = next(row["error"] for row in rows if row["part"] == "shots")
    caption(axes, "Shots", f"for a gradient with an error of {error:g}, measured")
    shift = chosen(rows, part="shots", family=EXACT, rule="parameter_shift")
    spsa = chosen(rows, part="shots", family=EXACT, rule="spsa")
    one = chosen(rows, part="shots", family=COMMUTING, rule="one_circuit")
    lines = [
        _line(shift, "l2_shots", "parameter shift, L2", BLUE),
        _line(shift, "infinity_shots", "parameter shift, ∞", BLUE, dashed=True),
        _line(spsa, "l2_shots", "SPSA, L2", PURPLE),
        _line(spsa, "infinity_shots", "SPSA, ∞", PURPLE, dashed=True),
        _line(one, "l2_shots", "commuting, L2", GREEN),
        _line(one, "infinity_shots", "commuting, ∞", GREEN, dashed=True),
    ]
    _draw(axes, lines, "parameters N")


def _training(axes: Axes, rows: Sequence[Row]) -> None:
    from matplotlib.ticker import PercentFormatter

    colours = dict(zip(METHODS, (BLUE, PURPLE, VERMILION, ORANGE), strict=True))
    summaries = {row["method"]: row for row in rows if row.get("quantity") == "shots to target"}
    caption(axes, "What shots buy", "share of the ground energy reached; median, quartiles")
    lines = []
    for method in METHODS:
        curve = [row for row in chosen(rows, part="training", method=method) if "share" in row]
        curve.sort(key=lambda row: row["shots"])
        columns = {name: [row[name] for row in curve] for name in ("shots", "share", "share_low", "share_high")}
        needed = summaries[method]["shots"]
        label = f"{method}, {power_of_ten(needed)}" if needed else f"{method}, not reached"
        lines.append(
            _Line(
                label,
                colours[method],
                columns["shots"],
                columns["share"],
                lower=columns["share_low"],
                upper=columns["share_high"],
            )
        )
    target = next(row["target"] for row in rows if row.get("quantity") == "shots to target")
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


def _line(rows: Sequence[Row], column: str, label: str, colour: str, dashed: bool = False) -> _Line:
    return _Line(label, colour, [row["parameters"] for row in rows], [row[column] for row in rows], dashed)


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
