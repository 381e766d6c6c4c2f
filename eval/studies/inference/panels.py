"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from eval.panel import Panel
from eval.rows import Row, of
from eval.studies.inference.figure import curves, mean_curve
from eval.studies.inference.rows import ChainLength, EqualCost, StrategyResult


@dataclass(frozen=True)
class Curve:
    """A point of a curve of accuracy against operations.

    Attributes:
        strategy: The strategy in words.
        samples: Answers to a problem.
        flops: Floating-point operations per problem.
        accuracy: The share of test problems that is solved.
    """

    strategy: str
    samples: float
    flops: float
    accuracy: float


def _bought(task: str) -> Callable[[list[Row]], Iterator[Curve]]:
    def found(rows: list[Row]) -> Iterator[Curve]:
        results = of(rows, StrategyResult)
        shown = [(words, own) for words, _, _, own in curves(task, results)]
        for size in ("small", "large"):
            own = [row for row in results if (row.task, row.strategy, row.model) == (task, "greedy", size)]
            shown.append((f"{size}, greedy", own))
        for words, own in shown:
            for samples, flops, accuracy in zip(*mean_curve(own, lambda row: row.inference_flops), strict=True):
                yield Curve(words, samples, flops, accuracy)

    return found


@dataclass(frozen=True)
class Fifth:
    """The difference between both models on a fifth of the problems.

    Attributes:
        strategy: The task and how the small model spends its operations.
        fifth: 1 for the hardest, 5 for the easiest.
        difference: Accuracy of the small model less that of the large one.
        low, high: The ends of its 95% interval over problems.
    """

    strategy: str
    fifth: int
    difference: float
    low: float
    high: float


def _by_difficulty(rows: list[Row]) -> Iterator[Fifth]:
    for row in of(rows, EqualCost):
        if row.difficulty != "pass_rate" or row.difficulty_bin is None or row.inference_ratio is not None:
            continue
        if row.strategy == "compute_optimal":
            words = f"{row.task}, best without a checker, verifier of {row.verifier:,} problems"
        elif row.selector == "checker" and row.preferred:
            words = f"{row.task}, exact checker"
        else:
            continue
        yield Fifth(words, row.difficulty_bin + 1, row.difference, row.low, row.high)


PANELS = (
    *(
        Panel(
            f"What operations buy on {task}", "flops", "accuracy", "floating-point operations per problem",
            "share of test problems solved", ("strategy",), log_x=True, kind=Curve, rows=_bought(task),
        )
        for task in ("countdown", "chain")
    ),
    Panel(
        "Where search wins, at equal operations", "fifth", "difference", "fifth of the problems, 1 the hardest",
        "accuracy of the small model less that of the large one", ("strategy",), low="low", high="high", kind=Fifth,
        rows=_by_difficulty,
    ),
    Panel(
        "Accuracy of chains by their length, worked out", "complexity", "accuracy", "steps of the chain",
        "share of chains solved greedily", ("model",), where={"form": "THINK"}, low="low", high="high",
        kind=ChainLength,
    ),
    Panel(
        "Tokens written by the length of a chain, worked out", "complexity", "tokens_spent", "steps of the chain",
        "tokens of a greedy answer", ("model",), where={"form": "THINK"}, low="tokens_low", high="tokens_high",
        kind=ChainLength,
    ),
)  # fmt: skip
"""Panels of the report."""
