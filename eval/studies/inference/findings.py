"""Sentences on what was found that decide nothing but belong to the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from eval.rows import Row, of
from eval.studies.inference.config import Config
from eval.studies.inference.rows import (
    ChainLength,
    Collapse,
    CoverageFit,
    EqualCost,
    IterationStage,
    Overthinking,
    PretrainedResult,
    StrategyResult,
    Tower,
    Unsolvable,
    VerifierQuality,
)
from training.data.puzzles import chain


def of_strategies(rows: list[Row], config: Config) -> tuple[str, ...]:
    """Say what the checker, the verifiers, searches, ratios and expert iteration come to."""
    compared = of(rows, EqualCost)
    found: list[str] = [*_at_equal_cost(compared, config)]
    for task in config.tasks:
        own = [row for row in compared if row.task == task]
        found += _selectors(task, own)
        if any(row.verifier is not None for row in own):
            found += _searches(task, own, config)
        found += _ratios(task, own, config)
        found += _verifiers(task, of(rows, VerifierQuality))
    found += _iteration(of(rows, IterationStage))
    found += _coverage(of(rows, CoverageFit))
    found += _pretrained(of(rows, PretrainedResult))
    if not any(row.strategy == "tree" for row in of(rows, StrategyResult)):
        found.append("No tree was searched: mctx is not installed, or settings.simulations names none.")
    return tuple(found)


def of_chains(rows: list[Row]) -> tuple[str, ...]:
    """Say where chains end and what more answers do, and what problems without an answer come to."""
    found = [*_ends(of(rows, Collapse), of(rows, Overthinking))]
    unsolvable = of(rows, Unsolvable)
    if unsolvable:
        claimed, spent, solvable = (
            _mean(getattr(row, name) for row in unsolvable)
            for name in ("claimed", "tokens_spent", "solvable_tokens_spent")
        )
        found.append(
            f"The models answer {100 * claimed:.0f}% of the countdown problems that have no answer with a line that "
            "ends in the target."
        )
        found.append(
            f"On them the models write {spent:.1f} tokens, and {solvable:.1f} on problems that have an answer."
        )
    direct = [row for row in of(rows, ChainLength) if row.model == "longer_prompts" and row.form == "DIRECT"]
    untrained = [row.accuracy for row in direct if row.complexity > max(chain.trained)]
    if untrained:
        found.append(
            "The model that was also trained on longer prompts answers them at once, and right, in "
            f"{100 * _mean(untrained):.1f}% of the cases."
        )
    found += _towers(of(rows, Tower))
    return tuple(found)


def _ends(collapses: Sequence[Collapse], overthinking: Sequence[Overthinking]) -> Iterable[str]:
    own = [row for row in collapses if row.model == "large"]
    if own:
        accuracy, expected = (100 * _mean(getattr(row, name) for row in own) for name in ("accuracy", "extrapolated"))
        yield (
            f"The large model solves {accuracy:.1f}% of the chains that are one step longer than those it was trained "
            f"on; if its errors only added up, it would solve {expected:.0f}%."
        )
    most = max((row.verifier for row in overthinking), default=0)
    whole = [row for row in overthinking if row.verifier == most and row.complexity is None]
    if whole:
        best, last = (100 * _mean(getattr(row, name) for row in whole) for name in ("accuracy", "whole_accuracy"))
        yield (
            f"By a learned verifier's best score, the best number of answers solves {best:.1f}% of countdown, and all "
            f"of them {last:.1f}%; with an exact checker more answers do no harm."
        )


def _towers(rows: Sequence[Tower]) -> Iterable[str]:
    for size in ("small", "large"):
        shares = [
            100 * np.average([row.accuracy for row in own], weights=[row.problems for row in own])
            for trained in (True, False)
            if (own := [row for row in rows if row.model == size and row.trained == trained])
        ]
        if len(shares) == 2:
            yield (
                f"The {size} model moves {shares[0]:.0f}% of the untrained towers of as many discs as were trained to "
                f"their goal, and {shares[1]:.0f}% of those of more discs."
            )


def _pretrained(rows: Sequence[PretrainedResult]) -> Iterable[str]:
    for operands in sorted({row.operands for row in rows}):
        own = [row for row in rows if row.operands == operands]
        most = max(row.samples for row in own)
        share = {
            row.selector: f"{100 * row.accuracy:.0f}%" for row in own if row.selector is None or row.samples == most
        }
        asked = f"{own[0].model}, which others trained, solves {share[None]} of the problems of {operands} numbers in"
        yield f"{asked} words when it is read greedily, and {share['majority']} by the vote of its answers."
        yield (
            f"By the likelihood of its answers it solves {share['likelihood']} of them, and by its own word on whether "
            f"an answer is right {share['verifier']}."
        )
        yield f"In {share['coverage']} of them one of its {most} answers is right, which is an upper bound."


def _whole(rows: Sequence[EqualCost], ratio: float | None = None) -> list[EqualCost]:
    return [
        row
        for row in rows
        if row.complexity is None and row.difficulty_bin is None and row.inference_ratio == ratio and row.preferred
    ]


def _at_equal_cost(rows: Sequence[EqualCost], config: Config) -> Iterable[str]:
    """Say what an exact checker comes to, and apart from it what a learned verifier does."""
    by_checker = [row for row in _whole(rows) if row.selector == "checker"]
    for task in config.tasks:
        own = [row for row in by_checker if row.task == task]
        if own:
            small, large = (
                f"{100 * _mean(getattr(row, name) for row in own):.1f}%"
                for name in ("small_accuracy", "large_accuracy")
            )
            yield (
                f"With an exact checker, which bounds every selector, the small model solves {small} of {task}, and "
                f"the large one, read greedily, {large}."
            )
    most = config.verifier_problems[-1]
    best = [row for row in _whole(rows) if row.strategy == "compute_optimal" and row.verifier == most]
    told = {task: own for task in config.tasks if (own := [row for row in best if row.task == task])}
    if told:
        points = " and ".join(f"{_gain(own)} on {task}" for task, own in told.items())
        yield f"With a learned verifier in the checker's place, its best strategies solve {points} than the large one."


def _selectors(task: str, rows: Sequence[EqualCost]) -> Iterable[str]:
    likeliest = [row for row in _whole(rows) if row.selector == "likelihood"]
    if likeliest:
        yield f"On {task}, the likeliest of its answers solve {_points(likeliest)} the large one."


def _points(rows: Sequence[EqualCost]) -> str:
    return f"{_gain(rows)} than"


def _gain(rows: Sequence[EqualCost]) -> str:
    mean = 100 * _mean(row.difference for row in rows)
    return f"{abs(mean):.1f} points {'more' if mean >= 0 else 'less'}"


def _searches(task: str, rows: Sequence[EqualCost], config: Config) -> Iterable[str]:
    most = config.verifier_problems[-1]
    for strategy, name in (("beam", "beam search"), ("tree", "tree search"), ("revision", "revision")):
        own = [
            row
            for row in _whole(rows)
            if row.strategy == strategy and row.verifier == most and row.selector in ("verifier", None)
        ]
        best_of = [
            row
            for row in _whole(rows)
            if row.strategy == "sampling" and row.verifier == most and row.selector == "verifier"
        ]
        if own and best_of:
            yield (
                f"On {task}, {name} solves {100 * _mean(row.small_accuracy for row in own):.1f}% at the same "
                f"operations, and best-of-N by the same verifier "
                f"{100 * _mean(row.small_accuracy for row in best_of):.1f}%."
            )
        elif rows:
            yield f"On {task}, {name} was not run, or even the smallest one spends more than the large model."


def _ratios(task: str, rows: Sequence[EqualCost], config: Config) -> Iterable[str]:
    most = config.verifier_problems[-1]
    for ratio in sorted({row.inference_ratio for row in rows if row.inference_ratio is not None}):
        own = [row for row in _whole(rows, ratio) if row.strategy == "compute_optimal" and row.verifier == most]
        if own:
            spent = _mean(row.cost_ratio for row in own)
            yield (
                f"On {task}, where training counts and R = {ratio:g}, the best strategies solve {_points(own)} the "
                f"large model and spend {spent:.1f} times its operations at inference."
            )


def _verifiers(task: str, rows: Sequence[VerifierQuality]) -> Iterable[str]:
    for verifier in sorted({row.verifier for row in rows if row.task == task}):
        own = [row for row in rows if row.task == task and row.verifier == verifier and row.problems_of == "test"]
        if own:
            area = _mean(row.area_under_curve for row in own)
            within = _mean(row.area_within_problems for row in own)
            yield (
                f"On {task}, the verifier of {verifier:,} problems ranks a right answer above a wrong one with "
                f"probability {area:.2f}, and {within:.2f} within a problem."
            )


def _iteration(rows: Sequence[IterationStage]) -> Iterable[str]:
    stages = {stage: [row for row in rows if row.stage == stage] for stage in dict.fromkeys(row.stage for row in rows)}
    last = [stage for stage in stages if stage.startswith("round")]
    if not last or "control" not in stages:
        return
    rounds, control = stages[last[-1]], stages["control"]
    yield (
        f"Expert iteration solves {100 * _mean(row.greedy for row in rounds):.1f}% greedily, and as many further "
        f"supervised updates {100 * _mean(row.greedy for row in control):.1f}%."
    )
    number = max(map(int, rounds[0].coverage))
    covered = [_mean(row.coverage[str(number)] for row in own) for own in (rounds, control)]
    yield (
        f"One of {number} answers is right in {100 * covered[0]:.1f}% of the problems after expert iteration, and in "
        f"{100 * covered[1]:.1f}% after its control."
    )


def _coverage(rows: Sequence[CoverageFit]) -> Iterable[str]:
    misfits = [row.misfit for row in rows if row.misfit is not None]
    if misfits:
        yield (
            "The exponentiated power law of coverage is off by up to "
            f"{100 * max(misfits):.1f} points (root mean square)."
        )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
