"""The figure: noise, bias and accuracy against the surrogate's width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.judgement import Verdict
from eval.rows import Row
from eval.statistics.intervals import Interval
from eval.studies.surrogates import readings
from eval.studies.surrogates.readings import Surrogate
from eval.studies.surrogates.verdict import sentences
from eval.study import FIGURE
from training.drawing.axes import caption, plain_ticks, style
from training.drawing.palette import BLUE, DASHED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"arctan": BLUE, "fast_sigmoid": GREEN, "triangular": VERMILION}
APART = 1.06
"""Factor between the abscissae of neighbouring shapes, so that their intervals do not hide each other."""


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the figure.

    Args:
        rows: The table.
        verdicts: What it says of claims: nothing.
        directory: Where ``figure.png`` is written.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 9.4), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.text(0.055, 0.962, "Surrogate derivatives: shape and width", fontsize=16, fontweight="bold", color=INK)
    figure.text(
        0.055,
        0.948,
        textwrap.fill(" ".join(sentences(rows)), 160),
        fontsize=9.5,
        color=PALE,
        va="top",
        linespacing=1.35,
    )
    (variance, signal), (bias, accuracy) = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.07, right=0.97, top=0.73, bottom=0.06, wspace=0.18, hspace=0.42)

    caption(variance, "Variance of the gradient", "over examples, mean over parameters, early in training")
    _panel(variance, rows, lambda one: readings.variance(rows, one, "early"), logarithmic=True)
    caption(signal, "Signal-to-noise ratio", "‖G‖² ÷ tr Σ of one example, early in training, unbiased")
    _panel(signal, rows, lambda one: readings.signal_to_noise(rows, one, "early"))
    signal.axhline(0, color=PALE, linewidth=0.8)
    *weaker, strongest = readings.noise_levels(rows)
    also = f"; dashed: {', '.join(f'{noise:g}' for noise in weaker)}" if weaker else ""
    caption(bias, "Cosine with a true gradient", f"of the expected loss, threshold noise {strongest:g}{also}")
    _panel(bias, rows, lambda one: readings.cosine(rows, one, strongest, "noisy"))
    for noise in weaker:
        _panel(bias, rows, lambda one, noise=noise: readings.cosine(rows, one, noise, "noisy"), line=DASHED)
    bias.set_ylim(0, 1)
    caption(accuracy, "Accuracy on held-out digits", "after equal training")
    _panel(accuracy, rows, lambda one: readings.accuracy(rows, one))
    variance.legend(
        frameon=False, fontsize=10, ncols=len(COLOURS), labelcolor="linecolor", loc="lower left",
        bbox_to_anchor=(-0.03, 1.19),
    )  # fmt: skip
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _panel(
    axes: Axes,
    rows: Sequence[Row],
    value: Callable[[Surrogate], Interval],
    *,
    logarithmic: bool = False,
    line: str | tuple = "-",
) -> None:
    found = readings.surrogates(rows)
    for index, shape in enumerate(dict.fromkeys(shape for shape, _ in found)):
        widths = sorted(width for own, width in found if own == shape)
        middle, low, high = np.array([value((shape, width)) for width in widths]).T
        x = np.array(widths) * APART ** (index - 1)
        colour = COLOURS.get(shape, INK)
        axes.plot(x, middle, color=colour, linestyle=line, marker="o", markersize=4, label=shape.replace("_", " "))
        bottom = np.maximum(low, middle / 20) if logarithmic else low
        axes.vlines(x, bottom, high, color=colour, linewidth=1.2, alpha=0.6)
    style(axes, "width of the surrogate (thresholds)", height="log" if logarithmic else "linear")
    axes.set_xscale("log")
    plain_ticks(axes, sorted({width for _, width in found}))
