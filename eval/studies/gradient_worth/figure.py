"""The figure: accuracy against compute, costs to a target, and signal-to-noise through training and over layers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.statistics.intervals import Interval, student
from eval.studies.gradient_worth.findings import (
    geometric,
    judged_measure,
    moments,
    names,
    of_model,
    share_reached,
    shot_numbers,
    signal,
    signal_to_noise,
    to_target,
)
from eval.studies.gradient_worth.models import (
    CIRCUIT,
    COMPARED,
    FLOORS,
    LOGISTIC,
    PERCEPTRON,
    PRODUCT,
    SPIKING,
    TRANSFORMER,
)
from eval.studies.gradient_worth.rows import Cost, End, LayerSignal, Look, Target, Update
from eval.studies.gradient_worth.signal import WHOLE
from eval.study import FIGURE
from training.drawing.axes import caption, style
from training.drawing.labels import label_ends
from training.drawing.palette import BLUE, DASHED, DOTTED, GREEN, GRID, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

COLOURS = {
    TRANSFORMER: GREEN,
    PERCEPTRON: "#CC79A7",
    SPIKING: VERMILION,
    CIRCUIT: BLUE,
    PRODUCT: "#56B4E9",
    LOGISTIC: PALE,
}
"""Okabe and Ito's; models of matched size have their paradigm's colour."""
SHORT = {PRODUCT: "circuit, no entanglement", LOGISTIC: "logistic regression"}
DRAWN = (*COMPARED, *FLOORS)
"""In the panels of curves: the models of matched size stand in the table and in the panel of accuracies."""


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the figure.

    Args:
        rows: The table.
        verdicts: What it says of claim C0.
        directory: Where ``figure.png`` is written.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(18, 11), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.035, right=0.865, top=0.81, bottom=0.06, wspace=0.72, hspace=0.42)
    panels = figure.subplots(2, 3)
    _against_flops(panels[0, 0], rows)
    noun = "accuracy" if judged_measure(rows) == "accuracy" else "error"
    _costs(panels[0, 1], rows, "seconds", f"Seconds to a validation {noun}")
    _costs(panels[0, 2], rows, "examples", f"Examples to a validation {noun}")
    _through_training(panels[1, 0], rows)
    _over_layers(panels[1, 1], rows)
    _tested(panels[1, 2], rows)
    (verdict,) = verdicts
    title = f"C0, deep networks reach a given accuracy at less cost: {tally(verdict.claim, verdict.judgements)}"
    figure.text(0.02, 0.965, title, fontsize=16, fontweight="bold", color=INK)
    figure.text(0.02, 0.95, textwrap.fill(verdict.line, 215), fontsize=9.5, color=PALE, va="top", linespacing=1.35)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=130)
    return path


def _colour(model: str) -> str:
    return COLOURS[model.split(",")[0]]


def _line(model: str):
    return DASHED if model in FLOORS else "-"


def _against_flops(axes: Axes, rows: Sequence[Row]) -> None:
    if judged_measure(rows) == "accuracy":
        caption(axes, "Accuracy against compute", "on validation; mean of seeds, 95% interval; floors dashed")
        height = "linear"
    else:
        caption(
            axes, "Error against compute", "share of the variance, on validation; mean, 95% interval; floors dashed"
        )
        height = "log"
    each = {row.model: row.update_flops for row in of(rows, Update)}
    style(axes, "FLOPs spent, counted on the program", height=height)
    axes.set_xscale("log")
    ends = []
    for model in DRAWN:
        updates, shown = _curve(rows, model)
        flops = each.get(model)
        if flops is None or not shown:
            continue
        spent = [float(flops * update) for update in updates]
        axes.plot(spent, [one.mean for one in shown], color=_colour(model), linestyle=_line(model), linewidth=1.6)
        low, high = [one.low for one in shown], [one.high for one in shown]
        axes.fill_between(spent, low, high, color=_colour(model), alpha=0.18, linewidth=0)
        ends.append((SHORT.get(model, model), spent[-1], shown[-1].mean, _colour(model)))
    if height == "linear":
        axes.set_ylim(0, 1)
    else:
        _round_ticks(axes.yaxis)
    label_ends(axes, _at_the_right(axes, ends), gap=0.052)


def _at_the_right(axes: Axes, ends: Sequence[tuple[str, float, float, str]]) -> list[tuple[str, float, float, str]]:
    """The labels in one column, at the panel's edge: curves end at different places and would be written over."""
    right = axes.get_xlim()[1]
    return [(words, right, y, colour) for words, _, y, colour in ends]


