"""The figure: a row per judged task, with accuracy against compute, costs beside the cheapest network, and signals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.statistics.intervals import Interval, student
from eval.studies.gradient_worth.findings import COSTS, of_model, on, shot_numbers, signal, signal_to_noise
from eval.studies.gradient_worth.models import CIRCUIT, COMPARED, LINEAR, PERCEPTRON, PRODUCT, SPIKING, TRANSFORMER
from eval.studies.gradient_worth.rows import Compared, Goal, LayerSignal, Look, Update
from eval.studies.gradient_worth.signal import START
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
    LINEAR: PALE,
}
"""Okabe and Ito's."""
SHORT = {PRODUCT: "no entanglement"}
FLOORS = (LINEAR, PRODUCT)


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw the figure.

    Args:
        rows: The table, with what was derived from it.
        verdicts: What it says of claim C0.
        directory: Where ``figure.png`` is written.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    goals = of(rows, Goal)
    judged = [one for one in goals if any(row.task == one.task for row in of(rows, Update))]
    count = max(1, len(judged))
    height = 1.9 + 4.4 * count
    figure = Figure(figsize=(18, height), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.032, right=0.9, top=1 - 1.75 / height, bottom=0.62 / height, wspace=0.86, hspace=0.5)
    panels = figure.subplots(count, 3, squeeze=False)
    for line, goal in zip(panels, judged, strict=False):
        own = on(rows, goal.task)
        _against_flops(line[0], own, goal)
        _beside(line[1], own, goal)
        _signals(line[2], own, goal)
    (verdict,) = verdicts
    figure.text(0.02, 1 - 0.45 / height, _message(rows), fontsize=14, fontweight="bold", color=INK)
    counted = f"C0, deep networks reach a given accuracy at less cost: {tally(verdict.claim, verdict.judgements)}."
    words = [counted, *(_left_out(one) for one in goals if one not in judged)]
    figure.text(0.02, 1 - 0.62 / height, "\n".join(words), fontsize=10, color=PALE, va="top", linespacing=1.4)
    path = directory / FIGURE
    canvas.print_figure(path, dpi=130)
    return path


def _message(rows: Sequence[Row]) -> str:
    told = []
    for model, called in ((SPIKING, "a spiking network"), (CIRCUIT, "a circuit")):
        own = [row for row in of(rows, Compared) if row.rival == model and row.cost == "flops"]
        known = [(row.log10_ratio, row.bound) for row in own if row.log10_ratio is not None and row.bound != "unknown"]
        if known:
            ends = [f"{bound} {10**value:.2g}".strip() for value, bound in (min(known), max(known))]
            told.append(f"{called} takes {' to '.join(dict.fromkeys(ends))} times")
    if not told:
        return "No task was judged: none needs a network"
    return f"Where a linear model fails, {', and '.join(told)} the operations of the cheapest deep network"


def _left_out(goal: Goal) -> str:
    reached = f"a linear model reaches {goal.linear:.3g} and the better deep network {goal.deep:.3g}"
    return f"{goal.task} is not used to judge: {reached} ({goal.measure})."


def _against_flops(axes: Axes, rows: Sequence[Row], goal: Goal) -> None:
    accuracy = goal.measure == "accuracy"
    noun = "accuracy" if accuracy else "error, as a share of the variance,"
    caption(axes, f"{goal.task}: {'accuracy' if accuracy else 'error'} against compute",
            f"{noun} on validation; mean of seeds, 95% interval; floors dashed")  # fmt: skip
    each = {row.model: row.update_flops for row in of(rows, Update)}
    style(axes, "FLOPs spent, counted on the program", height="linear" if accuracy else "log")
    axes.set_xscale("log")
    ends = []
    for model, flops in each.items():
        updates, shown = _curve(rows, model, accuracy=accuracy)
        if flops is None or not shown:
            continue
        spent = [float(flops * update) for update in updates]
        line = DASHED if model in FLOORS else "-"
        axes.plot(spent, [one.mean for one in shown], color=COLOURS[model], linestyle=line, linewidth=1.6)
        low, high = [one.low for one in shown], [one.high for one in shown]
        axes.fill_between(spent, low, high, color=COLOURS[model], alpha=0.18, linewidth=0)
        ends.append((SHORT.get(model, model), spent[-1], shown[-1].mean, COLOURS[model]))
    axes.axhline(goal.target, color=INK, linewidth=1.0, linestyle=DOTTED)
    ends.append(("target", 1.0, goal.target, INK))
    if accuracy:
        axes.set_ylim(min(0.4, goal.linear - 0.05), 1.01)
    else:
        _round_ticks(axes.yaxis)
    label_ends(axes, _at_the_right(axes, ends), gap=0.06)


