"""The figure: memory and seconds against time for each rule, networks without spikes beside, and what rules learn."""

from __future__ import annotations

import textwrap
from pathlib import Path

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.rows import Row
from eval.studies.unfolding_memory.figure_panels.cost import kept, ratio, seconds, shapes, temporary, without_spikes
from eval.studies.unfolding_memory.figure_panels.worth import accuracy, cosine
from eval.study import FIGURE
from training.drawing.palette import INK, PALE


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Write ``figure.png`` into a directory and return its path."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(19, 9.7), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.035, right=0.935, top=0.82, bottom=0.065, wspace=0.72, hspace=0.5)
    panels = figure.subplots(2, 4)
    for axes, panel in zip(
        panels.flat, (kept, temporary, without_spikes, shapes, seconds, ratio, cosine, accuracy), strict=True
    ):
        panel(axes, rows)
    (verdict,) = verdicts
    figure.text(0.02, 0.955, "What unfolding in time costs", fontsize=17, fontweight="bold", color=INK)
    # The claim holds in some regimes and fails in others, which a count of statements would not say.
    words = textwrap.fill(f"{verdict.claim}, {CLAIMS[verdict.claim].title.lower()}. {verdict.line}", 240)
    figure.text(0.02, 0.938, words, fontsize=10.5, color=PALE, va="top", linespacing=1.4)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path
