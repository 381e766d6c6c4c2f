"""The figure: accuracy against energy with the fronts of both kinds of network, a panel per model."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.energy.trained_networks.matching import Network
from eval.energy.trained_networks.rows import NetworkBill
from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.studies.precision.fronts import Point, front, points
from eval.study import FIGURE
from training.drawing.axes import caption, empty, style
from training.drawing.palette import BLUE, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WAYS = {
    "yan2024": "pJ per image, hidden layers; T steps ↔ log₂(T + 1) bits",
    "bit_budget": "bit operations per image, hidden layers; T steps ↔ T bits",
    "compute_only": "pJ per image, hidden layers; arithmetic alone, in 32-bit floats",
}
"""What a model counts, and how; of others only that it is the hidden layers."""
MARKERS = {"quantised": "o", "twin_synchronous": "^", "twin_stepwise": "v", "direct": "s", "early_exit": "D"}
WORDS = {
    "quantised": "quantised",
    "twin_synchronous": "twin, layer by layer",
    "twin_stepwise": "twin, step by step",
    "direct": "spiking, trained as such",
    "early_exit": "the same, stopping early",
}
SHOWN = 0.04
"""Accuracy below the best of all, as a share of the images, that a panel shows."""


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw accuracy against energy, a panel per model.

    Args:
        rows: The table of the study.
        verdicts: The verdict on claim C8, which the heading counts.
        directory: The directory to write ``figure.png`` into.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    bills = of(rows, NetworkBill)
    models = list(dict.fromkeys(row.model for row in bills)) or ["yan2024"]
    figure = Figure(figsize=(5.2 * len(models) + 0.8, 5.6), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    width, height = figure.get_size_inches()
    left = 0.75 / width
    (verdict,) = verdicts
    title = "C8, quantised networks are as precise, and cheaper"
    figure.text(left, 1 - 0.35 / height, title, fontsize=15, fontweight="bold", color=INK)
    words = textwrap.fill(_subtitle(verdict, bills), int(14.5 * width))
    figure.text(left, 1 - 0.48 / height, words, color=PALE, fontsize=9, va="top", linespacing=1.4)
    panels = figure.subplots(1, len(models), squeeze=False)[0]
    for axes, model in zip(panels, models, strict=True):
        caption(axes, model, WAYS.get(model, "per image, hidden layers"))
        found = points(bills, model, "hidden")
        if found:
            _panel(axes, found)
        else:
            empty(axes)
    panels[0].set_ylabel("test accuracy, mean of the seeds", color=PALE, fontsize=9)
    handles = {word: handle for handle, word in zip(*panels[0].get_legend_handles_labels(), strict=True)}
    figure.legend(
        handles.values(), handles, frameon=False, fontsize=9, ncols=len(handles) or 1, loc="lower left",
        bbox_to_anchor=(left - 0.01, 0.0),
    )  # fmt: skip
    figure.subplots_adjust(left=left, right=0.985, top=1 - 1.65 / height, bottom=0.95 / height, wspace=0.16)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _panel(axes: Axes, found: Sequence[Point]) -> None:
    for kind, marker in MARKERS.items():
        own = [one for one in found if one.network.kind == kind]
        if own:
            axes.plot(
                [one.energy for one in own], [one.accuracy for one in own], marker, color=_colour(own[0]), alpha=0.5,
                markersize=5, markeredgewidth=0, label=WORDS[kind],
            )  # fmt: skip
    fronts = [front([one for one in found if one.network.spiking == spiking]) for spiking in (False, True)]
    for own in filter(None, fronts):
        axes.step(
            [one.energy for one in own],
            [one.accuracy for one in own],
            where="post",
            color=_colour(own[0]),
            linewidth=1.8,
        )
        for one in own:
            axes.plot(one.energy, one.accuracy, MARKERS[one.network.kind], color=_colour(one), markersize=7)
    style(axes, "", height="linear")
    axes.set_xscale("log")
    top = max(one.accuracy for one in found)
    shown = [one for one in found if one.accuracy >= top - SHOWN]
    axes.set_ylim(top - SHOWN, top + SHOWN / 8)
    axes.set_xlim(min(one.energy for one in shown) / 1.6, 1.6 * max(one.energy for one in shown))
    for own in fronts:
        # Where several points of a front have one name, the most accurate bears it.
        for one in {_name(one.network): one for one in own if one in shown}.values():
            _label(axes, one)


def _label(axes: Axes, one: Point) -> None:
    """Name a point of a front, to the upper left of a quantised network's and to the lower right of a spiking one's."""
    axes.annotate(
        _name(one.network),
        xy=(one.energy, one.accuracy),
        xytext=(6, -11) if one.network.spiking else (-4, 6),
        textcoords="offset points",
        ha="left" if one.network.spiking else "right",
        fontsize=8,
        color=_colour(one),
    )


def _name(network: Network) -> str:
    if network.time_steps is not None:
        return f"T={network.time_steps}"
    return f"{network.weight_bits}/{network.activation_bits}"


def _colour(one: Point) -> str:
    return VERMILION if one.network.spiking else BLUE


def _subtitle(verdict: Verdict, bills: Sequence[NetworkBill]) -> str:
    seeds = len({row.training_seed for row in bills})
    return (
        f"{tally(verdict.claim, verdict.judgements).capitalize()}. Farther up and to the left is better. Every mark is "
        f"the mean of {seeds} seeds at one penalty of activity; lines are the fronts of quantised networks (blue, bits "
        "of weights/activations) and of spiking ones (red, T time steps). What is much less accurate lies below the "
        "panels."
    )