def _at_the_right(axes: Axes, ends: Sequence[tuple[str, float, float, str]]) -> list[tuple[str, float, float, str]]:
    """The labels in one column, at the panel's edge: curves end at different places and would be written over."""
    right = axes.get_xlim()[1]
    return [(words, right, y, colour) for words, _, y, colour in ends]


def _curve(rows: Sequence[Row], model: str, *, accuracy: bool) -> tuple[list[int], list[Interval]]:
    """Means of all seeds; that of losses ends where a run has diverged."""
    values: dict[int, list[float | None]] = {}
    for row in of_model(rows, Look, model):
        if row.updates:
            values.setdefault(row.updates, []).append(row.eval_accuracy if accuracy else row.eval_loss)
    updates: list[int] = []
    means: list[Interval] = []
    for update, found in sorted(values.items()):
        known = [value for value in found if value is not None]
        if len(known) < len(found) or len(known) < 2:
            break
        updates.append(update)
        means.append(student(known))
    return updates, means


def _beside(axes: Axes, rows: Sequence[Row], goal: Goal) -> None:
    """Costs to the target as multiples of what the cheapest deep network pays, with 1 as the line to be left of."""
    own = of(rows, Compared)
    references = " and ".join(dict.fromkeys(row.reference for row in own)) or "cheapest network"
    caption(axes, f"Cost of the target beside the {references}", "ratio and its simultaneous interval; arrow: a bound")
    style(axes, "times what the cheapest deep network pays", height="linear")
    axes.set_xscale("log")
    axes.axvline(1, color=INK, linewidth=1.0)
    for place, row in enumerate(own):
        colour = COLOURS[row.rival]
        words = COSTS[row.cost].removeprefix("operations (").removesuffix(")")
        told = "not known"
        if row.log10_ratio is not None and row.low is not None and row.high is not None and row.bound != "unknown":
            middle = 10**row.log10_ratio
            axes.plot([10**row.low, 10**row.high], [place, place], color=colour, linewidth=1.8)
            marker = {"at least": ">", "at most": "<"}.get(row.bound, "o")
            axes.plot(middle, place, marker, color=colour, markersize=7)
            told = f"{row.bound} {middle:,.2g}×".strip()
        axes.annotate(
            f"{row.rival}, {words}: {told}", xy=(1, place), xycoords=("axes fraction", "data"), xytext=(6, 0),
            textcoords="offset points", color=colour, fontsize=8, va="center", annotation_clip=False,
        )  # fmt: skip
    axes.grid(visible=False)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_ylim(len(own) - 0.4, -0.6)
    axes.set_yticks([])
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.5), max(high, 2.0))
    _round_ticks(axes.xaxis)


def _round_ticks(axis: Axis) -> None:
    """1, 2 and 5 times powers of ten, as they are: a logarithmic axis of one decade would have one number."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axis.set_minor_formatter(NullFormatter())


def _signals(axes: Axes, rows: Sequence[Row], goal: Goal) -> None:
    caption(
        axes, "Signal-to-noise of a batch's gradient, at equal loss",
        "at the start with the mean output taken away; with shots dotted",
    )  # fmt: skip
    style(axes, "validation loss reached, as a share of that of a guess")
    _round_ticks(axes.yaxis)
    own = of(rows, LayerSignal)
    # The start first, then ever lower losses.
    when = sorted({row.moment for row in own}, key=lambda moment: -2.0 if moment == START else -float(moment))
    ends = []
    for number, model in enumerate(COMPARED):
        for shots in shot_numbers(rows, model):
            found = [_ratio(rows, own[0].batch_size, model, moment, shots) for moment in when]
            beside = 0.04 * (number - len(COMPARED) / 2)
            drawn = [(place + beside, ratio) for place, ratio in enumerate(found) if ratio is not None]
            if not drawn:
                continue
            colour = COLOURS[model]
            x, middle = [place for place, _ in drawn], [ratio.mean for _, ratio in drawn]
            axes.plot(x, middle, color=colour, linestyle="-" if shots is None else DOTTED, marker="o", markersize=3.5)
            axes.vlines(x, [one.low for _, one in drawn], [one.high for _, one in drawn], color=colour, alpha=0.35)
            words = model if shots is None else f"circuit, {shots:,} shots"
            ends.append((words, x[-1], middle[-1], colour))
    axes.set_xlim(-0.3, len(when) - 0.7)
    axes.set_xticks(range(len(when)), when)
    axes.axhline(1, color=PALE, linewidth=0.8)
    label_ends(axes, _at_the_right(axes, ends), gap=0.06)


def _ratio(rows: Sequence[Row], batch: int, model: str, moment: str, shots: int | None) -> Interval | None:
    return signal_to_noise(signal(rows, model, moment, shots), batch)
