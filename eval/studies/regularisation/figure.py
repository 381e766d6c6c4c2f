"""The figure: for every data set, what each regulariser and each other model changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eval.statistics.intervals import student
from eval.studies.regularisation.measure import CIRCUIT, NONE
from eval.studies.regularisation.verdict import Effect, effects
from eval.study import FIGURE, Row, Verdict
from training.drawing.axes import caption
from training.drawing.palette import BLUE, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Write ``figure.png``."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    found = [effect for effect in effects(rows) if (effect.model, effect.regulariser) != (CIRCUIT, NONE)]
    data_sets = list(dict.fromkeys(effect.data_set for effect in found))
    names = list(dict.fromkeys(_name(effect) for effect in found))
    figure, panels = plt.subplots(
        2, len(data_sets), figsize=(3.4 + 3.1 * len(data_sets), 7.4), sharey=True, squeeze=False
    )
    for column, data_set in enumerate(data_sets):
        own = [effect for effect in found if effect.data_set == data_set]
        _panel(panels[0, column], own, names, lambda effect: effect.gains)
        _panel(panels[1, column], own, names, lambda effect: effect.gap_changes)
        caption(panels[0, column], data_set, "test accuracy, less that of the circuit alone")
        caption(panels[1, column], "", "train-test gap of the loss in nats, likewise")
    (verdict,) = verdicts
    figure.suptitle(
        f"C5, regularisation of circuits is underdeveloped: {verdict.verdict}",
        x=0.02,
        y=0.985,
        ha="left",
        color=INK,
        fontsize=13,
    )
    figure.text(0.02, 0.935, _subtitle(rows), color=PALE, fontsize=9)
    figure.subplots_adjust(
        left=2.5 / (3.4 + 3.1 * len(data_sets)), right=0.97, top=0.83, bottom=0.07, hspace=0.28, wspace=0.12
    )
    path = directory / FIGURE
    figure.savefig(path, dpi=150)
    plt.close(figure)
    return path


def _panel(axes: Axes, found: Sequence[Effect], names: Sequence[str], value) -> None:
    axes.axvline(0, color=PALE, linewidth=0.8)
    for effect in found:
        shown = student(value(effect))
        height = len(names) - 1 - names.index(_name(effect))
        colour = BLUE if effect.model == CIRCUIT else VERMILION
        axes.plot(value(effect), [height] * len(value(effect)), ".", color=colour, alpha=0.3, markersize=4)
        axes.plot([shown.low, shown.high], [height, height], color=colour, linewidth=2)
        axes.plot(shown.mean, height, "o", color=colour, markersize=6)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.locator_params(axis="x", nbins=4)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(colors=PALE, labelsize=9, left=False)
    axes.grid(axis="x", color="#E6E6E6", linewidth=0.8)


def _name(effect: Effect) -> str:
    return effect.model if effect.model != CIRCUIT else effect.regulariser.replace("_", " ")


def _subtitle(rows: Sequence[Row]) -> str:
    seeds = len({row["training_seed"] for row in rows})
    return (
        f"Blue: the circuit with a regulariser at its best strength by validation; red: other models. {seeds} paired "
        "seeds (small dots), mean and its 95% interval."
    )
