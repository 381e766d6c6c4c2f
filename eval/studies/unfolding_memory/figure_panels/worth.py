"""Panels of what a rule's gradient is worth: its direction, and the accuracy it trains to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eval.rows import Row
from eval.statistics.intervals import student
from eval.studies.unfolding_memory import findings
from eval.studies.unfolding_memory.figure_panels.cost import RULE_COLOURS
from eval.studies.unfolding_memory.findings import accuracies, layers, tasks, trained_rules
from eval.studies.unfolding_memory.learning import WHOLE
from eval.studies.unfolding_memory.models import ONLINE_RULES
from eval.studies.unfolding_memory.rows import Moment
from training.drawing.axes import caption, empty
from training.drawing.palette import GRID, INK, PALE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def cosine(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw each layer's cosine to the exact gradient: open before training, filled after."""
    caption(axes, "Direction of the gradient", "cosine to the exact one; open: before training, filled: after")
    lines = _under_tasks({task: layers(rows) for task in tasks(rows)})
    if not lines:
        empty(axes)
        return
    for place, (task, layer) in enumerate(lines):
        if layer is None:
            continue
        for shift, rule in zip((-0.17, 0.17), ONLINE_RULES, strict=True):
            faces: tuple[tuple[Moment, str], ...] = (("initial", "white"), ("trained", RULE_COLOURS[rule]))
            for moment, face in faces:
                found = findings.cosine(rows, task, rule, moment, layer)
                if found is None:
                    continue
                mean, low, high = found
                axes.plot([low, min(high, 1.0)], [place + shift] * 2, color=RULE_COLOURS[rule], linewidth=1.2, zorder=2)
                axes.scatter(
                    mean, place + shift, s=26, facecolors=face, edgecolors=RULE_COLOURS[rule], linewidths=1.3, zorder=3
                )
    _rows(axes, lines, "cosine")
    axes.set_xlim(min(0.0, axes.get_xlim()[0]), 1.02)
    _name_rules(axes, [(rule, RULE_COLOURS[rule]) for rule in ONLINE_RULES])


def accuracy(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw the accuracy after equal updates, with the 95% interval of its mean over runs."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    caption(axes, "Accuracy at equal updates", "on the test split; mean over runs and its 95% interval")
    lines = _under_tasks({task: trained_rules(rows, task) for task in tasks(rows)})
    if not lines:
        empty(axes)
        return
    for place, (task, rule) in enumerate(lines):
        if rule is None:
            continue
        mean, low, high = student(list(accuracies(rows, task, rule).values()))
        axes.plot([low, high], [place] * 2, color=RULE_COLOURS[rule], linewidth=1.6, zorder=2)
        axes.scatter(mean, place, s=30, color=RULE_COLOURS[rule], zorder=3)
        axes.annotate(
            f"{mean:.1%}",
            xy=(1, place),
            xycoords=("axes fraction", "data"),
            xytext=(9, 0),
            textcoords="offset points",
            color=RULE_COLOURS[rule],
            fontsize=9,
            va="center",
        )
    _rows(axes, lines, "")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))


def _under_tasks(names: Mapping[str, Sequence[str]]) -> list[tuple[str, str | None]]:
    """A line for each task, without a second name, and below it one for each of its names."""
    return [(task, name) for task, own in names.items() for name in (None, *own)]


def _rows(axes: Axes, lines: Sequence[tuple[str, str | None]], unit: str) -> None:
    axes.set_yticks(range(len(lines)), [task if name is None else _shown(name) for task, name in lines])
    for label, (_, name) in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_fontweight("bold" if name is None else "normal")
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.tick_params(axis="x", colors=PALE, labelsize=9)
    axes.tick_params(axis="y", colors=INK, labelsize=9, length=0)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(unit, color=PALE, fontsize=9)


def _shown(name: str) -> str:
    """A layer's name in words, from 1; any other as it is."""
    if name.startswith("hidden["):
        return f"layer {int(name.removeprefix('hidden[').removesuffix(']')) + 1}"
    return {"readout": "read-out", WHOLE: "all together"}.get(name, name)


def _name_rules(axes: Axes, rules: Sequence[tuple[str, str]]) -> None:
    for place, (rule, colour) in enumerate(rules):
        axes.annotate(
            rule,
            xy=(1, 1),
            xycoords="axes fraction",
            xytext=(9, -6 - 14 * place),
            textcoords="offset points",
            color=colour,
            fontsize=9,
            va="center",
        )
