"""The figure: what operations buy, where search helps, where more of it harms, and where reasoning ends."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.inference.difficulty import BINS
from eval.judgement import Verdict, tally
from eval.rows import Row, of
from eval.studies.inference.rows import Arm, ChainLength, CoverageFit, EqualCost, StrategyResult
from eval.study import FIGURE
from training.drawing.axes import caption, empty, plain_ticks, style
from training.drawing.palette import BLUE, DASHED, DOTTED, GREEN, INK, PALE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ORANGE = "#E69F00"
ARMS: dict[Arm, tuple[str, str]] = {
    "small": (BLUE, "small"),
    "large": (VERMILION, "large"),
    "longer_prompts": (GREEN, "small, longer prompts"),
}
TITLES = {"countdown": "Countdown", "chain": "Chains of 4 to 6 steps"}


def draw(rows: list[Row], verdicts: list[Verdict], directory: Path) -> Path:
    """Draw accuracy against operations, difficulty, selectors, and chains by their length.

    Args:
        rows: The table of the study.
        verdicts: The verdicts on claims C11 and C12, which the heading counts.
        directory: The directory to write ``figure.png`` into.

    Returns:
        The path of the figure.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 10.4), facecolor="white")
    canvas = FigureCanvasAgg(figure)
    figure.text(0.05, 0.965, "C11 and C12, what computing at inference is worth", fontsize=16, fontweight="bold",
                color=INK)  # fmt: skip
    counted = " ".join(f"{one.claim}: {tally(one.claim, one.judgements)}." for one in verdicts)
    words = f"{counted} Each point is a mean over test problems and repetitions; the large model is read greedily."
    figure.text(0.05, 0.95, textwrap.fill(words, 190), fontsize=9.5, color=PALE, va="top", linespacing=1.35)
    (first, second, fifths), (numbers, accuracy, tokens) = figure.subplots(2, 3)
    figure.subplots_adjust(left=0.05, right=0.985, top=0.85, bottom=0.07, wspace=0.2, hspace=0.38)
    _operations(first, "countdown", of(rows, StrategyResult))
    _operations(second, "chain", of(rows, StrategyResult))
    _fifths(fifths, of(rows, EqualCost))
    _numbers(numbers, of(rows, StrategyResult), of(rows, CoverageFit))
    _lengths(accuracy, of(rows, ChainLength))
    _tokens(tokens, of(rows, ChainLength))
    path = directory / FIGURE
    canvas.print_figure(path, dpi=150)
    return path


def mean_curve(
    rows: Iterable[StrategyResult], x: Callable[[StrategyResult], float]
) -> tuple[list[float], list[float], list[float]]:
    """Average accuracies of one number of answers over complexities and repetitions, each problem alike.

    Args:
        rows: Rows of one strategy.
        x: The abscissa of a row.

    Returns:
        The numbers of answers, ascending, and the mean abscissa and accuracy at each.
    """
    groups: dict[int, list[StrategyResult]] = {}
    for row in rows:
        groups.setdefault(row.samples, []).append(row)
    found: tuple[list[float], list[float], list[float]] = ([], [], [])
    for samples in sorted(groups):
        own = groups[samples]
        weights = [row.problems for row in own]
        found[0].append(float(samples))
        found[1].append(float(np.average([x(row) for row in own], weights=weights)))
        found[2].append(float(np.average([row.accuracy for row in own], weights=weights)))
    return found


def curves(
    task: str, rows: Sequence[StrategyResult]
) -> list[tuple[str, str, str | tuple[int, tuple[int, int]], list[StrategyResult]]]:
    """Return the curves of a task that are shown, each with its words, colour and dashes, at the highest temperature.

    The vote is shown at the lowest temperature, which suits it.
    """
    own = [row for row in rows if row.task == task and row.strategy == "sampling"]
    if not own:
        return []
    high, low = (one(row.temperature for row in own) for one in (max, min))
    verifiers = sorted({row.verifier for row in own if row.verifier is not None})

    def some(selector: str, temperature: float, verifier: int | None = None) -> list[StrategyResult]:
        return [
            row
            for row in own
            if row.selector == selector and row.temperature == temperature and row.verifier == verifier
        ]

    found = [
        ("exact checker (upper bound)", INK, DASHED, some("checker", high)),
        ("votes weighed by the verifier", GREEN, "-", some("weighted", high, verifiers[-1])),
        ("best score of the verifier", BLUE, "-", some("verifier", high, verifiers[-1])),
        ("best score, fewer lessons", BLUE, DOTTED, some("verifier", high, verifiers[0])),
        ("vote", ORANGE, "-", some("majority", low)),
    ]
    return [one for one in found if one[3]]


