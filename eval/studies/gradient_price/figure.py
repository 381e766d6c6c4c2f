"""The figure: what a gradient costs on a classical computer, what on quantum hardware, and who scales."""

from __future__ import annotations

import textwrap
from pathlib import Path

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.rows import Row
from eval.studies.gradient_price.conclusion_panels import HARDWARE_TINT, matrix, projected
from eval.studies.gradient_price.cost_panels import circuits, memory, operations, seconds
from eval.study import FIGURE
from training.drawing.palette import BLUE, INK, PALE


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Write ``figure.png`` into a directory and return its path."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(19, 12.7), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    top = figure.add_gridspec(1, 3, left=0.035, right=0.865, top=0.82, bottom=0.53, wspace=0.72)
    for place, panel in enumerate((operations, seconds, memory)):
        panel(figure.add_subplot(top[place]), rows)
    bottom = figure.add_gridspec(
        1, 3, left=0.035, right=0.985, top=0.385, bottom=0.055, wspace=0.6, width_ratios=(0.9, 0.95, 1.9)
    )
    tinted = figure.add_subplot(bottom[0])
    tinted.set_facecolor(HARDWARE_TINT)
    circuits(tinted, rows)
    projected(figure.add_subplot(bottom[1]), rows)
    matrix(figure.add_subplot(bottom[2]), rows)

    figure.text(0.02, 0.966, "What a gradient costs", fontsize=19, fontweight="bold", color=INK)
    for verdict in verdicts:
        # The claim holds in some regimes and fails in others, which a count of statements would not say.
        words = textwrap.fill(f"{verdict.claim}, {CLAIMS[verdict.claim].title.lower()}. {verdict.line}", 240)
        figure.text(0.02, 0.957, words, fontsize=10.5, color=PALE, va="top", linespacing=1.4)
    for x, y, words, colour in (
        (0.02, 0.888, "ON A CLASSICAL COMPUTER: circuits are simulated, and a simulator sees the whole state", INK),
        (0.02, 0.452, "ON QUANTUM HARDWARE: circuits × shots", BLUE),
        (0.318, 0.452, "BOTH, PROJECTED", INK),
        (0.608, 0.452, "WHO HAS BACKPROPAGATION SCALING", INK),
    ):
        figure.text(x, y, words, fontsize=13, fontweight="bold", color=colour)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=130)
    return path
