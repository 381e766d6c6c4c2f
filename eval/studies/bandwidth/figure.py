"""The figure: bits against steps, beside the bounds and a ReLU network, and what timing adds."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.statistics.intervals import Interval
from eval.studies.bandwidth.readings import Setting, known_cases, settings
from eval.studies.bandwidth.rows import RectifiedNetwork
from eval.study import FIGURE
from training.drawing.axes import caption, plain_ticks, style
from training.drawing.palette import BLUE, DASHED, DOTTED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"if": BLUE, "lif": VERMILION}
LINES = {"direct": "-", "rate": DASHED}
MARKERS = ("o", "s", "D", "^")


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the figure.

    Args:
        rows: The table.
        verdicts: What it says of claim C10.
        directory: Where ``figure.png`` is written.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 10.2), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    (verdict,) = verdicts
    title = f"C10, at most log2(T + 1) bits per neuron: {tally(verdict.claim, verdict.judgements)}"
    figure.text(0.055, 0.968, title, fontsize=15, fontweight="bold", color=INK)
    words = textwrap.fill(verdict.line, 165)
    figure.text(0.055, 0.955, words, fontsize=9.5, color=PALE, va="top", linespacing=1.35)
    (input_bits, class_bits), (timing, known) = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.06, right=0.9, top=0.745, bottom=0.055, wspace=0.42, hspace=0.45)
    found = settings(rows)
    relu = of(rows, RectifiedNetwork)

    caption(input_bits, "About the input", "bits, networks without input noise; filled: whole trains, hollow: counts")
    quiet = [one for one in found if one.encoding == "direct"]
    _curves(input_bits, quiet, lambda one: one.mean(lambda row: row.count_entropy), hollow=True)
    _curves(input_bits, quiet, _train_entropy)
    _bounds(input_bits, found)
    _activations(input_bits, relu, lambda row: row.entropy, lambda row: True)
    input_bits.set_ylim(bottom=0)

    caption(class_bits, "About the class", "bits; filled: whole trains, hollow: counts; ReLU: mean of layers")
    _curves(class_bits, found, lambda one: one.mean(lambda row: row.count_class_bits), hollow=True)
    _curves(class_bits, found, _train_class_bits)
    limit = CLAIMS["C10"].thresholds["control_bits"]
    _activations(class_bits, relu, lambda row: row.class_bits, lambda row: abs(row.control) <= limit)
    class_bits.set_ylim(bottom=0)

    caption(timing, "What timing adds about the class", "bits, with its 95% interval and what bias may be left")
    _curves(timing, found, lambda one: None if one.timing is None else one.timing.interval(), bars=True)
    timing.axhline(0, color=PALE, linewidth=0.8)
    timing.axhline(CLAIMS["C10"].thresholds["timing_bits"], color=INK, linewidth=0.9, linestyle=DOTTED)

    caption(known, "Is the estimate right?", "trains of known information; grey: too many different trains to judge")
    _check(known, rows)

    _legend(figure, found)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _train_entropy(one: Setting) -> Interval | None:
    return one.mean(lambda row: row.train_entropy) if one.entropy_measurable else None


def _train_class_bits(one: Setting) -> Interval | None:
    return one.mean(lambda row: row.train_class_bits) if one.class_bits_measurable("train") else None


def _curves(
    axes: Axes,
    found: Sequence[Setting],
    value: Callable[[Setting], Interval | None],
    *,
    hollow: bool = False,
    bars: bool = False,
) -> None:
    kinds = list(dict.fromkeys((one.neuron, one.encoding, one.layer) for one in found))
    for index, (neuron, encoding, layer) in enumerate(kinds):
        own = [one for one in found if (one.neuron, one.encoding, one.layer) == (neuron, encoding, layer)]
        shown = [(one.time_steps, value(one)) for one in own]
        points = [(steps, interval) for steps, interval in shown if interval is not None]
        if not points:
            continue
        # Beside each other, so that their intervals do not hide each other.
        x = [steps * 1.035 ** (index - (len(kinds) - 1) / 2) for steps, _ in points]
        colour = COLOURS[neuron]
        axes.plot(
            x,
            [interval.mean for _, interval in points],
            color=colour,
            linestyle=LINES[encoding],
            linewidth=1.0 if hollow else 1.5,
            marker=MARKERS[(layer - 1) % len(MARKERS)],
            markersize=4.5,
            markerfacecolor="white" if hollow else colour,
            alpha=0.55 if hollow else 1,
        )
        if bars:
            axes.vlines(x, [i.low for _, i in points], [i.high for _, i in points], color=colour, linewidth=1.2)
    style(axes, "steps of time T", height="linear")
    axes.set_xscale("log")
    plain_ticks(axes, sorted({one.time_steps for one in found}))


def _bounds(axes: Axes, found: Sequence[Setting]) -> None:
    steps = np.linspace(min(one.time_steps for one in found), max(one.time_steps for one in found), 60)
    top = 1.6 * np.log2(steps[-1] + 1)
    axes.plot(steps, np.log2(steps + 1), color=INK, linewidth=1.2, linestyle=DOTTED)
    _beside(axes, np.log2(steps[-1] + 1), "log2(T + 1)", INK)
    inside = steps[steps <= top]
    axes.plot(inside, inside, color=PALE, linewidth=1.2, linestyle=DOTTED)
    axes.annotate("T bits", (inside[-1], inside[-1]), (7, -8), textcoords="offset points", color=PALE, fontsize=9)


def _activations(
    axes: Axes,
    rows: Sequence[RectifiedNetwork],
    value: Callable[[RectifiedNetwork], float],
    judged: Callable[[RectifiedNetwork], bool],
) -> None:
    """Levels of the ReLU network's neurons, mean of layers and seeds."""
    for bits in dict.fromkeys(row.activation_bits for row in rows):
        own = [row for row in rows if row.activation_bits == bits]
        if all(map(judged, own)):
            level = float(np.mean([value(row) for row in own]))
            axes.axhline(level, color=GREEN, linewidth=1, zorder=1)
            _beside(axes, level, f"ReLU, {bits}-bit", GREEN)


