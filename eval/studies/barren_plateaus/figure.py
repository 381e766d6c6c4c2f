"""The figure: the plateau on the left; on the right its depth, what escapes it, what networks do, and noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.studies.barren_plateaus.main_panel import draw_plateau
from eval.studies.barren_plateaus.rows import CircuitVariance
from eval.studies.barren_plateaus.side_panels import draw_depth, draw_local, draw_networks, draw_noise
from eval.study import FIGURE
from training.drawing.palette import INK, PALE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = {
    "plateau": (0.06, 0.125, 0.37, 0.695),
    "depth": (0.565, 0.555, 0.155, 0.265),
    "local": (0.79, 0.555, 0.14, 0.265),
    "networks": (0.565, 0.125, 0.155, 0.265),
    "noise": (0.79, 0.125, 0.14, 0.265),
}
"""Left, bottom, width and height of every panel; fixed, since an automatic layout makes room for long labels."""


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw ``figure.png``; a panel without a row says so.

    Args:
        rows: The table.
        verdicts: What was judged from it, whose outcomes are counted in the heading.
        directory: Where the figure goes.

    Returns:
        The path of the figure.
    """
    # A canvas of the figure's own rather than pyplot's: no window, and no state shared with the caller's figures.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 8.4), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.text(0.03, 0.955, "Where quantum gradients vanish", fontsize=18, fontweight="bold", color=INK)
    figure.text(0.03, 0.923, _subtitle(rows), fontsize=11, color=PALE)
    for verdict in verdicts:
        words = f"{verdict.claim}: {tally(verdict.claim, verdict.judgements)}"
        figure.text(0.985, 0.955, words, fontsize=11, color=INK, ha="right")
    panels: dict[str, Axes] = {name: figure.add_axes(place) for name, place in PLACES.items()}
    draw_plateau(panels["plateau"], rows)
    draw_depth(panels["depth"], rows)
    draw_local(panels["local"], rows)
    draw_networks(panels["networks"], rows)
    draw_noise(panels["noise"], rows)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _subtitle(rows: Sequence[Row]) -> str:
    deep = [row for row in of(rows, CircuitVariance) if row.family == "deep" and row.variance_over_initialisations]
    widest = max((row.qubits for row in deep), default=0)
    return (
        f"Variance of one gradient component over random parameters, up to {widest} qubits in deep circuits: exact "
        "formulas as lines, measurements as marks"
    )
