"""The figure: what loses how much of the score; score against lag, a panel per task and matching; and images."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import HOLDS, Verdict, claim_line, tally
from eval.studies.long_range.config import GENERATED, Matching, TaskName
from eval.studies.long_range.models import OF_ITS_SOURCE, OF_THE_LAG
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


LOST = {
    "best": "the best spiking network,\nbeside the best without",
    "usual": "the usual spiking network,\nbeside the best without",
    "interaction": "binary output in leaky\nmore than in state-space dynamics",
    "time_constants": "usual time constants,\nbeside those of the lag",
    "leak": "leaky dynamics,\nbeside state-space dynamics",
    "spikes": "binary output,\nbeside continuous output",
}
"""What loses, by the beginning of a statement's name; from below."""
COLUMNS = 3


def draw(rows: list[Run], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw what loses how much, the score against the lag per task and matching, and the scores of images.

    Args:
        rows: The table of the study.
        verdicts: The verdict on claim C9, which the heading counts and the first panel shows.
        directory: The directory to write ``figure.png`` into.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found = results(rows)
    (verdict,) = verdicts
    fields: list[tuple[TaskName, Matching]] = list(dict.fromkeys(one.setting[:2] for one in found))
    columns = min(1 + len(fields), COLUMNS)
    lines = -(-(1 + len(fields)) // columns)
    figure = Figure(figsize=(5.2 * columns + 1.4, 4.4 * lines + 2.4), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    height = figure.get_figheight()
    title = "C9, spiking networks lose long-range dependencies"
    figure.text(0.03, 1 - 0.35 / height, title, fontsize=15, fontweight="bold", color=INK)
    words = textwrap.fill(_heading(verdict), int(12.4 * figure.get_figwidth()))
    figure.text(0.03, 1 - 0.5 / height, words, fontsize=9, color=PALE, va="top", linespacing=1.3)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    # Below the words, in inches, and with room for the captions and for the words of the first panel.
    top = 1 - (1.25 + 0.165 * len(words.splitlines())) / height
    left = 2.3 / figure.get_figwidth()
    figure.subplots_adjust(left=left, right=0.98, top=top, bottom=1.7 / height, wspace=0.22, hspace=0.42)
    for axes in panels[1 + len(fields) :]:
        axes.remove()
    caption(panels[0], "What loses", "score lost over the longest lag of recall, with its 95% interval")
    _losses(panels[0], verdict)
    for axes, (task, matching) in zip(panels[1:], fields, strict=False):
        own = [one for one in found if one.setting[:2] == (task, matching)]
        caption(axes, task, f"score (0 chance, 1 truth), {_matched(matching)}")
        if task in GENERATED:
            _curves(axes, own)
        else:
            _bars(axes, own)
    _legend(figure, found)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _losses(axes: Axes, verdict: Verdict) -> None:
    """Show every measured loss on recall beside the threshold."""
    judged = {one.statement.removesuffix("_recall"): one for one in verdict.judgements}
    shown = [name for name in LOST if judged[name].value is not None]
    if not shown:
        empty(axes)
        return
    for place, name in enumerate(shown):
        one = judged[name]
        value, low, high = (np.array([number], float) for number in (one.value, one.low, one.high))
        decided = one.needed is None
        colour = VERMILION if one.outcome == HOLDS else BLUE if decided else PALE
        axes.hlines(place, low, high, color=colour, linewidth=2)
        axes.plot(value, [place], "o", markersize=7, color=colour, markerfacecolor=colour if decided else "white")
        axes.annotate(one.outcome, (value[0], place), (0, 7), textcoords="offset points", color=colour, fontsize=8.5)
    style(axes, "score lost", height="linear")
    axes.grid(visible=False)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    limit = CLAIMS["C9"].thresholds["loss"]
    axes.axvline(limit, color=INK, linewidth=1, linestyle=DASHED)
    axes.annotate(f"{limit:g}", (limit, len(shown) - 0.4), (4, 0), textcoords="offset points", color=INK, fontsize=8.5)
    axes.set_yticks(range(len(shown)), [LOST[name] for name in shown], fontsize=8.5)
    axes.set_ylim(-0.6, len(shown) - 0.2)


def _heading(verdict: Verdict) -> str:
    """Compose the count of the outcomes, and the part of the claim's line that is decided."""
    decided = [one for one in verdict.judgements if one.needed is None]
    line = claim_line(verdict.claim, decided) if decided else ""
    return f"{tally(verdict.claim, verdict.judgements).capitalize()}. {line}"


def _matched(matching: Matching) -> str:
    return f"matched in {matching.replace('_', ' ')}"


def _line(one: Result) -> dict:
    """Return how a model is drawn: time constants of the lag are dotted squares, those of a source triangles."""
    colour = COLOURS[one.setting.model.split(",")[0]]
    of_the_lag = one.setting.time_constants == OF_THE_LAG
    return {
        "color": colour,
        "linestyle": DOTTED if of_the_lag else "-" if one.spikes else DASHED,
        "marker": "s" if of_the_lag else "^" if one.setting.time_constants == OF_ITS_SOURCE else "o",
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
        handles=entries, frameon=False, fontsize=9, ncols=4, loc="lower left", bbox_to_anchor=(0.02, 0.01),
        columnspacing=1.2, handlelength=2.6,
    )  # fmt: skip
