"""Draw the upper panels: what each contender learns, and what its gradient is worth meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eval.compare.rows import ComparedRun
from training.drawing.axes import caption
from training.drawing.labels import spread
from training.drawing.palette import DASHED, GRID, INK, PALE, paradigm_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LoggedRows = Mapping[str, Sequence[Mapping[str, Any]]]
"""The rows of ``metrics.jsonl`` by the table's ``run``."""

LABEL_GAP = 0.085
"""The least distance between two labels, as a fraction of a panel's height."""


def draw_curves(figure: Figure, rows: Sequence[ComparedRun], curves: LoggedRows) -> None:
    """Draw validation accuracy, or the loss where there is none, gradient variance and signal-to-noise over updates.

    Args:
        figure: The figure, whose upper half they fill.
        rows: The rows of the table, at least one of them ``matched``.
        curves: The metrics of each run.
    """
    learning, variance, signal = figure.subplots(
        1, 3, gridspec_kw={"left": 0.05, "right": 0.885, "top": 0.83, "bottom": 0.56, "wspace": 0.74}
    )
    matched = [row for row in rows if row.group == "matched"]
    default = [row for row in rows if row.group == "default"]
    for axes in (learning, variance, signal):
        _style(axes, max(row.steps for row in matched))

    _learned(learning, [*matched, *default], curves)

    caption(variance, "Gradient variance", "over examples, mean over parameters")
    _label_ends(variance, _plot(variance, matched, curves, "gradient/variance_over_examples"), "{:.2g}".format)
    _logarithmic_axis(variance, (1,))

    caption(
        signal, "Gradient signal-to-noise", f"of a batch of {matched[0].batch_size}; dashed: as much noise as signal"
    )
    signal.axhline(1, color=INK, linewidth=0.9, linestyle=DASHED, zorder=1)
    _label_ends(signal, _plot(signal, matched, curves, "gradient/signal_to_noise"), "{:.2g}".format)
    _logarithmic_axis(signal, (1, 3))


def _learned(axes: Axes, rows: Sequence[ComparedRun], curves: LoggedRows) -> None:
    dashed = any(row.group == "default" for row in rows)
    if all(row.eval_accuracy is None for row in rows):
        unit = "mean squared error" + ("; dashed: at default size" if dashed else "")
        caption(axes, "Validation loss", unit)
        _label_ends(axes, _plot(axes, rows, curves, "eval/loss"), "{:.3g}".format)
        _logarithmic_axis(axes, (1, 2, 5))
        return
    caption(axes, "Validation accuracy", "dashed: at default size" if dashed else "share of correct answers")
    learned = _plot(axes, rows, curves, "eval/accuracy")
    # Where all end well, the upper half is where they differ.
    _share_axis(axes, 0.5 if learned and min(learned.values()) > 0.7 else 0.0)
    _label_ends(axes, learned, "{:.1%}".format)


def _style(axes: Axes, steps: int) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(colors=PALE, labelsize=9)
    axes.tick_params(which="minor", length=0, labelleft=False)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlim(0, steps)
    axes.set_xlabel("updates", color=PALE, fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _share_axis(axes: Axes, bottom: float) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.set_ylim(bottom, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))


def _logarithmic_axis(axes: Axes, digits: Sequence[int]) -> None:
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    axes.yaxis.set_major_locator(LogLocator(subs=digits))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _plot(axes: Axes, rows: Sequence[ComparedRun], curves: LoggedRows, metric: str) -> dict[str, float]:
    """Draw a metric of every row that has it, and return its last values at the matched size, by paradigm."""
    logarithmic = metric != "eval/accuracy"
    ends: dict[str, float] = {}
    for row in rows:
        # A logarithm has no place for zero.
        points = [(point["step"], point[metric]) for point in curves.get(row.run, ()) if metric in point]
        points = [(step, value) for step, value in points if value > 0 or not logarithmic]
        if not points:
            continue
        matched = row.group == "matched"
        axes.plot(
            *zip(*points, strict=True),
            color=paradigm_colour(row.paradigm),
            linewidth=2.0 if matched else 1.2,
            linestyle="-" if matched else (0, (3, 2)),
            alpha=1.0 if matched else 0.8,
            marker="o" if len(points) == 1 else None,
        )
        if matched:
            ends[row.paradigm] = float(points[-1][1])
    if logarithmic:
        axes.set_yscale("log")
    return ends


def _label_ends(axes: Axes, ends: Mapping[str, float], wording: Callable[[float], str]) -> None:
    """Name each curve beside its end, with its last value, the labels pushed apart where they would overlap."""
    to_fraction = axes.transScale + axes.transLimits
    named = sorted(ends.items(), key=lambda end: end[1])
    heights = spread([float(to_fraction.transform((0, value))[1]) for _, value in named], LABEL_GAP)
    for (name, value), height in zip(named, heights, strict=True):
        axes.annotate(
            f"{name} {wording(value)}",
            xy=(1, height),
            xycoords="axes fraction",
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=paradigm_colour(name),
            fontsize=10,
            annotation_clip=False,
        )
