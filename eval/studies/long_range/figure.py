"""The figure: score against lag, a panel a task and matching, and images."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.judgement import Verdict, claim_line, tally
from eval.studies.long_range.config import GENERATED, Matching
from eval.studies.long_range.results import Result, results
from eval.studies.long_range.rows import Run
from eval.study import FIGURE
from training.drawing.axes import caption, empty, plain_ticks, style
from training.drawing.palette import BLUE, DASHED, DOTTED, GREEN, GRID, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    "leaky": VERMILION,
    "adaptive": "#E69F00",
    "recurrent": "#CC79A7",
    "state space": BLUE,
    "GRU": GREEN,
    "transformer": PALE,
}
"""By dynamics; spikes are solid and filled, continuous outputs dashed and hollow."""


def draw(rows: list[Run], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the score against the lag, a panel per task and matching, and the scores of images.

    Args:
        rows: The table of the study.
        verdicts: The verdict on claim C9, which the heading counts.
        directory: The directory to write ``figure.png`` into.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found = results(rows)
    generated = [one for one in found if one.setting.task in GENERATED]
    images = [one for one in found if one.setting.task not in GENERATED]
    tasks = list(dict.fromkeys(one.setting.task for one in generated))
    matchings: list[Matching] = list(dict.fromkeys(one.setting.matching for one in generated))
    lines, columns = max(len(tasks), 1), max(len(matchings), 1) + bool(images)

    figure = Figure(figsize=(4.6 * columns + 1.2, 3.9 * lines + 2.3), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    (verdict,) = verdicts
    height = figure.get_figheight()
    title = "C9, spiking networks lose long-range dependencies"
    figure.text(0.05, 1 - 0.35 / height, title, fontsize=15, fontweight="bold", color=INK)
    words = textwrap.fill(_heading(verdict), int(13.2 * figure.get_figwidth()))
    figure.text(0.05, 1 - 0.5 / height, words, fontsize=9, color=PALE, va="top", linespacing=1.3)
    panels = figure.subplots(lines, columns, squeeze=False)
    # Below the words, in inches, and with room for the captions.
    top = 1 - (1.25 + 0.165 * len(words.splitlines())) / height
    figure.subplots_adjust(left=0.05, right=0.97, top=top, bottom=1.3 / height, wspace=0.22, hspace=0.42)
    for row, task in enumerate(tasks):
        for column, matching in enumerate(matchings):
            axes = panels[row, column]
            caption(axes, task, f"score (0 chance, 1 truth), {_matched(matching)}")
            _curves(axes, [one for one in generated if one.setting[:2] == (task, matching)])
    if not generated:
        _curves(panels[0, 0], [])
    if images:
        tall = figure.add_subplot(panels[0, 0].get_gridspec()[:, -1])
        for axes in panels[:, -1]:
            axes.remove()
        task, matching, *_ = images[0].setting
        caption(tall, f"{task}, in sequence", f"score (0 chance, 1 truth), {_matched(matching)}")
        _bars(tall, images)
    _legend(figure, generated)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _heading(verdict: Verdict) -> str:
    """Compose the count of the outcomes, and the part of the claim's line that is decided."""
    decided = [one for one in verdict.judgements if one.needed is None]
    line = claim_line(verdict.claim, decided) if decided else ""
    return f"{tally(verdict.claim, verdict.judgements).capitalize()}. {line}"


def _matched(matching: Matching) -> str:
    return f"matched in {matching.replace('_', ' ')}"


def _line(one: Result) -> dict:
    """How a model is drawn: time constants of the lag are dotted."""
    colour = COLOURS[one.setting.model.split(",")[0]]
    special = one.setting.name != one.setting.model and one.setting.model.startswith("leaky")
    return {
        "color": colour,
        "linestyle": DOTTED if special else "-" if one.spikes else DASHED,
        "marker": "s" if special else "o",
        "markerfacecolor": colour if one.spikes else "white",
    }


def _curves(axes: Axes, found: Sequence[Result]) -> None:
    if not found:
        empty(axes)
        return
    names = list(dict.fromkeys(one.setting.name for one in found))
    for index, name in enumerate(names):
        own = sorted((one for one in found if one.setting.name == name), key=lambda one: one.setting.lag)
        # Beside each other, so that their intervals do not hide each other.
        x = [one.setting.lag * 1.02 ** (index - (len(names) - 1) / 2) for one in own]
        axes.plot(x, [one.score.mean for one in own], markersize=4.5, linewidth=1.4, **_line(own[0]))
        axes.vlines(
            x, [max(one.score.low, -0.2) for one in own], [min(one.score.high, 1.05) for one in own],
            color=_line(own[0])["color"], linewidth=1, alpha=0.5,
        )  # fmt: skip
    style(axes, "lag (steps)", height="linear")
    axes.set_ylim(-0.2, 1.05)
    axes.set_xscale("log")
    plain_ticks(axes, sorted({one.setting.lag for one in found}))


def _bars(axes: Axes, found: Sequence[Result]) -> None:
    for place, one in enumerate(reversed(found)):
        drawn = _line(one)
        axes.plot(one.score.mean, place, markersize=6, **{**drawn, "linestyle": "none"})
        axes.hlines(place, one.score.low, min(one.score.high, 1.0), color=drawn["color"], linewidth=1.4)
    style(axes, "score", height="linear")
    axes.grid(visible=False)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_yticks([])
    low = min(one.score.low for one in found)
    axes.set_xlim(max(0.0, low - 0.05), 1.0)
    axes.set_ylim(-0.7, len(found) - 0.1)
    for place, one in enumerate(reversed(found)):
        axes.annotate(
            one.setting.name, (max(one.score.low, axes.get_xlim()[0]), place), (0, 6), textcoords="offset points",
            color=_line(one)["color"], fontsize=8.5,
        )  # fmt: skip


def _legend(figure, found: Sequence[Result]) -> None:
    from matplotlib.lines import Line2D

    first = {one.setting.name: one for one in found}
    entries = [Line2D([], [], label=name, markersize=4.5, **_line(one)) for name, one in first.items()]
    figure.legend(
        handles=entries, frameon=False, fontsize=9, ncols=5, loc="lower left", bbox_to_anchor=(0.04, 0.01),
        columnspacing=1.2, handlelength=2.6,
    )  # fmt: skip
