"""One picture of a run: what it learned, what its gradient was worth, and what it cost."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from training.drawing.labels import power_of_ten
from training.drawing.palette import BLUE, GREEN, GRID, INK, PALE, VERMILION
from training.run.run_directory import METRICS
from training.tracking.durable import replace_durably
from training.tracking.jsonl import read

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGURE = "curves.png"
LABEL_GAP = 0.085
"""Least distance between two labels, as a fraction of a panel's height."""


class _Curve(NamedTuple):
    """One metric over the steps at which it was logged."""

    label: str
    colour: str
    steps: list[int]
    values: list[float | int]

    def positive(self) -> _Curve:
        """The part above zero."""
        kept = [(step, value) for step, value in zip(self.steps, self.values, strict=True) if value > 0]
        return self._replace(steps=[step for step, _ in kept], values=[value for _, value in kept])


def draw_curves(run_dir: Path) -> Path:
    """Draw ``curves.png`` from ``metrics.jsonl``: loss, accuracy, gradient variance and step time, over updates.

    Args:
        run_dir: A run directory that holds ``metrics.jsonl``.

    Returns:
        Where the figure is.

    Raises:
        BadInput: ``metrics.jsonl`` is damaged.
        NotWritten: There is no room for the figure.
    """
    # A canvas of the figure's own rather than pyplot's: no window, and no state shared with the caller's figures.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = read(run_dir / METRICS)
    # Fixed margins, the right ones for the labels: an automatic layout shrinks the panels to fit long labels.
    figure = Figure(figsize=(12, 6.8))
    figure.subplots_adjust(left=0.075, right=0.86, top=0.93, bottom=0.08, wspace=0.84, hspace=0.42)
    canvas = FigureCanvasAgg(figure)
    (loss, accuracy), (variance, duration) = figure.subplots(2, 2)
    for axes, draw in ((loss, _loss), (accuracy, _accuracy), (variance, _variance), (duration, _duration)):
        _style(axes)
        # The same for all, so that what happens at one step stands in one column.
        axes.set_xlim(0, max((row["step"] for row in rows), default=0) or 1)
        draw(axes, rows)

    path = run_dir / FIGURE
    content = io.BytesIO()
    canvas.print_figure(content, dpi=150)
    replace_durably(path, content.getvalue())
    return path


def _loss(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    from matplotlib.ticker import StrMethodFormatter

    # Where there is an accuracy the loss is a cross-entropy; a regression's has the unit of its targets, squared.
    nats = any("eval/accuracy" in row for row in rows)
    curves = [_curve(rows, "train/loss", "train", BLUE), _curve(rows, "eval/loss", "validation", VERMILION)]
    if _plot(axes, "Loss (nats)" if nats else "Loss", curves):
        axes.set_ylim(bottom=min(0.0, *(value for curve in curves for value in curve.values)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.10g}"))
        _label(axes, curves, _number)


def _accuracy(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    from matplotlib.ticker import PercentFormatter

    curves = [_curve(rows, "eval/accuracy", "validation", VERMILION), _curve(rows, "test/accuracy", "test", INK)]
    if _plot(axes, "Accuracy (share of correct answers)", curves):
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
        _label(axes, curves, "{:.1%}".format)


def _variance(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    # A logarithm has no place for an exact zero, which is what a deterministic gradient has over estimates.
    curves = [
        _curve(rows, "gradient/variance_over_examples", "over examples", BLUE).positive(),
        _curve(rows, "gradient/variance_over_estimates", "over estimates", GREEN).positive(),
    ]
    if _plot(axes, "Gradient variance (mean over parameters)", curves):
        axes.set_yscale("log")
        _decades_or_fewer(axes)
        _label(axes, curves, power_of_ten)


def _decades_or_fewer(axes: Axes) -> None:
    """Number powers of ten; where there is at most one in the panel, round numbers that lie between."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    low, high = axes.get_ylim()
    axes.yaxis.set_minor_formatter(NullFormatter())
    if low * 10 <= high:
        axes.yaxis.set_major_locator(LogLocator(numticks=7))
        return
    ticks = [tick for tick in MaxNLocator(nbins=5).tick_values(low, high) if low <= tick <= high]
    digits = next((count for count in range(1, 5) if len({f"{tick:.{count}e}" for tick in ticks}) == len(ticks)), 5)
    axes.set_yticks(ticks, [power_of_ten(tick, digits) for tick in ticks])
    axes.set_ylim(low, high)


def _duration(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    from matplotlib.ticker import StrMethodFormatter

    seconds = _curve(rows, "time/step_seconds", "", BLUE)
    scale, unit = (1, "s") if seconds.values and median(seconds.values) >= 1 else (1e3, "ms")
    curve = seconds._replace(values=[scale * value for value in seconds.values])
    if _plot(axes, f"Time of one update ({unit})", [curve]):
        axes.set_ylim(0, 1.1 * max(curve.values))
        middle = _Curve("median", PALE, curve.steps, [median(curve.values)] * len(curve.steps))
        axes.axhline(middle.values[0], color=PALE, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        _label(axes, [middle], lambda value: f"{_number(value)} {unit}")


def _number(value: float | int) -> str:
    """A number of three digits, all of them where it has more."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _curve(rows: Sequence[dict[str, Any]], metric: str, label: str, colour: str) -> _Curve:
    measured = [(row["step"], row[metric]) for row in rows if metric in row]
    return _Curve(label, colour, [step for step, _ in measured], [value for _, value in measured])


def _style(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(colors=PALE, labelsize=9)
    axes.tick_params(which="minor", colors=GRID)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("updates", color=PALE, fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _plot(axes: Axes, title: str, curves: Sequence[_Curve]) -> bool:
    """Draw the curves; whether there is anything to see."""
    axes.set_title(title, loc="left", color=INK, fontsize=11, fontweight="bold", pad=12)
    for curve in curves:
        # A single value is a marker that stands out; few are a line with its points, many a line.
        lone, few = len(curve.values) == 1, len(curve.values) <= 25
        axes.plot(
            curve.steps,
            curve.values,
            color=curve.colour,
            linewidth=1.8,
            marker="D" if lone else "o" if few else None,
            markersize=7 if lone else 3.5,
            zorder=4 if lone else 3,
            clip_on=False,
        )
    if not any(curve.values for curve in curves):
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=PALE)
        axes.grid(visible=False)
        axes.set(xticks=[], yticks=[], xlabel="")
        return False
    return True


def _label(axes: Axes, curves: Sequence[_Curve], wording: Callable[[float | int], str]) -> None:
    """Name each curve beside its end, with its last value, the labels pushed apart where they would overlap."""
    # As fractions of the panel's height, which are known before the layout is.
    to_fraction = axes.transScale + axes.transLimits
    named = [curve for curve in curves if curve.values]
    ends = {id(curve): to_fraction.transform((curve.steps[-1], curve.values[-1]))[1] for curve in named}
    named.sort(key=lambda curve: ends[id(curve)])
    heights = [ends[id(curve)] for curve in named]
    for above in range(1, len(heights)):
        overlap = LABEL_GAP - (heights[above] - heights[above - 1])
        if overlap > 0:
            heights[above - 1] -= overlap / 2
            heights[above] += overlap / 2
    # Clear of the numbers below the axis.
    lift = max(0.0, LABEL_GAP / 2 - min(heights))
    for curve, height in zip(named, heights, strict=True):
        axes.annotate(
            f"{curve.label} {wording(curve.values[-1])}",
            xy=(1, height + lift),
            xycoords="axes fraction",
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=curve.colour,
            fontsize=10,
            annotation_clip=False,
        )
