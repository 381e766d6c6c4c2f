"""Labels beside the curves that they name, and numbers in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def label_ends(axes: Axes, ends: Sequence[tuple[str, Any, Any, Any]], gap: float = 0.075, x: float = 5.0) -> None:
    """Name curves beside their ends, ``(words, x, y, colour)``, apart from each other; to the left where x < 0.

    Limits must be set before.
    """
    to_axes = axes.transScale + axes.transLimits
    places = [to_axes.transform((end[1], end[2])) for end in ends]
    order = sorted(range(len(ends)), key=lambda index: places[index][1])
    heights = spread([float(places[index][1]) for index in order], gap)
    for index, height in zip(order, heights, strict=True):
        words, _, _, colour = ends[index]
        axes.annotate(
            words,
            xy=(float(places[index][0]), height),
            xycoords="axes fraction",
            xytext=(x, 0),
            textcoords="offset points",
            color=colour,
            fontsize=9,
            va="center",
            ha="left" if x > 0 else "right",
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


def power_of_ten(value: float | int, decimals: int = 1) -> str:
    """A number for matplotlib's mathematical text, as 1.4×10⁵, in two digits by default."""
    digits, exponent = f"{value:.{decimals}e}".split("e")
    return rf"${digits}\times10^{{{int(exponent)}}}$"
