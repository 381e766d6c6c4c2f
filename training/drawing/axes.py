"""The axes and the caption of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from training.drawing.palette import GRID, INK, PALE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
