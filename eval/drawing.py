"""What the panels of several studies share: one style, labels beside what they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from eval.compare.style import caption, spread
from training.tracking.curves import BLUE, GREEN, GRID, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BLUE", "DASHED", "DOTTED", "GREEN", "GRID", "INK", "PALE", "VERMILION", "caption", "empty", "label_ends"]
DASHED, DOTTED = (0, (4, 3)), (0, (1, 2))


def style(axes: Axes, x: str, *, height: Literal["log", "linear"] = "log") -> None:
    """Thin, pale axes, of logarithmic height by default."""
    axes.set_yscale(height)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(colors=PALE, labelsize=9)
    axes.tick_params(which="minor", length=0, labelbottom=False, labelleft=False)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(x, color=PALE, fontsize=9)


def plain_ticks(axes: Axes, values: Sequence[int] | Sequence[float]) -> None:
    """These numbers, as they are, on the x axis."""
    axes.set_xticks(list(values), [f"{value:g}" for value in values])


def empty(axes: Axes) -> None:
    """A panel without anything to show."""
    axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=PALE)
    axes.set(xticks=[], yticks=[], xlabel="")
    axes.grid(visible=False)


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