def _curve(rows: Sequence[Row], model: str) -> tuple[list[int], list[Interval]]:
    """Means of all seeds; that of losses ends where a run has diverged."""
    measure = judged_measure(rows)
    values: dict[int, list[float | None]] = {}
    for row in of_model(rows, Look, model):
        if row.updates:
            values.setdefault(row.updates, []).append(row.eval_accuracy if measure == "accuracy" else row.eval_loss)
    updates: list[int] = []
    means: list[Interval] = []
    for update, found in sorted(values.items()):
        known = [value for value in found if value is not None]
        if len(known) < len(found):
            break
        updates.append(update)
        means.append(student(known))
    return updates, means


def _costs(axes: Axes, rows: Sequence[Row], cost: Cost, title: str) -> None:
    caption(axes, title, "mean of seeds, 95% interval; hollow: seeds, where some fell short")
    measure = judged_measure(rows)
    # The hardest stands above.
    targets = sorted({row.target for row in of(rows, Target) if row.measure == measure}, reverse=measure == "loss")
    places = {model: place for place, model in enumerate(DRAWN)}
    gap = 0.8 / len(DRAWN)
    for number, target in enumerate(targets):
        for model, place in places.items():
            height = number + gap * (len(DRAWN) / 2 - place - 0.5)
            values, colour = to_target(rows, model, target, cost), _colour(model)
            mean = geometric(values)
            if mean is not None:
                axes.plot([mean.low, mean.high], [height, height], color=colour, linewidth=1.6)
                axes.plot(mean.mean, height, "o", color=colour, markersize=6)
                continue
            found = [value for value in values if value is not None]
            reached, count = share_reached(rows, model, target)
            axes.plot(found, [height] * len(found), "o", color=colour, markerfacecolor="white", markersize=5)
            axes.annotate(
                f"{SHORT.get(model, model)}: {reached} of {count}", xy=(1, height), xycoords=("axes fraction", "data"),
                xytext=(6, 0), textcoords="offset points", color=colour, fontsize=8, va="center",
                annotation_clip=False,
            )  # fmt: skip
    style(axes, cost, height="linear")
    axes.set_xscale("log")
    _round_ticks(axes.xaxis)
    axes.grid(visible=False)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_ylim(-0.6, len(targets) - 0.4)
    axes.set_yticks(range(len(targets)), [f"{target:.0%}" for target in targets])
    for number in range(len(targets) - 1):
        axes.axhline(number + 0.5, color=GRID, linewidth=0.8)


def _through_training(axes: Axes, rows: Sequence[Row]) -> None:
    caption(
        axes,
        "Signal-to-noise through training",
        "of one batch's gradient; absent where noise hides it; with shots dotted",
    )
    style(axes, "updates")
    _round_ticks(axes.yaxis)
    when, ends = moments(rows), []
    for number, model in enumerate(DRAWN):
        # The floor's with shots is in the table: its curve would lie on this one.
        for shots in shot_numbers(rows, model) if model in COMPARED else [None]:
            found = [_ratio(rows, model, updates, shots) for updates in when]
            beside = 0.03 * (number - len(DRAWN) / 2)
            drawn = [(place + beside, ratio) for place, ratio in enumerate(found) if ratio is not None]
            if not drawn:
                continue
            _ratios(axes, drawn, _colour(model), _line(model) if shots is None else DOTTED)
            words = SHORT.get(model, model) if shots is None else f"circuit, {shots:,} shots"
            ends.append((words, drawn[-1][0], drawn[-1][1].mean, _colour(model)))
    axes.set_xlim(-0.3, len(when) - 0.7)
    axes.set_xticks(range(len(when)), [f"{updates:g}" for updates in when])
    axes.axhline(1, color=PALE, linewidth=0.8)
    label_ends(axes, _at_the_right(axes, ends), gap=0.06)


