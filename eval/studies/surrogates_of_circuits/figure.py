"""The figure: error and cost of the surrogate against qubits, plateau-free settings beside the deep circuit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eval.judgement import Verdict, tally
from eval.studies.surrogates_of_circuits.rows import Simulation
from eval.studies.surrogates_of_circuits.verdict import LARGEST_ERROR, kinds
from eval.study import FIGURE
from training.drawing.axes import caption, empty, plain_ticks, style
from training.drawing.labels import label_ends
from training.drawing.palette import BLUE, DASHED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"shallow_local": GREEN, "small_angles": BLUE, "deep": VERMILION}
NAMES = {"shallow_local": "shallow, local", "small_angles": "small angles", "deep": "deep, uniform"}


def draw(rows: list[Simulation], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw ``figure.png``.

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

    figure = Figure(figsize=(12, 5.2), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    title = "Is what escapes the plateau simulated classically?"
    figure.text(0.03, 0.925, title, fontsize=17, fontweight="bold", color=INK)
    for verdict in verdicts:
        words = f"{verdict.claim}: {tally(verdict.claim, verdict.judgements)}"
        figure.text(0.97, 0.925, words, fontsize=11, color=INK, ha="right")
    figure.text(
        0.03,
        0.87,
        "Truncated Pauli propagation of the cost at random angles; pale: the coarser threshold",
        fontsize=11,
        color=PALE,
    )
    error = figure.add_axes((0.06, 0.12, 0.33, 0.59))
    cost = figure.add_axes((0.55, 0.12, 0.33, 0.59))
    caption(error, "Error", "root mean square ÷ spread of the cost over angles")
    _panel(error, rows, "relative_error")
    error.axhline(LARGEST_ERROR, color=INK, linewidth=0.9, linestyle=DASHED, zorder=1)
    caption(cost, "Cost", "Pauli words updated, summed over gates;  ×: given up")
    _panel(cost, rows, "updates")
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _panel(axes: Axes, rows: Sequence[Simulation], quantity: Literal["relative_error", "updates"]) -> None:
    style(axes, "qubits")
    axes.set_xscale("log", base=2)
    families = kinds(rows)
    # An error of rounding alone says no more than that it is small.
    drawn = {key: [row for row in family if getattr(row, quantity)] for key, family in families.items()}
    drawn = {key: family for key, family in drawn.items() if family}
    if not drawn:
        empty(axes)
        return
    finest = {key[:2]: min(other[2] for other in drawn if other[:2] == key[:2]) for key in drawn}
    ends = []
    for (name, depth, threshold), family in drawn.items():
        strong = threshold == finest[name, depth]
        values = [max(getattr(row, quantity), 1e-7) for row in family]
        widths = [row.qubits for row in family]
        axes.plot(
            widths, values, color=COLOURS[name], alpha=1 if strong else 0.4, linewidth=1.7, marker="o", markersize=4
        )
        if strong:
            words = NAMES[name] + ("" if depth is None else f", {depth} layers")
            ends.append((words, widths[-1], values[-1], COLOURS[name]))
        if any(row.refused for row in families[name, depth, threshold]) and quantity == "updates":
            axes.plot(widths[-1], values[-1], color=COLOURS[name], marker="x", markersize=10)
    plain_ticks(axes, sorted({row.qubits for row in rows if row.qubits in (4, 8, 16, 32, 64, 100)}))
    label_ends(axes, ends)
