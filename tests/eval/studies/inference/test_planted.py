"""Every point of the study, measured of models whose answers were planted: no model is trained."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import jax
import numpy as np
import pytest
from programs import initialised

from eval.inference.answers import marked
from eval.inference.sampling import Samples
from eval.inference.trained import TrainedModel
from eval.inference.verifier import GOOD
from eval.judgement import outcomes
from eval.rows import of
from eval.studies.inference import STUDY
from eval.studies.inference.config import Config
from eval.studies.inference.measure import _points
from eval.studies.inference.models import Models, Verifier
from eval.studies.inference.rows import (
    ChainLength,
    Collapse,
    CoverageFit,
    EqualCost,
    ModelTraining,
    Overthinking,
    StrategyResult,
    Thinking,
    Tower,
    Unsolvable,
    VerifierQuality,
)
from paradigms import transformer
from training.data.puzzles import chain, hanoi

CONFIG = Config(
    tasks=("countdown", "chain", "hanoi"),
    width=16,
    heads=2,
    problems=24,
    samples=16,
    separate_samples=12,
    verifier_problems=(10, 20),
    verifier_updates=(1, 1),
    beams=(4,),
    simulations=(),
    attempts=2,
    rounds=1,
    chains=20,
)
VERIFIED = ("countdown", "chain")
"""Tasks of which a verifier learns."""
SHARES = {"greedy-small": 0.5, "greedy-large": 0.75, "pool": 0.3, "separate": 0.3}
"""How many answers are right, by how the name of their file begins."""


class Planted(Models):
    """Models of random parameters, whose answers are solutions as often as was planted, and spoiled otherwise."""

    @cached_property
    def small(self):
        return self._random("small")

    @cached_property
    def large(self):
        return self._random("large")

    @cached_property
    def longer_prompts(self):
        return self.small

    @cached_property
    def reviser(self):
        return self.small

    def _random(self, size):
        paradigm = transformer.build(self.architecture(size), self.task.spec)
        return TrainedModel(paradigm, initialised(paradigm, jax.random.key(0)), 10, 1, 100, 1e6, 1.0, 0.5, 0.01)

    def rounds(self):
        yield from (("supervised", self.small), ("round_1", self.small), ("control", self.small))

    @cached_property
    def verifiers(self):
        def perfect(variables, problems, tokens):
            count, each, most = tokens.shape
            repeated = problems[np.repeat(np.arange(count), each)]
            right = self.puzzles.check(repeated, tokens.reshape(-1, most)).reshape(count, each)
            return np.where(right, 5.0, -5.0)

        def contrary(variables, problems, tokens):
            return -perfect(variables, problems, tokens)

        return tuple(
            Verifier(problems, self._random("small"), judge, self.longest)
            for problems, judge in zip(self.verifier_problems, (contrary, perfect), strict=False)
        )

    def answers(self, name, model, problems, *, samples=1, temperature=0.0, most=None):
        share = next((value for start, value in SHARES.items() if name.startswith(start)), 0.6)
        if name.startswith("chains") and problems.lengths[0] > 2 * max(chain.trained) + 4:
            share = 0.0
        random = np.random.default_rng(len(name))
        most = most or self.most
        tokens = np.zeros((len(problems), samples, most), np.int32)
        width = min(most, problems.solutions.shape[1])
        solutions = problems.solutions[:, None, :width]
        solutions = np.where(solutions.any(axis=2, keepdims=True), solutions, self.end)
        tokens[:, :, :width] = solutions
        wrong = random.random((len(problems), samples)) >= share
        # An answer of one word that nobody may write: it ends, and is wrong.
        tokens[wrong] = 0
        tokens[wrong, 0], tokens[wrong, 1] = self.puzzles.vocabulary.number(GOOD), self.end
        counts = np.maximum((tokens != 0).sum(axis=2), 1).astype(np.int32)
        return marked(
            self.puzzles,
            problems,
            Samples(tokens, counts, (tokens == self.end).any(axis=2), -random.random(counts.shape).astype(np.float32)),
        )


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    found = {}
    for task in CONFIG.tasks:
        models = Planted(CONFIG, task, 0, tmp_path_factory.mktemp(task))
        found[task] = [row for _, function in _points(models) for row in function()]
    return found


def whole(rows, **wanted):
    return [
        row
        for row in of(rows, EqualCost)
        if row.complexity is None
        and row.difficulty_bin is None
        and all(getattr(row, name) == value for name, value in wanted.items())
    ]


@pytest.mark.parametrize("task", VERIFIED)
def test_what_was_planted_is_found(rows, task):
    own = rows[task]
    greedy = {row.model: [] for row in of(own, StrategyResult) if row.strategy == "greedy"}
    for row in of(own, StrategyResult):
        if row.strategy == "greedy":
            greedy[row.model].append(row.accuracy)
    assert np.mean(greedy["small"]) == pytest.approx(0.5, abs=0.15)
    assert np.mean(greedy["large"]) == pytest.approx(0.75, abs=0.15)
    # A perfect verifier chooses as a checker would, and a contrary one never rightly while there is a wrong answer.
    most, least = CONFIG.verifier_problems[-1], CONFIG.verifier_problems[0]
    for row in of(own, StrategyResult):
        if row.selector != "verifier" or row.strategy != "sampling":
            continue
        (fit,) = [
            one
            for one in of(own, CoverageFit)
            if (one.complexity, one.temperature) == (row.complexity, row.temperature)
        ]
        if row.verifier == most:
            assert row.accuracy == pytest.approx(fit.coverage[str(row.samples)], abs=1e-9)
        elif row.samples == CONFIG.samples:
            assert row.accuracy <= 0.05
    areas = {row.verifier: row.area_under_curve for row in of(own, VerifierQuality)}
    assert areas == {least: 0.0, most: 1.0}


@pytest.mark.parametrize("task", VERIFIED)
def test_the_best_without_a_checker_costs_no_more_and_wins_by_a_perfect_verifier(rows, task):
    own, most = rows[task], CONFIG.verifier_problems[-1]
    for row in whole(own, inference_ratio=None):
        assert row.cost_ratio <= 1 or row.strategy == "compute_optimal"
        assert row.difference == pytest.approx(row.small_accuracy - row.large_accuracy)
        assert row.low <= row.difference <= row.high
    (best,) = whole(own, inference_ratio=None, strategy="compute_optimal", verifier=most)
    assert best.small_accuracy > 0.9
    assert bool(whole(own, selector="checker")) == (task == "countdown")
    fifths = [
        row
        for row in of(own, EqualCost)
        if row.strategy == "compute_optimal" and row.difficulty == "pass_rate" and row.verifier == most
    ]
    assert [row.difficulty_bin for row in fifths] == [0, 1, 2, 3, 4]
    assert sum(row.problems for row in fifths) == best.problems


def test_more_answers_harm_under_a_contrary_verifier_alone(rows):
    drops = {row.verifier: row for row in of(rows["countdown"], Overthinking) if row.complexity is None}
    assert drops[CONFIG.verifier_problems[0]].low > 0.1
    assert drops[CONFIG.verifier_problems[0]].samples < 3
    assert drops[CONFIG.verifier_problems[-1]].drop <= 0


def test_chains_collapse_where_nothing_was_planted(rows):
    own = rows["chain"]
    assert {row.model for row in of(own, Collapse)} == {"small", "large", "longer_prompts"}
    for row in of(own, Collapse):
        assert row.accuracy == 0
        assert row.high < 0
    for row in of(own, ChainLength):
        assert row.tokens_needed == (2 if row.form == "DIRECT" else 3 * row.complexity + 1)
        assert row.trained == (row.complexity <= 6 or (row.model, row.form) == ("longer_prompts", "DIRECT"))
        assert row.cut == 0
    votes = {row.complexity: row.votes for row in of(own, Thinking) if row.model == "small"}
    # What is wrong is short here, and buys no more than one vote.
    assert votes[1] < votes[4]
    assert votes[12] == 1


def test_problems_without_an_answer_stand_apart(rows):
    found = of(rows["countdown"], Unsolvable)
    assert len(found) == 4
    assert {row.claimed for row in found} == {0.0}
    assert {row.model for row in of(rows["countdown"], ModelTraining)} >= {"small", "large", "round_1", "control"}


def test_towers_have_no_verifier_and_are_asked_of_every_number_of_discs(rows):
    own = rows["hanoi"]
    found = of(own, Tower)
    assert [(row.model, row.complexity, row.trained) for row in found] == [
        (size, discs, discs <= 4) for size in ("small", "large") for discs in (3, 4, 5, 6)
    ]
    for row in found:
        assert row.shortest == row.accuracy
        assert row.tokens_needed <= hanoi.longest(row.complexity)
        assert row.low <= row.accuracy <= row.high
    assert np.mean([row.accuracy for row in found]) == pytest.approx(0.6, abs=0.2)
    assert not of(own, VerifierQuality)
    assert {row.selector for row in of(own, StrategyResult)} == {None, "majority", "likelihood", "checker"}
    (checker,) = whole(own, inference_ratio=None, selector="checker", preferred=True)
    assert checker.cost_ratio <= 1
    assert checker.small_accuracy > 0.8


def test_verdicts_and_the_figure_are_made_of_the_table(rows, tmp_path):
    table = [row for task in CONFIG.tasks for row in rows[task]]
    for config in (CONFIG, replace(CONFIG, seeds=3)):
        found = outcomes(STUDY.judge(table, config))
        assert {outcome for name, outcome in found.items() if name.startswith("C11")} == {"undecided"}
        assert found["C12.collapse_small"] == "holds"
        assert found["C12.overthinking_fewer_lessons"] == "holds"
        assert found["C12.overthinking"] == "fails"
    assert STUDY.draw(table, STUDY.judge(table, CONFIG), tmp_path).stat().st_size > 10_000