def _round_ticks(axis: Axis) -> None:
    """1, 2 and 5 times powers of ten, as they are: a logarithmic axis of one decade would have one number."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axis.set_minor_formatter(NullFormatter())


def _ratio(rows: Sequence[Row], model: str, updates: int, shots: int | None, layer: str = WHOLE) -> Interval | None:
    (batch,) = {row.batch_size for row in of(rows, LayerSignal)}
    return signal_to_noise(signal(rows, model, [updates], shots, layer), batch)


def _over_layers(axes: Axes, rows: Sequence[Row]) -> None:
    caption(axes, "Signal-to-noise by layer, before training", "from the input (0) to the read-out (1)")
    style(axes, "depth")
    _round_ticks(axes.yaxis)
    start = moments(rows)[0]
    ends = []
    for model in COMPARED:
        for shots in shot_numbers(rows, model):
            own = [
                row
                for row in of_model(rows, LayerSignal, model)
                if row.updates == start and row.shots_per_circuit == shots and row.layer != WHOLE
            ]
            layers = dict.fromkeys(row.layer for row in own)
            found = [(depth, _ratio(rows, model, start, shots, layer)) for depth, layer in enumerate(layers)]
            drawn = [(depth / max(1, len(layers) - 1), ratio) for depth, ratio in found if ratio is not None]
            if not drawn:
                continue
            x, middle = [depth for depth, _ in drawn], [ratio.mean for _, ratio in drawn]
            linestyle = "-" if shots is None else DOTTED
            _ratios(axes, drawn, _colour(model), linestyle)
            words = model if shots is None else f"circuit, {shots:,} shots"
            ends.append((words, x[-1], middle[-1], _colour(model)))
    axes.axhline(1, color=PALE, linewidth=0.8)
    label_ends(axes, _at_the_right(axes, ends), gap=0.06)


def _ratios(axes: Axes, drawn: Sequence[tuple[float, Interval]], colour: str, linestyle) -> None:
    x = [place for place, _ in drawn]
    middle = [ratio.mean for _, ratio in drawn]
    axes.plot(x, middle, color=colour, linestyle=linestyle, marker="o", markersize=3.5, linewidth=1.4)
    axes.vlines(x, [ratio.low for _, ratio in drawn], [ratio.high for _, ratio in drawn], color=colour, alpha=0.35)


def _tested(axes: Axes, rows: Sequence[Row]) -> None:
    accuracy = judged_measure(rows) == "accuracy"
    title = f"Test {'accuracy' if accuracy else 'error'} at the end, and size"
    caption(axes, title, "mean of seeds and its 95% interval; trained parameters")
    parameters = {row.model: row.parameters for row in of(rows, Update)}
    found = names(rows)
    for place, model in enumerate(found):
        values = [row.test_accuracy if accuracy else row.test_loss for row in of_model(rows, End, model)]
        ends = [value for value in values if value is not None]
        if len(ends) > 1 and len(ends) == len(values):
            shown = student(ends)
            face = "white" if model in FLOORS else _colour(model)
            axes.plot([shown.low, shown.high], [place, place], color=_colour(model), linewidth=1.6)
            axes.plot(shown.mean, place, "o", color=_colour(model), markersize=6, markerfacecolor=face)
        axes.annotate(
            f"{SHORT.get(model, model)}: {parameters[model]:,}", xy=(1, place), xycoords=("axes fraction", "data"),
            xytext=(6, 0), textcoords="offset points", color=_colour(model), fontsize=9, va="center",
            annotation_clip=False,
        )  # fmt: skip
    style(axes, "accuracy" if accuracy else "mean squared error, as a share of the variance", height="linear")
    axes.grid(visible=False)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_yticks([])
