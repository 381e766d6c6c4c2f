"""Draw the lower panels: what the gradient of each contender costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from eval.compare.rows import ComparedRun
from eval.compare.table import binary_bytes, duration
from training.drawing.axes import caption
from training.drawing.palette import DASHED, INK, PALE, paradigm_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Quantity: TypeAlias = Literal[
    "gradient_to_forward_flops",
    "gradient_to_forward",
    "residual_bytes",
    "temp_bytes",
    "step_seconds",
    "circuit_executions",
]
"""Fields of a row that a panel shows."""
_ABSENT = {("vqc", "circuit_executions"): "simulator only"}
"""The words of a panel for a paradigm without the quantity, where they are not simply ``none``."""
CHEAP_GRADIENT = 4.0
"""By reverse mode a value with its gradient takes at most this many times the operations of the value alone (the cheap
gradient principle: Griewank & Walther, Evaluating Derivatives, 2nd ed. 2008). Their count of operations is not quite
ours, so the line is a mark to read by, not a test."""
WORDS = 0.32
"""The room that the words beside a bar take, as a fraction of a panel's width."""


def draw_costs(figure: Figure, rows: Sequence[ComparedRun]) -> None:
    """Draw operations, memory, time and circuits of one gradient, a bar per run, the default sizes set apart.

    Args:
        figure: The figure, whose lower half they fill.
        rows: The rows of the table, at least one of them ``matched``.
    """
    matched = [row for row in rows if row.group != "default"]
    default = [row for row in rows if row.group == "default"]
    ordered = [*matched, *default]
    # A gap sets the default sizes apart.
    places = [index + (0.7 if index >= len(matched) else 0.0) for index in range(len(ordered))]

    panels = figure.subplots(1, 4, gridspec_kw={"left": 0.2, "right": 0.99, "top": 0.4, "bottom": 0.045, "wspace": 0.1})
    for axes in panels:
        axes.set_ylim(max(places) + 0.6, -0.6)
        axes.spines[:].set_visible(False)
        axes.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False, which="both")
    ratio, memory, time, circuits = panels
    _name_rows(ratio, ordered, places)

    caption(ratio, "Gradient ÷ forward", "operations (FLOPs);  ◇ time")
    _bars(
        ratio,
        ordered,
        places,
        "gradient_to_forward_flops",
        "{:.3g}×".format,
        start=1.0,
        beside="gradient_to_forward",
        clear_of=CHEAP_GRADIENT,
    )
    ratio.axvline(CHEAP_GRADIENT, color=INK, linewidth=0.9, linestyle=DASHED, zorder=1)
    ratio.annotate(
        "4: the bound for\nreverse mode*",
        xy=(CHEAP_GRADIENT, len(matched) - 1 + 0.85),
        xytext=(5, 0),
        textcoords="offset points",
        color=INK,
        fontsize=8.5,
        va="center",
    )
    caption(memory, "Kept for the reverse pass", "residuals;  ◇ all temporary memory")
    _bars(memory, ordered, places, "residual_bytes", binary_bytes, beside="temp_bytes")
    caption(time, "Time of one update", "on this machine, circuits simulated")
    _bars(time, ordered, places, "step_seconds", duration)
    caption(circuits, "Circuits of one update", "that quantum hardware would run")
    _bars(circuits, ordered, places, "circuit_executions", "{:,.0f}".format)
    figure.text(
        0.99,
        0.012,
        f"* In operations, a value with its gradient costs at most {CHEAP_GRADIENT:g} times the value alone "
        "(Griewank & Walther 2008). Bars on logarithmic axes.",
        ha="right",
        fontsize=8.5,
        color=PALE,
    )
    if default:
        ratio.annotate(
            "at default size",
            xy=(0, len(matched) - 1 + 0.85),
            xycoords=("axes fraction", "data"),
            xytext=(-10, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=9,
            color=PALE,
            annotation_clip=False,
        )


def _name_rows(axes: Axes, rows: Sequence[ComparedRun], places: Sequence[float]) -> None:
    for row, place in zip(rows, places, strict=True):
        rule = row.differentiation.replace("_", " ")
        axes.annotate(
            row.paradigm,
            xy=(0, place),
            xycoords=("axes fraction", "data"),
            xytext=(-10, 6.5),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=11,
            fontweight="bold",
            color=paradigm_colour(row.paradigm),
            annotation_clip=False,
        )
        axes.annotate(
            f"{rule}, {row.parameters:,} parameters",
            xy=(0, place),
            xycoords=("axes fraction", "data"),
            xytext=(-10, -7),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8.5,
            color=PALE,
            annotation_clip=False,
        )


def _bars(
    axes: Axes,
    rows: Sequence[ComparedRun],
    places: Sequence[float],
    quantity: Quantity,
    wording: Callable[[Any], str],
    *,
    start: float | None = None,
    beside: Quantity | None = None,
    clear_of: float | None = None,
) -> None:
    """Draw one quantity as bars over a logarithmic axis, with their values in words.

    Args:
        axes: The panel.
        rows: The rows of the table, a bar each.
        places: The height at which each bar lies.
        quantity: What the bars show.
        wording: A function that puts a value into words.
        start: The value at which bars start; by default a quarter of the least value.
        beside: A second quantity, shown as diamonds.
        clear_of: A value that no words may stand on.
    """
    shown = [name for name in (quantity, beside) if name]
    values = [value for row in rows for name in shown if (value := getattr(row, name))]
    # A logarithmic axis has no zero to start from; an empty panel has nothing at all.
    first = start or min(values, default=1.0) / 4
    axes.set_xscale("log")
    # As much again, on paper, goes to the words beside the longest bar.
    axes.set_xlim(first, first * (max(values, default=first) / first * 3) ** 1.5)
    for row, place in zip(rows, places, strict=True):
        colour, value = paradigm_colour(row.paradigm), getattr(row, quantity)
        second = getattr(row, beside) if beside else None
        if value is None:
            axes.text(
                first, place, _ABSENT.get((row.paradigm, quantity), "none"), color=PALE, fontsize=9.5, va="center"
            )
            continue
        hatched = row.group == "hardware"
        axes.barh(
            place,
            value - first,
            left=first,
            height=0.56,
            color="white" if hatched else colour,
            edgecolor=colour,
            hatch="////" if hatched else None,
            alpha=0.5 if row.group == "default" else 1.0,
            linewidth=1.2,
            zorder=2,
        )
        if second:
            axes.plot(second, place, marker="D", markersize=6, color="white", markeredgecolor=INK, zorder=3)
        axes.annotate(
            wording(value),
            xy=(_clear_of(float(value), [float(mark) for mark in (second, clear_of) if mark], axes.get_xlim()), place),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            fontsize=10,
        )


def _clear_of(value: float, marks: Sequence[float], limits: tuple[float, float]) -> float:
    """Find where the words of a bar begin: at its end, or beyond each mark that they would stand on."""
    span = math.log(limits[1] / limits[0])
    end = value
    for mark in sorted(marks):
        if mark > end and math.log(mark / end) < WORDS * span:
            end = mark
    return end