def _operations(axes: Axes, task: str, rows: Sequence[StrategyResult]) -> None:
    caption(axes, f"{TITLES[task]}: what operations buy", "share of test problems that is solved")
    shown = curves(task, rows)
    if not shown:
        empty(axes)
        return
    for words, colour, dashes, own in shown:
        _, x, y = mean_curve(own, lambda row: row.inference_flops)
        axes.plot(x, y, "o", linestyle=dashes, color=colour, markersize=3.5, label=words)
    for strategy, marker, words in (("beam", "^", "beam search"), ("tree", "v", "tree search")):
        searched = [row for row in rows if row.task == task and row.strategy == strategy]
        if searched:
            _, x, y = mean_curve(searched, lambda row: row.inference_flops)
            axes.plot(x, y, marker, color=VERMILION, markersize=6, alpha=0.7, label=words)
    for size, marker in (("small", "o"), ("large", "*")):
        own = [row for row in rows if row.task == task and row.strategy == "greedy" and row.model == size]
        _, x, y = mean_curve(own, lambda row: row.inference_flops)
        if size == "small":
            # Curves begin beside it, and leave no room for words.
            axes.plot(x, y, marker, color=INK, markersize=7, label="small, greedy")
            continue
        axes.plot(x, y, marker, color=VERMILION, markersize=15)
        axes.annotate("large, greedy", (x[0], y[0]), xytext=(8, 6), textcoords="offset points", fontsize=9, color=INK)
        axes.axhline(y[0], color=VERMILION, linewidth=0.8, linestyle=DOTTED)
    style(axes, "floating-point operations per problem", height="linear")
    axes.set_xscale("log")
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _fifths(axes: Axes, rows: Sequence[EqualCost]) -> None:
    caption(
        axes,
        "Where search wins, at equal operations",
        "small less large model, points; fifths by the small one's pass rate",
    )
    shown: list[tuple[str, str, list[EqualCost]]] = []
    for task, colour in (("countdown", BLUE), ("chain", GREEN)):
        own = [
            row for row in rows if row.task == task and row.difficulty == "pass_rate" and row.inference_ratio is None
        ]
        most = max((row.verifier or 0 for row in own), default=0)
        best = [row for row in own if row.strategy == "compute_optimal" and row.verifier == most]
        shown.append((f"{task}, best without a checker", colour, best))
        shown.append(
            (f"{task}, exact checker", ORANGE, [row for row in own if row.selector == "checker" and row.preferred])
        )
    shown = [one for one in shown if one[2]]
    if not shown:
        empty(axes)
        return
    width = 0.8 / len(shown)
    for place, (words, colour, own) in enumerate(shown):
        means = []
        for one in range(BINS):
            values = [row for row in own if row.difficulty_bin == one]
            means.append(100 * float(np.mean([row.difference for row in values])) if values else math.nan)
        left = np.arange(BINS) - 0.4 + (place + 0.5) * width
        axes.bar(left, means, width, color=colour, label=words)
    axes.axhline(0, color=PALE, linewidth=0.8)
    style(axes, "", height="linear")
    axes.set_xticks(range(BINS), ["hardest", "", "middle", "", "easiest"])
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.3 * (high - low))
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _numbers(axes: Axes, rows: Sequence[StrategyResult], fits: Sequence[CoverageFit]) -> None:
    caption(axes, "Countdown: selectors against the number of answers", "share of test problems that is solved")
    shown = curves("countdown", rows)
    if not shown:
        empty(axes)
        return
    for words, colour, dashes, own in shown:
        samples, _, y = mean_curve(own, lambda row: float(row.samples))
        axes.plot(samples, y, "o", linestyle=dashes, color=colour, markersize=3.5, label=words)
    style(axes, "answers to a problem", height="linear")
    axes.set_xscale("log", base=2)
    plain_ticks(axes, sorted({row.samples for _, _, _, own in shown for row in own}))
    axes.set_ylim(0, 1)
    misfits = [row.misfit for row in fits if row.task == "countdown" and row.misfit is not None]
    if misfits:
        axes.text(
            0.02, 0.95, f"the power law of coverage is off by up to {100 * max(misfits):.0f} points",
            transform=axes.transAxes, ha="left", fontsize=8, color=PALE,
        )  # fmt: skip


def _lengths(axes: Axes, rows: Sequence[ChainLength]) -> None:
    caption(
        axes,
        "Chains: accuracy by length, worked out",
        "share solved greedily; dashed: what errors that add up would leave",
    )
    own = [row for row in rows if row.form == "THINK"]
    if not own:
        empty(axes)
        return
    for arm, (colour, words) in ARMS.items():
        x, y = _by_length([row for row in own if row.model == arm], lambda row: row.accuracy)
        if x:
            axes.plot(x, y, "o-", color=colour, markersize=4, label=words)
        x, y = _by_length(
            [row for row in own if row.model == arm and row.extrapolated is not None and arm != "longer_prompts"],
            lambda row: row.extrapolated or 0.0,
        )
        axes.plot(x, y, linestyle=DASHED, color=colour, linewidth=1.2)
    _mark_trained(axes, own, 0.94)
    style(axes, "steps of the chain", height="linear")
    axes.set_ylim(0, 1.03)
    axes.legend(frameon=False, fontsize=8, loc="upper right")


def _tokens(axes: Axes, rows: Sequence[ChainLength]) -> None:
    caption(axes, "Chains: tokens that are written", "greedy answers, worked out; dashed: what a right answer takes")
    own = [row for row in rows if row.form == "THINK"]
    if not own:
        empty(axes)
        return
    for arm, (colour, words) in ARMS.items():
        x, y = _by_length([row for row in own if row.model == arm], lambda row: row.tokens_spent)
        if x:
            axes.plot(x, y, "o-", color=colour, markersize=4, label=words)
    x, y = _by_length(own, lambda row: row.tokens_needed)
    axes.plot(x, y, linestyle=DASHED, color=INK, linewidth=1.2)
    _mark_trained(axes, own, 0.02)
    style(axes, "steps of the chain", height="linear")
    axes.set_ylim(0)
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def _mark_trained(axes: Axes, rows: Sequence[ChainLength], height: float) -> None:
    longest = max(row.complexity for row in rows if row.trained)
    axes.axvspan(0.5, longest + 0.5, color=PALE, alpha=0.08, linewidth=0)
    axes.text(
        longest + 0.4, height, "trained", transform=axes.get_xaxis_transform(), ha="right", fontsize=8, color=PALE
    )
    axes.set_xlim(0.5, max(row.complexity for row in rows) + 0.5)


def _by_length(rows: Sequence[ChainLength], value: Callable[[ChainLength], float]) -> tuple[list[int], list[float]]:
    steps = sorted({row.complexity for row in rows})
    return steps, [float(np.mean([value(row) for row in rows if row.complexity == one])) for one in steps]