def _beside(axes: Axes, height: float, words: str, colour: str) -> None:
    axes.annotate(
        words,
        (1, height),
        (5, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color=colour,
        fontsize=9,
        va="center",
        annotation_clip=False,
    )


def _check(axes: Axes, rows: Sequence[Row]) -> None:
    cases = known_cases(rows)
    most = max(max(case.known, case.estimate) for case in cases)
    axes.plot([0, most], [0, most], color=PALE, linewidth=0.8)
    for case in cases:
        colour = INK if case.measurable else "#CCCCCC"
        axes.vlines(case.known, case.low, case.high, color=colour, linewidth=1.2)
        axes.plot(case.known, case.estimate, "o", color=colour, markersize=4)
    style(axes, "known bits", height="linear")
    axes.set_ylabel("estimated bits", color=PALE, fontsize=9)


def _legend(figure, found: Sequence[Setting]) -> None:
    from matplotlib.lines import Line2D

    entries = [
        Line2D([], [], color=COLOURS[name], label=name.upper()) for name in dict.fromkeys(o.neuron for o in found)
    ]
    entries += [
        Line2D([], [], color=INK, linestyle=LINES[name], label=f"{name} encoding")
        for name in dict.fromkeys(one.encoding for one in found)
    ]
    entries += [
        Line2D([], [], color=INK, linestyle="none", marker=MARKERS[(layer - 1) % len(MARKERS)], label=f"layer {layer}")
        for layer in dict.fromkeys(one.layer for one in found)
    ]
    figure.legend(
        handles=entries,
        frameon=False,
        fontsize=9.5,
        ncols=len(entries),
        loc="lower left",
        bbox_to_anchor=(0.045, 0.815),
    )
