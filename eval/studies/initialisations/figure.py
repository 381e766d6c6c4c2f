"""The figure: variances against width, how they fall, and what training makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.studies.initialisations.measure import SHALLOW
from eval.studies.initialisations.rows import Look, Variance
from eval.studies.initialisations.verdict import fall, variances
from eval.study import FIGURE
from training.drawing.axes import caption
from training.drawing.labels import spread
from training.drawing.palette import BLUE, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    "uniform": VERMILION,
    "small_gaussian": BLUE,
    "identity_blocks": GREEN,
    "beta": "#E69F00",
    "beta_full_turn": "#CC79A7",
    SHALLOW: "#56B4E9",
}
"""Okabe and Ito's, which people with any colour vision tell apart."""


_SHAPES = {"exponential": "exponential", "polynomial": "polynomial", "none": "no decay", "undecided": "undecided"}


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw ``figure.png``.

    Args:
        rows: The table.
        verdicts: What was judged from it, whose outcomes are counted in the heading.
        directory: Where the figure goes.

    Returns:
        The path of the figure.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 5.2), gridspec_kw={"width_ratios": [1.15, 1]})
    _variances(left, rows)
    _curves(right, rows)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=PALE, labelsize=9)
        axes.grid(axis="y", color="#E6E6E6", linewidth=0.8)
    (verdict,) = verdicts
    heading = f"{verdict.claim}, plateaus can be put off: {tally(verdict.claim, verdict.judgements)}"
    figure.suptitle(heading, x=0.065, y=0.985, ha="left", color=INK, fontsize=13)
    figure.subplots_adjust(left=0.065, right=0.86, top=0.8, bottom=0.11, wspace=0.62)
    path = directory / FIGURE
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


def _variances(axes: Axes, rows: Sequence[Row]) -> None:
    caption(
        axes, "Variance of a gradient component", "over initialisations, mean of all components; bars: standard error"
    )
    labels = []
    for setting, points in variances(rows).items():
        how = fall(points)
        qubits, values = [row.qubits for row in points], [row.variance_over_initialisations for row in points]
        errors = [value * row.relative_error for value, row in zip(values, points, strict=True)]
        axes.errorbar(qubits, values, errors, color=COLOURS[setting], marker="o", markersize=4, linewidth=1.6)
        labels.append((np.log10(values[-1]), setting, f"{setting}: {_SHAPES[how.shape]}" if how else setting))
    axes.set_yscale("log")
    axes.set_xlabel("qubits", color=PALE)
    axes.set_xticks(sorted({row.qubits for row in of(rows, Variance)}))
    low, high = np.log10(axes.get_ylim())
    _label(axes, labels, (high - low) / 18, lambda height: 10**height)


def _curves(axes: Axes, rows: Sequence[Row]) -> None:
    looks = of(rows, Look)
    where = f"{looks[0].qubits} qubits, {looks[0].layers} layers" if looks else ""
    caption(axes, "Training on digits", f"validation loss in nats, {where}; mean and range of the seeds")
    labels = []
    for setting in dict.fromkeys(row.setting for row in looks):
        own = [row for row in looks if row.setting == setting]
        updates = sorted({row.updates for row in own})
        values = np.array([[row.eval_loss for row in own if row.updates == update] for update in updates])
        axes.plot(updates, values.mean(axis=1), color=COLOURS[setting], linewidth=1.6)
        axes.fill_between(
            updates, values.min(axis=1), values.max(axis=1), color=COLOURS[setting], alpha=0.15, linewidth=0
        )
        labels.append((np.log10(values[-1].mean()), setting, setting))
    axes.set_xlabel("updates", color=PALE)
    axes.set_yscale("log")
    axes.set_yticks([1, 2, 3, 5], ["1", "2", "3", "5"])
    axes.tick_params(which="minor", length=0, labelleft=False)
    low, high = np.log10(axes.get_ylim())
    _label(axes, labels, (high - low) / 18, lambda height: 10**height)


def _label(axes: Axes, labels: list[tuple[float, str, str]], gap: float, height) -> None:
    """Name every line at its right end, in its colour."""
    labels.sort()
    for (_, setting, text), place in zip(labels, spread([one[0] for one in labels], gap), strict=True):
        axes.annotate(
            text,
            xy=(1.02, height(place)),
            xycoords=("axes fraction", "data"),
            color=COLOURS[setting],
            fontsize=9,
            va="center",
            annotation_clip=False,
        )
