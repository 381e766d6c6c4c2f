"""Panels of the figure that show measured prices: operations, seconds, memory, and circuits on hardware."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eval.claims import CLAIMS
from eval.rows import Row, of
from eval.studies.gradient_price.exponents import FLOPS, MEMORY, SECONDS, TEMPORARY, by_series, value
from eval.studies.gradient_price.findings import law
from eval.studies.gradient_price.names import DEPTH, GROWING, OWN, REVERSE, RULES, SNN, TRANSFORMER, VQC
from eval.studies.gradient_price.rows import Exponent, GradientPrice, Quantity, Series
from training.drawing.axes import caption, empty, style
from training.drawing.labels import label_ends
from training.drawing.palette import BLUE, DASHED, DOTTED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {TRANSFORMER: GREEN, SNN: VERMILION, VQC: BLUE}
NAMES = {TRANSFORMER: "transformer", SNN: "spiking network", VQC: "circuit"}
_DASHES = ("solid", DASHED, DOTTED)


def colour(paradigm: str) -> str:
    """Return the colour of a paradigm; a model of the user's own is black."""
    return COLOURS.get(paradigm, INK)


def operations(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the FLOPs of the gradient over those of the forward pass."""
    caption(axes, "Operations: gradient ÷ forward", "dotted: 4, the bound where nothing is computed twice")
    style(axes, "parameters N (gate angles of a circuit)")
    _ratios(axes, rows, FLOPS)


def seconds(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the seconds of the gradient over those of the forward pass, hollow below the knee."""
    caption(axes, "Seconds: gradient ÷ forward", "measured here; hollow: below the knee")
    style(axes, "parameters N (gate angles of a circuit)")
    _ratios(axes, rows, SECONDS)


def memory(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the ratio of all bytes; along the transformer's depth also that of temporaries alone."""
    caption(axes, "Memory: gradient ÷ forward", "arguments, temporaries and gradient, as compiled")
    style(axes, "parameters N (gate angles of a circuit)")
    _ratios(axes, rows, MEMORY)


def _ratios(axes: Axes, rows: Sequence[Row], quantity: Quantity) -> None:
    axes.set_xscale("log")
    ends: list[tuple[str, Any, Any, Any]] = []
    crowd: dict[str, list[tuple[float, float]]] = {}
    known = of(rows, Exponent)
    for one, priced in by_series(of(rows, GradientPrice)).items():
        deep = quantity == MEMORY and one.axis == DEPTH
        if one.gradient != REVERSE or not (deep or one.axis in (*GROWING, OWN)):
            continue
        for shown in (MEMORY, TEMPORARY) if deep and one.differentiation == "backprop" else (quantity,):
            points = [(each.number, ratio) for each in priced if (ratio := value(each, shown)) is not None]
            if not points:
                continue
            _line(axes, one, points, law(known, one, SECONDS) if quantity == SECONDS else None, quantity)
            words = _label(one) + (f", {DEPTH}" if deep else "") + (", temporaries" if shown == TEMPORARY else "")
            if one.paradigm == SNN and one.differentiation != RULES[SNN][0]:
                crowd.setdefault(f"{NAMES[SNN]}, {len(RULES[SNN]) - 1} more rules", []).append(points[-1])
            else:
                ends.append((words, *points[-1], colour(one.paradigm)))
    if not ends:
        empty(axes)
        return
    for words, places in crowd.items():
        ends.append((words, *sorted(places, key=lambda place: place[1])[len(places) // 2], colour(SNN)))
    axes.axhline(CLAIMS["C1"].thresholds["omega"], color=PALE, linewidth=0.8, linestyle=DOTTED)
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    # All labels stand at the right edge, whatever the size at which a line ends.
    right = axes.get_xlim()[1]
    label_ends(axes, [(words, right, y, ink) for words, _, y, ink in ends], gap=0.062)


def _line(axes: Axes, one: Series, points: list[tuple[int, float]], found: Exponent | None, quantity: Quantity) -> None:
    rules = RULES.get(one.paradigm, (one.differentiation,))
    place = rules.index(one.differentiation) if one.differentiation in rules else 1
    plain = place == 0
    axes.plot(
        *zip(*points, strict=True), color=colour(one.paradigm), linewidth=2.0 if plain else 1.1,
        linestyle="dashdot" if one.axis == DEPTH else _DASHES[min(place, 2)], alpha=1.0 if plain else 0.8,
    )  # fmt: skip
    bend = None if found is None else found.knee
    for size, height in points:
        hollow = quantity == SECONDS and (bend is None or size < bend)
        axes.plot(
            size, height, "o", markersize=4.5 if plain else 3.2, color=colour(one.paradigm),
            markerfacecolor="white" if hollow else colour(one.paradigm),
        )  # fmt: skip


def _label(one: Series) -> str:
    """A plain rule goes without saying, but not that of a circuit, which hardware could not run."""
    name = NAMES.get(one.paradigm, one.paradigm)
    plain = one.paradigm != VQC and RULES.get(one.paradigm, ())[:1] == (one.differentiation,)
    return name if plain else f"{name}, {one.differentiation.replace('_', ' ')}"


def circuits(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the circuits that hardware would run for the gradient of one example."""
    caption(axes, "Circuits of one gradient", "of one example; each is run as often as the wanted error asks for")
    style(axes, "gate angles N")
    axes.set_xscale("log")
    shift = [
        (each.number, each.gradient_executions)
        for one, priced in by_series(of(rows, GradientPrice)).items()
        if one.paradigm == VQC and one.gradient == REVERSE and one.axis in GROWING
        for each in priced
        if each.gradient_executions is not None
    ]
    if not shift:
        empty(axes)
        return
    sizes = [size for size, _ in shift]
    axes.plot(*zip(*shift, strict=True), color=BLUE, linewidth=2.0, marker="o", markersize=4.5)
    axes.plot(sizes, [2] * len(sizes), color=PALE, linewidth=1.2, linestyle=DASHED)
    axes.plot(sizes, [1] * len(sizes), color=PALE, linewidth=1.2)
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(0.5, axes.get_ylim()[1])
    right = axes.get_xlim()[1]
    label_ends(
        axes,
        [
            ("parameter shift: 2N", right, shift[-1][1], BLUE),
            ("SPSA: 2 an estimate,\nN - 1 at equal error", right, 2.6, PALE),
            ("forward pass: 1", right, 1, PALE),
        ],
    )
    axes.text(
        0.04, 0.95, "adjoint, backprop: cannot run\non any quantum computer", transform=axes.transAxes, va="top",
        color=INK, fontsize=10, fontweight="bold", bbox={"facecolor": axes.get_facecolor(), "edgecolor": "none"},
    )  # fmt: skip
