"""Every point of the study, through the recorder."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np

from eval.inference.answers import JUDGES, SELECTORS, chosen
from eval.inference.difficulty import cross_validated
from eval.inference.trained import TrainedModel
from eval.inference.verifier import area_under_curve, area_within_problems
from eval.recorder import Recorder
from eval.rows import Row
from eval.statistics.intervals import student
from eval.statistics.laws import power_law
from eval.studies.inference.chains import Chains, collapse, lengths, thinking
from eval.studies.inference.comparing import comparisons
from eval.studies.inference.config import Config
from eval.studies.inference.models import Models
from eval.studies.inference.pretrained import OPERANDS, Asked, pretrained
from eval.studies.inference.rows import (
    Arm,
    CoverageFit,
    IterationStage,
    ModelTraining,
    Overthinking,
    Size,
    StrategyResult,
    Unsolvable,
    VerifierQuality,
)
from eval.studies.inference.spending import Spending, Spent, asked_of
from eval.studies.inference.towers import towers
from training.data.draws import Draws
from training.data.puzzles import countdown
from training.data.puzzles.problems import Problems, draw, joined

SIZES_OF_MODELS: tuple[Size, ...] = ("small", "large")
ARMS: tuple[Arm, ...] = ("small", "large", "longer_prompts")
VERIFIED_PROBLEMS = 300
"""Problems of the split of verifiers by which they are compared."""
UNSOLVABLE = 200
"""Problems without an answer, of each complexity."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Train, let answer and compare, repetition by repetition.

    Args:
        config: The settings of the study.
        recorder: What keeps the points that are measured, and whose directory holds models and answers.

    Returns:
        The table.
    """
    rows: list[Row] = []
    for seed in config.training_seeds:
        for name in config.tasks:
            models = Models(config, name, seed, recorder.directory)
            for measure, function in _points(models):
                point = {"task": name, "training_seed": seed, "measure": measure}
                rows += recorder.measure(point, function)
    for operands in OPERANDS if config.pretrained else ():
        point = {"task": "words", "training_seed": config.seed, "measure": f"pretrained {operands}"}
        rows += recorder.measure(point, lambda one=operands: list(pretrained(Asked(config, one, recorder.directory))))
    return rows


def _points(models: Models) -> Iterable[tuple[str, Callable[[], list[Row]]]]:
    """Yield what is measured of one repetition, each with its name."""
    spending = Spending(models, asked_of(models))
    for size in SIZES_OF_MODELS:
        yield f"training {size}", functools.partial(_training, models, size)
    if models.verifier_problems:
        yield "verifiers", functools.partial(_verifiers, models)
    yield "strategies", functools.partial(_strategies, spending)
    yield "comparisons", functools.partial(_comparisons, spending)
    if models.name == "countdown":
        yield "overthinking", functools.partial(_overthinking, spending)
        yield "unsolvable", functools.partial(_unsolvable, models)
        if models.config.rounds:
            yield "iteration", functools.partial(_iteration, spending)
    if models.name == "hanoi":
        for size in SIZES_OF_MODELS:
            yield f"towers {size}", functools.partial(towers, models, size)
    if models.name == "chain":
        yield "training longer prompts", functools.partial(_training, models, "longer_prompts")
        for arm in ARMS:
            yield f"lengths {arm}", functools.partial(_lengths, models, arm)
        for size in SIZES_OF_MODELS:
            yield f"thinking {size}", functools.partial(_thinking, models, size)


def _training(models: Models, name: Arm) -> list[Row]:
    return [training_row(models, name, getattr(models, name))]


def training_row(models: Models, name: str, model: TrainedModel) -> ModelTraining:
    """Write down how a model was trained."""
    return ModelTraining(
        task=models.name,
        training_seed=models.seed,
        model=name,
        parameters=model.parameters,
        updates=model.updates,
        training_tokens=model.tokens,
        training_flops=model.flops,
        validation_loss=model.validation_loss,
        validation_solved=model.validation_solved,
        step_seconds=model.step_seconds,
    )


def _verifiers(models: Models) -> list[Row]:
    problems = models.problems(VERIFIED_PROBLEMS, "verified", "verifier")
    answers = models.answers("verified", models.small, problems, samples=16, temperature=1.0)
    rows: list[Row] = []
    for one in models.verifiers:
        rows.append(training_row(models, f"verifier {one.problems}", one.model))
        scores = one.scores(problems, answers.tokens)
        rows.append(quality(models, one.problems, "verifier", scores, answers.correct))
    return rows


def quality(
    models: Models,
    verifier: int,
    problems_of: Literal["verifier", "test"],
    scores: np.ndarray,
    correct: np.ndarray,
) -> VerifierQuality:
    """Write down how well scores tell right answers from wrong ones."""
    return VerifierQuality(
        task=models.name,
        training_seed=models.seed,
        verifier=verifier,
        problems_of=problems_of,
        area_under_curve=area_under_curve(scores, correct),
        area_within_problems=area_within_problems(scores, correct),
        right=float(correct.mean()),
    )


def _strategies(spending: Spending) -> list[Row]:
    config, models = spending.models.config, spending.models
    rows: list[Row] = []
    for size in SIZES_OF_MODELS:
        rows += _results(spending, spending.greedy(size), 1)
    for temperature in config.temperatures:
        for selector in SELECTORS:
            if selector == "checker" and not models.puzzles.checkable:
                continue
            for verifier in models.verifier_problems if selector in JUDGES else (None,):
                for samples in config.numbers:
                    rows += _results(spending, spending.sampled(selector, temperature, samples, verifier), samples)
        rows += _coverage(spending, temperature)
    for one in spending.searches:
        rows += _results(spending, one, int(one.samples[0]))
    if config.attempts and models.verifiers:
        rows.append(training_row(models, "reviser", models.reviser))
    whole = spending.pools[max(config.temperatures)]
    for verifier in models.verifier_problems:
        scores = spending.scores[verifier, max(config.temperatures)]
        rows.append(quality(models, verifier, "test", scores, whole.correct))
    return rows


def _results(spending: Spending, spent: Spent, samples: int) -> list[StrategyResult]:
    found = []
    for complexity in np.unique(spending.asked.complexity):
        own = spending.asked.complexity == complexity
        accuracy = student(spent.right[own])
        found.append(
            StrategyResult(
                task=spending.models.name,
                training_seed=spending.models.seed,
                complexity=int(complexity),
                model=spent.model,
                strategy=spent.strategy,
                selector=spent.selector,
                verifier=spent.verifier,
                samples=samples,
                temperature=spent.temperature,
                problems=int(own.sum()),
                accuracy=accuracy.mean,
                low=accuracy.low,
                high=accuracy.high,
                inference_flops=float(spent.flops[own].mean()),
                tokens=float(spent.tokens[own].mean()),
                memory_bytes=float(spent.memory[own].mean()),
            )
        )
    return found


def _coverage(spending: Spending, temperature: float) -> list[CoverageFit]:
    found = []
    numbers = spending.models.config.numbers
    for complexity in np.unique(spending.asked.complexity):
        pool = spending.pools[temperature][spending.asked.complexity == complexity]
        curve = np.array([chosen("checker", pool, number).mean() for number in numbers])
        # Where everything is covered, or nothing, there is no logarithm of a logarithm.
        inside = (curve > 0) & (curve < 1)
        law = None
        if inside.sum() >= 3:
            law = power_law(np.array(numbers)[inside].tolist(), (-np.log(curve[inside])).tolist())
            misfit = np.exp(-law.factor * np.array(numbers) ** law.exponent) - curve
        found.append(
            CoverageFit(
                task=spending.models.name,
                training_seed=spending.models.seed,
                complexity=int(complexity),
                temperature=temperature,
                factor=None if law is None else law.factor,
                exponent=None if law is None else law.exponent,
                misfit=None if law is None else float(np.sqrt(np.mean(misfit**2))),
                coverage={str(number): float(one) for number, one in zip(numbers, curve, strict=True)},
            )
        )
    return found


def _comparisons(spending: Spending) -> list[Row]:
    return list(comparisons(spending))


def _overthinking(spending: Spending) -> list[Row]:
    """Choose the number of answers on one half of the problems, and judge it on the other, both ways."""
    config, models = spending.models.config, spending.models
    temperature = max(config.temperatures)
    pool, complexity = spending.pools[temperature], spending.asked.complexity
    found: list[Row] = []
    for verifier in config.verifier_problems:
        scores = spending.scores[verifier, temperature]
        curves = np.stack([chosen("verifier", pool, number, scores) for number in config.numbers])
        for one in (None, *np.unique(complexity)):
            own = np.flatnonzero(np.ones(len(complexity), bool) if one is None else complexity == one)
            # All problems are one bin here: the number is chosen on one half of them.
            best, place = cross_validated(curves[:, own], np.zeros(len(own), int))
            drop = student(best - curves[-1, own])
            found.append(
                Overthinking(
                    task=models.name,
                    training_seed=models.seed,
                    complexity=None if one is None else int(one),
                    verifier=verifier,
                    temperature=temperature,
                    samples=float(np.array(config.numbers)[place].mean()),
                    problems=len(own),
                    accuracy=float(best.mean()),
                    whole_accuracy=float(curves[-1, own].mean()),
                    drop=drop.mean,
                    low=drop.low,
                    high=drop.high,
                )
            )
    return found


def _iteration(spending: Spending) -> list[Row]:
    models, config = spending.models, spending.models.config
    rows: list[Row] = []
    for stage, model in models.rounds():
        if stage != "supervised":
            rows.append(training_row(models, stage, model))
        greedy = models.answers(f"iteration-{stage}-greedy", model, spending.problems)
        pool = models.answers(f"iteration-{stage}", model, spending.problems, samples=config.samples, temperature=1.0)
        accuracy = student(greedy.correct[:, 0].astype(float))
        rows.append(
            IterationStage(
                task=models.name,
                training_seed=models.seed,
                stage=stage,
                problems=len(spending.problems),
                greedy=accuracy.mean,
                low=accuracy.low,
                high=accuracy.high,
                coverage={str(number): float(chosen("checker", pool, number).mean()) for number in config.numbers},
            )
        )
    return rows


def _unsolvable(models: Models) -> list[Row]:
    asked = {
        (name, complexity): problems
        for complexity in countdown.trained
        for name, problems in (
            ("unsolvable", countdown.unsolvable(Draws(complexity), UNSOLVABLE, complexity)),
            ("solvable", draw(models.puzzles, Draws(complexity), UNSOLVABLE, complexity, "test", or_all=True)),
        )
    }
    rows: list[Row] = []
    for size in SIZES_OF_MODELS:
        model: TrainedModel = getattr(models, size)
        # All of them at once, so that one program serves them.
        whole = models.answers(f"unsolvable-{size}", model, joined(list(asked.values())))
        ends = np.cumsum([len(one) for one in asked.values()])
        answers = dict(
            zip(asked, (whole[first:end] for first, end in zip([0, *ends], ends, strict=False)), strict=True)
        )
        for complexity in countdown.trained:
            without = answers["unsolvable", complexity]
            problems = asked["unsolvable", complexity]
            rows.append(
                Unsolvable(
                    task="countdown",
                    training_seed=models.seed,
                    model=size,
                    complexity=complexity,
                    problems=len(problems),
                    tokens_spent=float(without.counts.mean()),
                    solvable_tokens_spent=float(answers["solvable", complexity].counts.mean()),
                    claimed=float(_claims(problems, without.tokens[:, 0], without.counts[:, 0]).mean()),
                )
            )
    return rows


def _claims(problems: Problems, tokens: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Whether the token before an answer's END is the target."""
    rows = np.arange(len(problems))
    target = problems.prompts[:, countdown.MOST + 2]
    before = tokens[rows, np.maximum(counts - 2, 0)]
    return (tokens[rows, counts - 1] == countdown.END) & (before == target)


def _lengths(models: Models, arm: Arm) -> list[Row]:
    chains = Chains(models, arm)
    return [*lengths(chains), *collapse(chains)]


def _thinking(models: Models, size: Size) -> list[Row]:
    return list(thinking(models, size))
