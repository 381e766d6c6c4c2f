"""The figure: where trained networks land on the break-even map, what they cost, and what the winner hangs on."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.energy.trained_networks.matching import Matched
from eval.energy.trained_networks.rows import NetworkBill
from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.studies.energy.rows import BreakEven
from eval.studies.energy.verdict import MODEL, held_against, within_claim
from eval.study import FIGURE
from training.drawing.axes import caption, plain_ticks, style
from training.drawing.palette import BLUE, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {4: BLUE, 8: VERMILION}
"""By bits of a weight."""
PARTS = (("movement", BLUE), ("weight", GREEN), ("state", "#E69F00"), ("compute", VERMILION))
HOPS, ETA = 1.0, 12.0
"""Of the curves beside the trained networks: the prices of the model."""


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the map with the trained networks, their energies, the price of movement and the bills by part.

    Args:
        rows: The table of the study.
        verdicts: The verdict on claim C7, which the heading counts.
        directory: The directory to write ``figure.png`` into.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 10), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    (verdict,) = verdicts
    figure.text(0.06, 0.965, "C7, where spikes need less energy", fontsize=16, fontweight="bold", color=INK)
    counted = tally(verdict.claim, verdict.judgements).capitalize()
    words = (
        f"{counted}. Blue: 4-bit weights. Red: 8-bit weights. Energies are those of model {MODEL}, which was "
        "reconstructed from published numbers; shaded bands are what its inferred constants leave open."
    )
    figure.text(0.06, 0.95, textwrap.fill(words, 150), fontsize=9.5, color=PALE, va="top", linespacing=1.35)
    (where, ratios), (prices, parts) = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.07, right=0.97, top=0.85, bottom=0.07, wspace=0.2, hspace=0.36)
    hidden, whole = (held_against(rows, group) for group in ("hidden", "whole"))
    _map(where, of(rows, BreakEven), hidden)
    _ratios(ratios, hidden, whole)
    _prices(prices, of(rows, BreakEven))
    _bills(parts, [one for one in hidden if within_claim(one) and one.partner is not None])
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def _map(axes: Axes, found: Sequence[BreakEven], trained: Sequence[Matched]) -> None:
    caption(
        axes,
        "Break-even rate, and where trained networks fire",
        "spikes per connection and step, hidden layers; below the line a twin costs less",
    )
    for bits, colour in COLOURS.items():
        own = [row for row in found if (row.weight_bits, row.hops, row.eta) == (bits, HOPS, ETA)]
        _curve(axes, own, lambda row: row.time_steps, colour, "-")
        dots = [one for one in trained if one.network.weight_bits == bits]
        # Side by side, so that widths do not hide each other.
        x = [(one.network.time_steps or 0) * (0.97 if bits == 4 else 1.03) for one in dots]
        axes.plot(x, [one.rate for one in dots], "o", color=colour, markersize=4.5, alpha=0.7)
    axes.axhline(0.064, color=PALE, linewidth=0.9, linestyle="--")
    axes.annotate(
        "6.4%", xy=(1, 0.064), xycoords=("axes fraction", "data"), ha="right", va="bottom", color=PALE, fontsize=8
    )
    style(axes, "time steps T")
    axes.set_xscale("log")
    plain_ticks(axes, sorted({row.time_steps for row in found}))
    _plain_rates(axes)


def _ratios(axes: Axes, hidden: Sequence[Matched], whole: Sequence[Matched]) -> None:
    caption(
        axes,
        "Energy relative to an equally accurate quantised network",
        "filled: hidden layers; hollow: the whole, with its first layer",
    )
    rates = {one.network: one.rate for one in hidden}
    for found, face in ((whole, "white"), (hidden, None)):
        for one in found:
            if one.partner is None or one.network not in rates:
                continue
            mean, low, high = (float(np.exp(value)) for value in one.ratio())
            colour = COLOURS.get(one.network.weight_bits, INK)
            axes.vlines(rates[one.network], low, high, color=colour, linewidth=1, alpha=0.6)
            axes.plot(
                rates[one.network],
                mean,
                "o",
                color=colour,
                markersize=5,
                markerfacecolor=colour if face is None else face,
            )
    axes.axhline(1, color=INK, linewidth=0.8)
    axes.axvline(0.064, color=PALE, linewidth=0.9, linestyle="--")
    style(axes, "spikes per connection and step, hidden layers")
    axes.set_xscale("log")
    plain_ticks(axes, [0.01, 0.02, 0.05, 0.1, 0.2, 0.4])
    axes.set_yticks([0.25, 0.5, 1, 2, 4], ["¼", "½", "1", "2", "4"])
    axes.minorticks_off()


def _prices(axes: Axes, found: Sequence[BreakEven]) -> None:
    caption(axes, "What the break-even rate hangs on", "price of sparse movement; 5 steps: solid, 10 steps: dashed")
    for bits, colour in COLOURS.items():
        for steps, line in ((5, "-"), (10, "--")):
            own = [row for row in found if (row.weight_bits, row.hops, row.time_steps) == (bits, HOPS, steps)]
            _curve(axes, own, lambda row: row.eta, colour, line, marker="o", markersize=4)
    axes.axhline(0.064, color=PALE, linewidth=0.9, linestyle="--")
    style(axes, "sparse movement of a bit, in units of dense movement")
    axes.set_xscale("log")
    plain_ticks(axes, sorted({row.eta for row in found}))
    _plain_rates(axes)


def _plain_rates(axes: Axes) -> None:
    low, high = axes.get_ylim()
    rates = [rate for rate in (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if low <= rate <= high]
    axes.set_yticks(rates, [f"{rate:g}" for rate in rates])


def _curve(
    axes: Axes, rows: Sequence[BreakEven], x: Callable[[BreakEven], float], colour: str, line: str, **how: Any
) -> None:
    """Draw a break-even rate with its band, where there is one."""
    points = sorted((x(row), row.rate, row.inferred_low, row.inferred_high) for row in rows if row.rate is not None)
    if not points:
        return
    at, middle, low, high = np.array(points).T
    axes.plot(at, middle, line, color=colour, linewidth=1.6, **how)
    axes.fill_between(at, low, high, color=colour, alpha=0.18, linewidth=0)


def _bills(axes: Axes, found: Sequence[Matched]) -> None:
    """Stack the parts of the bills of the spiking networks that fare best and worst, and of their partners."""
    caption(axes, "What the energy is spent on", "nJ per image, hidden layers, mean over seeds")
    if not found:
        return
    best, worst = (extreme(found, key=lambda one: one.ratio().mean) for extreme in (min, max))
    bars: list[tuple[str, list[NetworkBill]]] = []
    for word, one in (("best", best), ("worst", worst)):
        assert one.partner is not None
        for network, runs in ((one.network, one.runs), (one.partner, one.partner_runs)):
            side = f"{word} spiking" if network.spiking else "its quantised\npartner"
            detail = f"T = {network.time_steps}" if network.spiking else f"{network.activation_bits} bits"
            bars.append((f"{side}\n{detail}, weights {network.weight_bits}", list(runs.values())))
    for place, (_, runs) in enumerate(bars):
        bottom = 0.0
        for part, colour in PARTS:
            height = float(np.mean([getattr(row, f"energy_{part}") or 0.0 for row in runs])) / 1000
            axes.bar(place, height, 0.6, bottom, color=colour, label=part if place == 0 else None)
            bottom += height
    style(axes, "", height="linear")
    axes.set_xticks(range(len(bars)), [name for name, _ in bars])
    axes.legend(frameon=False, fontsize=9, labelcolor="linecolor")
