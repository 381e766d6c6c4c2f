"""The small model at what the large one spends on reading greedily: every strategy, and the best at each difficulty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from eval.inference.answers import JUDGES, SELECTORS, Selector, chosen
from eval.inference.budget import training_factor
from eval.inference.difficulty import BINS, cross_validated, difficulty_bins
from eval.statistics.intervals import student
from eval.studies.inference.config import SIZES
from eval.studies.inference.rows import Choice, EqualCost, Strategy
from eval.studies.inference.spending import JUDGED, Asked, Spending, Spent
from training.data.draws import Draws
from training.data.puzzles.problems import draw, joined

RATIOS = (22.0, 0.79, 0.16)
"""Tokens of inference per token of training, R (Snell et al. 2024, section 7)."""
VALIDATION_PROBLEMS, VALIDATION_SAMPLES = 60, 16
"""Validation problems of each complexity, and answers to each, by which a temperature is preferred."""
Bins = Literal["pass_rate", "score"]


@dataclass(frozen=True)
class Candidate:
    """A strategy at the largest number that a budget buys.

    Attributes:
        choice: How the small model spends it.
        spent: What it comes to.
        preferred: See :class:`~eval.studies.inference.rows.EqualCost`.
    """

    choice: Choice
    spent: Spent
    preferred: bool


def comparisons(spending: Spending) -> list[EqualCost]:
    """Compare the small model with the large one read greedily, at its operations and at those of every ratio R."""
    large = spending.greedy("large")
    preferred = preferred_temperatures(spending)
    found: list[EqualCost] = []
    for ratio in (None, *RATIOS):
        factor = 1.0 if ratio is None else training_factor(SIZES, ratio) / SIZES
        candidates = list(_candidates(spending, factor * large.flops, preferred))
        rows = _Rows(spending, large, ratio)
        for one in candidates:
            found += rows.of(one)
        for verifier in spending.models.verifier_problems:
            found += rows.optimal(candidates, verifier)
    return found


def preferred_temperatures(spending: Spending) -> dict[tuple[Selector, int | None], float]:
    """Return the temperature at which each selector does best on validation problems, by it and its verifier."""
    models = spending.models
    parts = [
        draw(models.puzzles, Draws(one), VALIDATION_PROBLEMS, one, "validation", or_all=True)
        for one in JUDGED[models.name]
    ]
    problems = models.worked_out(joined(parts))
    best: dict[tuple[Selector, int | None], tuple[float, float]] = {}
    for temperature in models.config.temperatures:
        pool = models.answers(
            f"validation-{temperature:g}", models.small, problems, samples=VALIDATION_SAMPLES, temperature=temperature
        )
        scores = {one.problems: one.scores(problems, pool.tokens) for one in models.verifiers}
        for selector in SELECTORS:
            for verifier in scores if selector in JUDGES else (None,):
                marks = None if verifier is None else scores[verifier]
                right = float(chosen(selector, pool, VALIDATION_SAMPLES, marks).mean())
                key = selector, verifier
                if key not in best or right > best[key][0]:
                    best[key] = right, temperature
    return {key: temperature for key, (_, temperature) in best.items()}


def _candidates(
    spending: Spending,
    budget: Float[np.ndarray, " problems"],
    preferred: dict[tuple[Selector, int | None], float],
) -> Iterator[Candidate]:
    """Yield what a budget buys; strategies of which it buys not one answer are left out."""
    config = spending.models.config
    greedy = spending.greedy("small")
    if all(greedy.flops[own].mean() <= budget[own].mean() for own in spending.by_complexity()):
        yield Candidate("greedy", greedy, True)
    for (selector, verifier), best in preferred.items():
        if selector == "checker" and not spending.models.puzzles.checkable:
            continue
        for temperature in config.temperatures:
            bought = np.minimum(spending.most_within(budget, selector, temperature), config.samples)
            if bought.min() >= 1:
                spent = spending.sampled(selector, temperature, bought, verifier)
                yield Candidate("sampling", spent, temperature == best)
    kinds: dict[tuple[Strategy, Selector | None], None] = dict.fromkeys(
        (one.strategy, one.selector) for one in spending.searches
    )
    for strategy, selector in kinds:
        own = [one for one in spending.searches if (one.strategy, one.selector) == (strategy, selector)]
        spent = largest_within(own, budget, spending.by_complexity())
        if spent is not None:
            yield Candidate(strategy, spent, True)


def largest_within(
    spent: Sequence[Spent], budget: Float[np.ndarray, " problems"], groups: Sequence[Bool[np.ndarray, " problems"]]
) -> Spent | None:
    """Return the dearest of several that a budget buys, for each group of problems; ``None`` where it buys none of one.

    Args:
        spent: One strategy at several numbers.
        budget: Operations for each problem; their means are compared.
        groups: Which problems are of each complexity.
    """
    chosen_of = np.zeros(len(budget), int)
    for own in groups:
        fitting = [place for place, one in enumerate(spent) if one.flops[own].mean() <= budget[own].mean()]
        if not fitting:
            return None
        chosen_of[own] = max(fitting, key=lambda place: float(spent[place].flops[own].mean()))
    return mixed(spent, chosen_of)


def mixed(spent: Sequence[Spent], which: Int[np.ndarray, " problems"]) -> Spent:
    """Return a strategy that does on each problem as one of several does."""
    rows = np.arange(len(which))
    first = spent[0]
    arrays = (
        np.stack([getattr(one, name) for one in spent])[which, rows]
        for name in ("samples", "right", "flops", "tokens", "memory")
    )
    return Spent(first.model, first.strategy, first.selector, first.verifier, first.temperature, *arrays)


@dataclass(frozen=True)
class _Rows:
    """Rows of what candidates come to beside the large model."""

    spending: Spending
    large: Spent
    ratio: float | None

    def of(self, one: Candidate) -> Iterator[EqualCost]:
        """Yield a candidate on all problems, by complexity, and by how often the small model solves them."""
        for name, value, own in self._groups("pass_rate"):
            yield self._row(one.choice, one.spent, one.spent.temperature, one.preferred, name, value, own)

    def optimal(self, candidates: Sequence[Candidate], verifier: int) -> Iterator[EqualCost]:
        """Yield the best at each difficulty, among what knows no checker, with one verifier.

        Difficulty is what the verifier says of answers that nothing else is computed from.
        """
        within = [
            one.spent
            for one in candidates
            if one.spent.selector != "checker" and one.spent.verifier in (None, verifier)
        ]
        if not within:
            return
        bins = self._bins("score", verifier)
        _, which = cross_validated(np.stack([one.right for one in within]), bins)
        best = mixed(within, which)
        best = Spent(
            best.model, best.strategy, None, verifier, best.temperature, best.samples, best.right, best.flops,
            best.tokens, best.memory,
        )  # fmt: skip
        for difficulty in ("pass_rate", "score"):
            for name, value, own in self._groups(difficulty, verifier):
                if difficulty == "pass_rate" or name == "difficulty_bin":
                    shown = difficulty if name == "difficulty_bin" else None
                    yield self._row("compute_optimal", best, None, True, name, value, own, shown)

    def _groups(
        self, difficulty: Bins, verifier: int | None = None
    ) -> Iterator[tuple[str | None, int | None, Bool[np.ndarray, " problems"]]]:
        asked: Asked = self.spending.asked
        yield None, None, np.ones(len(asked.problems), bool)
        if self.ratio is not None:
            return
        for complexity in np.unique(asked.complexity):
            yield "complexity", int(complexity), asked.complexity == complexity
        bins = self._bins(difficulty, verifier)
        for one in range(BINS):
            yield "difficulty_bin", one, bins == one

    def _bins(self, difficulty: Bins, verifier: int | None = None) -> Int[np.ndarray, " problems"]:
        if difficulty == "pass_rate" or verifier is None:
            return difficulty_bins(self.spending.separate.pass_rate)
        return difficulty_bins(self.spending.ease[verifier])

    def _row(
        self,
        choice: Choice,
        spent: Spent,
        temperature: float | None,
        preferred: bool,
        name: str | None,
        value: int | None,
        own: Bool[np.ndarray, " problems"],
        difficulty: Bins | None = None,
    ) -> EqualCost:
        difference = student(spent.right[own] - self.large.right[own])
        return EqualCost(
            task=self.spending.models.name,
            training_seed=self.spending.models.seed,
            strategy=choice,
            selector=spent.selector,
            verifier=spent.verifier,
            temperature=temperature,
            inference_ratio=self.ratio,
            complexity=value if name == "complexity" else None,
            difficulty_bin=value if name == "difficulty_bin" else None,
            difficulty=difficulty or ("pass_rate" if name == "difficulty_bin" else None),
            preferred=preferred,
            samples=float(spent.samples[own].mean()) if choice not in ("greedy", "compute_optimal") else None,
            cost_ratio=float(spent.flops[own].mean() / self.large.flops[own].mean()),
            problems=int(own.sum()),
            small_accuracy=float(spent.right[own].mean()),
            large_accuracy=float(self.large.right[own].mean()),
            difference=difference.mean,
            low=difference.low,
            high=difference.high,
        )
