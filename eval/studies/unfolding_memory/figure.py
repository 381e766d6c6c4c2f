"""The figure: memory and seconds against time for each rule, networks without spikes beside, and what rules learn."""

from __future__ import annotations

from pathlib import Path

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.studies.unfolding_memory.cost_panels import kept, ratio, seconds, shapes, temporary, without_spikes
from eval.studies.unfolding_memory.worth_panels import accuracy, cosine
from eval.study import FIGURE
from training.drawing.palette import INK, PALE


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Write ``figure.png``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(19, 9.4), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.035, right=0.935, top=0.84, bottom=0.065, wspace=0.72, hspace=0.5)
    panels = figure.subplots(2, 4)
    for axes, panel in zip(
        panels.flat, (kept, temporary, without_spikes, shapes, seconds, ratio, cosine, accuracy), strict=True
    ):
        panel(axes, rows)
    (verdict,) = verdicts
    figure.text(0.02, 0.955, "What unfolding in time costs", fontsize=17, fontweight="bold", color=INK)
    figure.text(
        0.02,
        0.925,
        f"C6 ({CLAIMS['C6'].text}): {verdict.verdict}",
        fontsize=11,
        color=PALE,
    )
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path
