"""Parallel coordinates: an axis per setting that was varied, a line per run, and at the end what came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.gathering.run import Value
from eval.gathering.table import SweepTable, best_first
from training.drawing.labels import spread
from training.drawing.palette import INK, PALE
from training.errors import BadInput
from training.run.summary import BEST

FIGURE = "runs.png"
MOST_AXES = 8
"""Settings that are drawn, those of the most values first; with more nobody follows a line."""
MOST_TICKS = 9
BUNDLE = 0.07
"""Height over which the lines of one value are spread."""
GAP = 0.05
"""Height from one number at an axis to the next, which lie on each other otherwise."""
LOGARITHMIC_FROM = 30.0
"""Ratio of the largest to the smallest value from which a setting's axis is logarithmic."""


class Axis:
    """The vertical axis of one column, from 0 to 1.

    Numbers lie on a linear or logarithmic scale; words, and numbers beside words, lie at equal distances.

    Args:
        name: The column.
        values: The values of all lines that are drawn.
    """

    def __init__(self, name: str, values: Sequence[Value]) -> None:
        self.name = name
        known = list(dict.fromkeys(values))
        numbers = [value for value in known if isinstance(value, (int, float)) and not isinstance(value, bool)]
        self._numeric = len(numbers) == len(known)
        if self._numeric:
            self._low, self._high = min(numbers), max(numbers)
            self._log = self._low > 0 and self._high / self._low >= LOGARITHMIC_FROM
        else:
            self._places = {value: index for index, value in enumerate(sorted(known, key=_order))}

    def height(self, value: Value) -> float:
        """Where a value lies; in the middle where there is no other."""
        if not self._numeric:
            return self._places[value] / (len(self._places) - 1) if len(self._places) > 1 else 0.5
        assert value is not None
        if self._low == self._high:
            return 0.5
        number, low, high = float(value), float(self._low), float(self._high)
        if self._log:
            number, low, high = math.log(number), math.log(low), math.log(high)
        return (number - low) / (high - low)

    def ticks(self, values: Sequence[Value]) -> list[tuple[float, str]]:
        """Heights and words: every value where there are few, and of many numbers the ends."""
        known = list(dict.fromkeys(values))
        if self._numeric and len(known) > MOST_TICKS:
            known = [self._low, self._high]
        return [(self.height(value), _word(value)) for value in known]


def drawn_settings(table: SweepTable) -> tuple[str, ...]:
    """Choose the settings that are drawn: all, or the :data:`MOST_AXES` of the most values, in the table's order."""
    counts = {name: len({row[name] for row in table.rows}) for name in table.varied}
    chosen = sorted(table.varied, key=lambda name: -counts[name])[:MOST_AXES]
    return tuple(name for name in table.varied if name in chosen)


def draw_sweep(table: SweepTable, metric: str, directory: Path) -> Path:
    """Draw the runs that have a metric.

    Args:
        table: The runs; at least one setting varies.
        metric: What the last axis and the colours are.
        directory: The directory to write ``runs.png`` into.

    Returns:
        The path of the figure.

    Raises:
        BadInput: No run has the metric.
    """
    # A canvas of the figure's own rather than pyplot's: no window, and no state shared with the caller's figures.
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if metric not in table.metrics:
        raise BadInput(f"metric={metric} is in none of the runs; they have {', '.join(sorted(table.metrics))}")
    rows = [row for row in best_first(table, metric) if row[metric] is not None]
    names = (*drawn_settings(table), metric)
    axes_of = [Axis(name, [row[name] for row in rows]) for name in names]
    better = BEST.get(metric.rsplit("/", 1)[-1])
    figure = Figure(figsize=(2.4 + 1.6 * len(names), 5.2), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes: Any = figure.add_axes((0.06, 0.14, 0.86, 0.66))
    colours = colormaps["viridis"]
    # The best is drawn last, over the others, and dark on the pale.
    for row in reversed(rows):
        *set_to, end = (axis.height(row[axis.name]) for axis in axes_of)
        good = 1 - end if better is min else end
        # Lines of one value lie beside each other, in the order of their ends: a grid would draw them over each other.
        heights = [*(height + BUNDLE * (end - 0.5) for height in set_to), end]
        axes.plot(range(len(names)), heights, color=colours(0.95 * (1 - good)), linewidth=1.2, alpha=0.9)
    for place, axis in enumerate(axes_of):
        axes.axvline(place, color=PALE, linewidth=0.8)
        ticks = sorted(axis.ticks([row[axis.name] for row in rows]))
        heights = spread([height for height, _ in ticks], GAP)
        for height, (_, word) in zip(heights, ticks, strict=True):
            axes.annotate(
                word, (place, height), xytext=(4, 0), textcoords="offset points", fontsize=8, color=INK, va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8},
            )  # fmt: skip
        axes.annotate(
            axis.name.replace(".", ".\n").replace("/", "/\n"), (place, 1), xytext=(0, 22), textcoords="offset points",
            ha="center", va="bottom", fontsize=9, color=INK, annotation_clip=False,
        )  # fmt: skip
    axes.set(xlim=(-0.15, len(names) - 0.5), ylim=(-0.06, 1.06), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    figure.text(0.06, 0.94, f"{len(rows)} runs, by {metric}", fontsize=13, fontweight="bold", color=INK)
    worded = "" if better is None else f"; dark lines have the {'lowest' if better is min else 'highest'}"
    figure.text(0.06, 0.05, f"One line per run, from what was set to {metric}{worded}", fontsize=9, color=PALE)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _order(value: Value) -> tuple[bool, bool, float, str]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value is None, not number, float(value) if number and value is not None else 0.0, str(value)


def _word(value: Value) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(value).lower()
    return value[:16] if isinstance(value, str) else f"{value:.4g}"
