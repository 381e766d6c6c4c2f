"""Draw the figure: above, what each contender learns and what its gradient is worth; below, what the gradient costs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.compare.cost_panels import draw_costs
from eval.compare.curve_panels import LoggedRows, draw_curves
from eval.compare.rows import ComparedRun
from training.drawing.palette import INK, PALE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE = "compare.png"


def draw_comparison(rows: Sequence[ComparedRun], curves: LoggedRows, directory: Path) -> Path:
    """Draw the figure of a comparison.

    Args:
        rows: The rows of ``table.json``, at least one of them ``matched``.
        curves: The rows of ``metrics.jsonl`` by the table's ``run``; a run without any is left out of the curves.
        directory: The directory to write ``compare.png`` into.

    Returns:
        The path of the figure.
    """
    # A canvas of the figure's own rather than pyplot's: no window, and no state shared with the caller's figures.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    _title(figure, [row for row in rows if row.group == "matched"])
    draw_curves(figure, rows, curves)
    draw_costs(figure, rows)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _title(figure: Figure, matched: Sequence[ComparedRun]) -> None:
    figure.text(
        0.03, 0.955, "What does a gradient cost, and what is it worth?", fontsize=17, fontweight="bold", color=INK
    )
    first, counts = matched[0], [row.parameters for row in matched]
    sizes = f"{counts[0]:,}" if len(set(counts)) == 1 else f"{min(counts):,} to {max(counts):,}"
    rates = len(first.learning_rates_tried)
    tuning = f", the best of the same {rates} learning rates" if rates > 1 else ""
    setting = (
        f"One training loop on {first.task}: {sizes} parameters, {first.steps:,} updates of "
        f"{first.batch_size} examples, one seed{tuning}"
    )
    figure.text(0.03, 0.922, setting, fontsize=11, color=PALE)
