"""Panels of the figure that conclude: seconds projected to large N, and who has backpropagation scaling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.rows import Row, of
from eval.studies.gradient_price.cost_panels import NAMES, colour
from eval.studies.gradient_price.exponents import EXAMPLE_SECONDS
from eval.studies.gradient_price.findings import CANNOT, HAS, HAS_NOT, UNDECIDED, concluded, law
from eval.studies.gradient_price.names import REVERSE, RULES, VQC
from eval.studies.gradient_price.projection import COMPONENT, FORMULAS, ON_THIS_DEVICE, SHOT_RATES
from eval.studies.gradient_price.rows import Exponent, Finding, HardwareProjection, OnHardware, UnavailableGradient
from training.drawing.axes import caption, empty, style
from training.drawing.labels import label_ends
from training.drawing.palette import BLUE, DASHED, GREEN, GRID, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HARDWARE_TINT = "#EAF3FA"
"""The colour behind what holds on quantum hardware."""
DURATIONS = {"a day": 86_400.0, "a year": 3.156e7, "age of the universe": 4.35e17}
HEADS = ("operations", "…at equal\nerror", "seconds", "memory", "temporary\nmemory", "QUANTUM\nHARDWARE")
WORDS: dict[OnHardware | None, tuple[str, str]] = {
    HAS: ("yes", GREEN),
    HAS_NOT: ("no", VERMILION),
    UNDECIDED: ("?", INK),
    CANNOT: ("cannot run", VERMILION),
}


def projected(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw seconds per gradient for N = 10³ … 10¹¹: laws fitted on this device, and shots on hardware."""
    hardware = [row for row in of(rows, HardwareProjection) if row.error_of == COMPONENT]
    if not hardware:
        caption(axes, "Seconds of one gradient", "")
        empty(axes)
        return
    error = hardware[0].error
    caption(
        axes,
        "Seconds of one gradient of one example",
        f"dashed: extrapolated. Hardware: {FORMULAS[COMPONENT]}, ε = {error:g} a component",
    )
    style(axes, "parameters N")
    axes.set_xscale("log")
    by_rate = {
        rate: [(row.parameters, row.projected_seconds) for row in hardware if row.shot_rate == rate]
        for rate in (SHOT_RATES[0], SHOT_RATES[-1])
    }
    slow, fast = by_rate.values()
    sizes = [size for size, _ in slow]
    axes.fill_between(sizes, [y for _, y in fast], [y for _, y in slow], color=BLUE, alpha=0.13, linewidth=0)
    words = ("hardware, 1 kHz", "hardware, 1 MHz")
    ends = [(name, *line[-1], BLUE) for name, line in zip(words, by_rate.values(), strict=True)]
    for one in ON_THIS_DEVICE:
        found = law(of(rows, Exponent), one, EXAMPLE_SECONDS)
        if found is None:
            continue
        timed = (found.smallest, found.largest)
        for reach, line, width in (((sizes[0], sizes[-1]), DASHED, 1.3), (timed, "solid", 3.2)):
            heights = [found.factor * size**found.exponent for size in reach]
            axes.plot(reach, heights, color=colour(one.paradigm), linewidth=width, linestyle=line)
        rule = one.differentiation.replace("_", " ")
        name = f"simulated circuit, {rule}" if one.paradigm == VQC else NAMES[one.paradigm]
        ends.append((name, sizes[-1], found.factor * sizes[-1] ** found.exponent, colour(one.paradigm)))
    axes.set_xlim(sizes[0], sizes[-1])
    axes.set_ylim(axes.get_ylim()[0], max(axes.get_ylim()[1], 1e20))
    for words, height in DURATIONS.items():
        axes.axhline(height, color=GRID, linewidth=1.2)
        axes.text(
            sizes[0] * 1.3, height * 1.6, words, color=PALE, fontsize=8, va="bottom",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
    label_ends(axes, ends)


def matrix(axes: Axes, rows: Sequence[Row]) -> None:
    """Write a line for every rule, and for the estimators with each paradigm's own rule."""
    caption(
        axes,
        "Cost of the gradient within O(log N) of the forward pass?",
        "after Abbas et al. 2023; memory along the worst axis; ?: the interval does not decide; –: not measured",
    )
    shown = [row for row in concluded(rows) if _is_shown(row)]
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    if not shown:
        axes.text(0.5, 0.5, "not measured", ha="center", va="center", color=PALE)
        return
    step = 0.93 / len(shown)
    columns = [0.39 + place * 0.112 for place in range(len(HEADS))]
    axes.axvspan(columns[-1] - 0.056, columns[-1] + 0.072, color=HARDWARE_TINT, zorder=0)
    for x, words in zip(columns, HEADS, strict=True):
        axes.text(x, 0.945, words, ha="center", va="bottom", fontsize=8, color=INK)
    for place, row in enumerate(shown):
        y = 0.925 - (place + 0.5) * step
        name = f"{NAMES.get(row.paradigm, row.paradigm)}, {row.differentiation.replace('_', ' ')}"
        name += "" if row.gradient == REVERSE else f": {row.gradient}"
        axes.text(0.0, y, name, va="center", fontsize=9, color=colour(row.paradigm))
        if isinstance(row, UnavailableGradient):
            axes.text(columns[0] - 0.04, y, row.reason, va="center", fontsize=8, color=PALE)
            continue
        for x, answer in zip(columns, _answers(row), strict=True):
            words, ink = WORDS.get(answer, ("–", PALE))
            axes.text(x, y, words, ha="center", va="center", fontsize=9, color=ink)


def _answers(row: Finding) -> tuple[OnHardware | None, ...]:
    """Return what stands below ``HEADS``."""
    return row.operations, row.at_equal_error, row.seconds, row.memory, row.temporary_memory, row.hardware


def _is_shown(row: Finding | UnavailableGradient) -> bool:
    rules = RULES.get(row.paradigm, (row.differentiation,))
    return row.gradient == REVERSE or row.differentiation == rules[0]
