"""What the panels of the figure share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from training.tracking.curves import BLUE, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"vqc": BLUE, "snn": VERMILION, "transformer": GREEN}
DASHED = (0, (4, 3))


def caption(axes: Axes, title: str, unit: str) -> None:
    """A panel's title, and below it, pale, what its numbers are."""
    for text, height, weight, size, colour in ((title, 23, "bold", 11, INK), (unit, 9, "normal", 9, PALE)):
        axes.annotate(
            text,
            xy=(0, 1),
            xycoords="axes fraction",
            xytext=(0, height),
            textcoords="offset points",
            color=colour,
            fontsize=size,
            fontweight=weight,
            annotation_clip=False,
        )


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Ascending heights moved apart, as little as need be, until neighbours are at least ``gap`` from each other."""
    # Each block of labels that touch is centred on the mean of what it wants.
    blocks: list[list[float]] = []
    for height in heights:
        blocks.append([height])
        while len(blocks) > 1 and _ends(blocks[-1], gap)[0] - _ends(blocks[-2], gap)[1] < gap:
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return [_ends(block, gap)[0] + gap * place for block in blocks for place in range(len(block))]


def _ends(block: Sequence[float], gap: float) -> tuple[float, float]:
    middle, half = sum(block) / len(block), gap * (len(block) - 1) / 2
    return middle - half, middle + half
