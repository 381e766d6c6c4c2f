"""Spikes of a trained network: a raster, membrane traces, and how often neurons fire."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from paradigms.snn.recording import Recording
from training.drawing.axes import caption
from training.drawing.palette import BLUE, GREEN, GRID, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGURE = "spikes.png"
COLOURS = (BLUE, VERMILION, GREEN, "#E69F00", "#CC79A7", "#56B4E9")
TRACES = 5
"""Neurons whose potentials are drawn."""
MOST_NEURONS = 150
"""Neurons of a layer in the raster; of a larger layer every so-manyeth is shown."""


def draw_spikes(recording: Recording, directory: Path, *, example: int = 0) -> Path:
    """Write ``spikes.png`` and return its path.

    Args:
        recording: The spikes and potentials of a batch.
        directory: Where the figure goes.
        example: Which example of the batch is shown in the raster and the traces; the histogram is of the whole batch.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    layers = [np.asarray(spikes).reshape(*spikes.shape[:2], -1) for spikes in recording.spikes]
    figure = Figure(figsize=(12.5, 6.4))
    grid = figure.add_gridspec(
        2, 2, width_ratios=[1.6, 1], left=0.06, right=0.97, top=0.88, bottom=0.09, wspace=0.16, hspace=0.5
    )
    raster, rates = figure.add_subplot(grid[:, 0]), figure.add_subplot(grid[0, 1])
    traces = figure.add_subplot(grid[1, 1])
    _raster(raster, [layer[:, example] for layer in layers])
    _rates(rates, layers)
    _traces(traces, recording, example)
    for axes in (raster, rates, traces):
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(PALE)
        axes.tick_params(colors=PALE, labelsize=9)
    path = directory / FIGURE
    FigureCanvasAgg(figure).print_png(path)
    return path


def _raster(axes: Axes, layers: list[np.ndarray]) -> None:
    caption(axes, "Spikes of one example", "a dot is a spike; layers from the input (bottom) to the read-out (top)")
    offset, ticks, names = 0, [], []
    for index, spikes in enumerate(layers):
        stride = -(-spikes.shape[1] // MOST_NEURONS)
        shown = spikes[:, ::stride]
        times, neurons = np.nonzero(shown)
        axes.scatter(times, offset + neurons, s=3, marker="s", linewidths=0, color=COLOURS[index % len(COLOURS)])
        ticks.append(offset + shown.shape[1] / 2)
        some = f"\n1 in {stride} shown" if stride > 1 else ""
        names.append(f"layer {index}\n{spikes.shape[1]} neurons{some}")
        offset += shown.shape[1] + max(2, MOST_NEURONS // 20)
        axes.axhline(offset - max(1, MOST_NEURONS // 40), color=GRID, linewidth=0.8)
    axes.locator_params(axis="x", integer=True)
    axes.set_yticks(ticks, names, rotation=90, va="center")
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-0.5, len(layers[0]) - 0.5), ylim=(-1, offset))
    axes.set_xlabel("time step", color=PALE, fontsize=9)


def _rates(axes: Axes, layers: list[np.ndarray]) -> None:
    batch = layers[0].shape[1]
    caption(axes, "How often neurons fire", f"spikes a step over {batch} examples; share of the layer's neurons")
    bins = np.linspace(0, 1, 41)
    for index, spikes in enumerate(layers):
        # A residual sum of spikes counts as one.
        rate = (spikes != 0).mean(axis=(0, 1))
        share = np.histogram(rate, bins)[0] / rate.size
        colour = COLOURS[index % len(COLOURS)]
        axes.stairs(share, bins, color=colour, linewidth=1.6)
        axes.text(
            0.98, 0.92 - 0.13 * index, f"layer {index}: mean {rate.mean():.3f}, silent {(rate == 0).mean():.0%}",
            transform=axes.transAxes, ha="right", color=colour, fontsize=9,
        )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("spikes a step", color=PALE, fontsize=9)


def _traces(axes: Axes, recording: Recording, example: int) -> None:
    potentials, spikes = (np.asarray(part[0])[:, example] for part in (recording.potentials, recording.spikes))
    potentials = potentials.reshape(len(potentials), -1)
    moving = potentials.std(axis=0)
    if spikes.size == potentials.size:
        # Those that fire come first: the others only drift.
        moving = moving + 1e6 * (spikes.reshape(potentials.shape).sum(axis=0) > 0)
    caption(
        axes, "Membrane potentials, layer 0", f"after the reset, in thresholds; {TRACES} neurons that fire and move"
    )
    for index, neuron in enumerate(np.argsort(-moving)[:TRACES]):
        axes.plot(potentials[:, neuron], color=COLOURS[index % len(COLOURS)], linewidth=1.1)
    axes.axhline(1, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.annotate(
        "threshold", xy=(1, 1), xycoords=("axes fraction", "data"), ha="right", va="bottom", color=INK, fontsize=8
    )
    axes.set_xlim(0, len(potentials) - 1)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("time step", color=PALE, fontsize=9)
