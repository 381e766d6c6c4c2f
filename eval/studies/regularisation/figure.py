"""The figure: for every data set, what each regulariser and each other model changes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.judgement import Verdict, tally
from eval.statistics.intervals import student
from eval.studies.regularisation.rows import CIRCUIT, NONE, Run
from eval.studies.regularisation.verdict import Effect, effects, in_words
from eval.study import FIGURE
from training.drawing.axes import caption
from training.drawing.palette import BLUE, GRID, INK, PALE, VERMILION

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes


def draw(rows: list[Run], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the changes of test accuracy and of the train-test gap, a column of panels per data set.

    Args:
        rows: The table of the study.
        verdicts: The verdict on claim C5, which the heading counts.
        directory: The directory to write ``figure.png`` into.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found = [effect for effect in effects(rows) if (effect.model, effect.regulariser) != (CIRCUIT, NONE)]
    data_sets = list(dict.fromkeys(effect.data_set for effect in found))
    names = list(dict.fromkeys(_name(effect) for effect in found))
    width = 3.4 + 3.1 * len(data_sets)
    figure = Figure(figsize=(width, 7.4), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    panels = figure.subplots(2, len(data_sets), sharey=True, squeeze=False)
    for column, data_set in enumerate(data_sets):
        own = [effect for effect in found if effect.data_set == data_set]
        _panel(panels[0, column], own, names, lambda effect: effect.gains)
        _panel(panels[1, column], own, names, lambda effect: effect.gap_changes)
        caption(panels[0, column], data_set, "test accuracy, less that of the circuit alone")
        caption(panels[1, column], "", "train-test gap of the loss in nats, likewise")
    (verdict,) = verdicts
    title = "C5, regularisation of circuits is underdeveloped"
    figure.text(0.02, 0.95, title, fontsize=15, fontweight="bold", color=INK)
    counted = tally(verdict.claim, verdict.judgements).capitalize()
    words = textwrap.fill(f"{counted}. {_subtitle(rows)}", int(15 * width))
    figure.text(0.02, 0.935, words, color=PALE, fontsize=9, va="top", linespacing=1.4)
    top = 0.84 - 0.026 * len(words.splitlines())
    figure.subplots_adjust(left=2.1 / width, right=0.97, top=top, bottom=0.05, hspace=0.24, wspace=0.12)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _panel(axes: Axes, found: Sequence[Effect], names: Sequence[str], value: Callable[[Effect], np.ndarray]) -> None:
    axes.axvline(0, color=PALE, linewidth=0.8)
    for effect in found:
        shown = student(value(effect))
        height = len(names) - 1 - names.index(_name(effect))
        colour = BLUE if effect.model == CIRCUIT else VERMILION
        axes.plot(value(effect), [height] * len(value(effect)), ".", color=colour, alpha=0.3, markersize=4)
        axes.plot([shown.low, shown.high], [height, height], color=colour, linewidth=2)
        axes.plot(shown.mean, height, "o", color=colour, markersize=6)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.locator_params(axis="x", nbins=4)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=PALE, labelsize=9, left=False)
    axes.grid(axis="x", color=GRID, linewidth=0.8)


def _name(effect: Effect) -> str:
    return effect.model if effect.model != CIRCUIT else in_words(effect.regulariser)


def _subtitle(rows: Sequence[Run]) -> str:
    seeds = len({row.training_seed for row in rows})
    return (
        "Blue: the circuit with a regulariser, at the strength that validation prefers. Red: other models without one. "
        f"Small dots: {seeds} paired seeds. Large dots and lines: the mean and its own 95% interval."
    )
