"""Panels of bytes and seconds against time, width and depth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from eval.rows import Row, of
from eval.studies.unfolding_memory.findings import Quantity, against_time, growth
from eval.studies.unfolding_memory.models import GATED, LEAKY, RULES, SNN, TRANSFORMER
from eval.studies.unfolding_memory.rows import Shape
from training.drawing.axes import caption, empty, plain_ticks, style
from training.drawing.labels import label_ends
from training.drawing.palette import BLUE, DASHED, DOTTED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ORANGE, PURPLE, SKY = "#E69F00", "#CC79A7", "#56B4E9"
"""With the others, Okabe and Ito's, which people with any colour vision tell apart."""
RULE_COLOURS = {"bptt": VERMILION, "checkpointed": BLUE, "compact": SKY, "sltt": GREEN, "ottt": ORANGE}
MODEL_COLOURS = {SNN: VERMILION, LEAKY: BLUE, GATED: PURPLE, TRANSFORMER: GREEN}


class _Line(NamedTuple):
    label: str
    colour: str
    points: dict[int, float]
    dashed: bool = False


def kept(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the bytes kept for the reverse pass."""
    caption(axes, "Kept for the reverse pass", "bytes of the spiking network, with the fitted power of T")
    _draw(axes, [_rule_line(rows, rule, "residual_bytes") for rule in RULES[SNN]])


def temporary(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw XLA's temporary bytes, the arguments, inputs among them, and the device's own count where there is one."""
    caption(axes, "Temporary bytes", "of the compiled gradient, by XLA; dashed: its arguments")
    lines = [_rule_line(rows, rule, "temp_bytes") for rule in RULES[SNN]]
    arguments = against_time(rows, SNN, "bptt", "argument_bytes")
    lines.append(_Line("arguments", PALE, arguments, dashed=True))
    _draw(axes, lines)
    for rule in RULES[SNN]:
        peaks = against_time(rows, SNN, rule, "device_peak_bytes")
        if peaks:
            axes.scatter(list(peaks), list(peaks.values()), marker="x", s=22, color=RULE_COLOURS[rule], zorder=4)


def without_spikes(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the bytes kept by networks that do not spike beside those of the one that does."""
    caption(axes, "Spiking or recurrence?", "bytes kept; dashed: checkpointed")
    lines = []
    for model, rules in RULES.items():
        label = f"{model}{_power_of(rows, model, rules[0], 'residual_bytes')}"
        points = against_time(rows, model, rules[0], "residual_bytes")
        lines.append(_Line(label, MODEL_COLOURS[model], points))
    # Recurrent networks of one size have states of one size: their checkpoints lie on each other and have one name.
    groups: dict[tuple[float, ...], list[str]] = {}
    for model in RULES:
        groups.setdefault(tuple(against_time(rows, model, "checkpointed", "residual_bytes").values()), []).append(model)
    for models in groups.values():
        label = f"checkpointed{_power_of(rows, models[0], 'checkpointed', 'residual_bytes')}"
        colour = MODEL_COLOURS[models[0]] if len(models) == 1 else INK
        points = against_time(rows, models[0], "checkpointed", "residual_bytes")
        lines.append(_Line(label, colour, points, dashed=True))
    _draw(axes, lines)


def shapes(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the bytes of one more step against neurons, over widths and over depths."""
    caption(axes, "Bytes of one more step", "kept, against neurons in all layers, over widths and depths")
    lines = []
    for model, rule, colour in (
        (SNN, "bptt", VERMILION),
        (SNN, "compact", SKY),
        (LEAKY, "bptt", BLUE),
        (GATED, "bptt", PURPLE),
    ):
        found = [row for row in of(rows, Shape) if (row.model, row.differentiation) == (model, rule)]
        # Equal products of width and depth lie on each other.
        points = {row.width * row.depth: row.bytes_per_step for row in found}
        label = f"{'spiking' if model == SNN else model}, {rule}"
        lines.append(_Line(label, colour, dict(sorted(points.items()))))
    if _draw(axes, lines, "neurons"):
        plain_ticks(axes, sorted({neurons for line in lines for neurons in line.points}))


def seconds(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the seconds of a gradient."""
    caption(axes, "Seconds of a gradient", "compiled, on this machine, by plain backpropagation")
    lines = []
    for model, rules in RULES.items():
        label = f"{model}{_power_of(rows, model, rules[0], 'gradient_seconds')}"
        lines.append(_Line(label, MODEL_COLOURS[model], against_time(rows, model, rules[0], "gradient_seconds")))
    _draw(axes, lines)


def ratio(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the seconds of a rule over those of plain backpropagation."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    caption(axes, "Price in seconds", "of the spiking network's other rules, in units of bptt's")
    lines = []
    for rule in RULES[SNN][1:]:
        lines.append(_Line(rule, RULE_COLOURS[rule], against_time(rows, SNN, rule, "seconds_to_plain")))
    furthest = max((abs(math.log2(value)) for line in lines for value in line.points.values()), default=0.0)
    reach = 2 ** max(1.2, 1.15 * furthest)
    if _draw(axes, lines, heights=(1 / reach, reach)):
        axes.axhline(1, color=INK, linewidth=0.8, linestyle=DOTTED, zorder=1)
        axes.set_yticks([tick for tick in (0.125, 0.25, 0.5, 1, 2, 4, 8) if 1 / reach < tick < reach])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())


def _rule_line(rows: Sequence[Row], rule: str, quantity: Quantity) -> _Line:
    label = f"{rule}{_power_of(rows, SNN, rule, quantity)}"
    return _Line(label, RULE_COLOURS[rule], against_time(rows, SNN, rule, quantity))


def _power_of(rows: Sequence[Row], model: str, rule: str, quantity: Quantity) -> str:
    law = growth(rows, model, rule, quantity)
    # Not to show a zero with a sign.
    return "" if law is None else f" T$^{{{round(law.exponent, 2) + 0.0:.2f}}}$"


def _draw(
    axes: Axes, lines: Sequence[_Line], unit: str = "time steps T", heights: tuple[float, float] | None = None
) -> bool:
    """Draw and name the lines; whether there was anything to see."""
    style(axes, unit)
    axes.set_xscale("log")
    shown = [line for line in lines if line.points]
    if not shown:
        empty(axes)
        return False
    for line in shown:
        axes.plot(
            list(line.points),
            list(line.points.values()),
            color=line.colour,
            linewidth=1.8,
            linestyle=DASHED if line.dashed else "-",
            marker="o",
            markersize=3.5,
            zorder=3,
        )
    # Limits are settled when they are asked for, and names are placed by them.
    axes.set_xlim(*axes.get_xlim())
    axes.set_ylim(*(heights or axes.get_ylim()))
    right = max(max(line.points) for line in shown)
    label_ends(axes, [(line.label, right, list(line.points.values())[-1], line.colour) for line in shown], x=9.0)
    return True
