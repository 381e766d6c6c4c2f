"""What the costs of an accuracy say of claim C0."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row
from eval.statistics.equivalence import above, below
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.context import conditions, context
from eval.studies.gradient_worth.data import Kind, cases
from eval.studies.gradient_worth.findings import (
    ASKED,
    COSTS,
    Asked,
    Comparison,
    Findings,
    comparisons,
    findings,
    gain,
)
from eval.studies.gradient_worth.models import CIRCUIT, PRODUCT
from eval.studies.gradient_worth.rows import Measure

_LIMITS = CLAIMS["C0"].thresholds
_NOUNS: dict[Measure, str] = {"accuracy": "accuracy", "loss": "error"}
"""What models are brought to: an accuracy, or an error where they predict values."""


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C0.

    Args:
        rows: The table; what it holds of targets and of what they cost is computed again from the curves.
        config: The settings of the study.

    Returns:
        One verdict.
    """
    found = {case.task: findings(rows, case.task, config) for case in cases(config)}
    kinds = {case.task: case.kind for case in cases(config)}

    def of_kind(kind: Kind) -> list[Findings]:
        return [one for task, one in found.items() if kinds[task] == kind]

    judgements = (
        *(_dearer(name, asked, of_kind(asked.kind), config) for name, asked in ASKED.items()),
        _entanglement(of_kind("static"), config),
    )
    every = list(found.values())
    told = conditions(every, comparisons(config), config)
    return [Verdict("C0", judgements, tuple(told), tuple(context(every, config)))]


def _not_judged(name: str, tasks: Sequence[Findings], kind: Kind) -> Judgement | None:
    """Say why nothing is judged, where that is so."""
    if not tasks:
        what = "without time" if kind == "static" else "in time"
        return not_measured(name, f"The data hold no examples {what}.", f"a task {what} in settings.tasks")
    for one in tasks:
        if one.gate == "unknown":
            return not_measured(
                name,
                f"What decides whether {one.task} is judged is not all in the table.",
                "all trials of the linear model and of the deep networks, and whole runs of the linear model",
            )
    if not any(one.gate == "open" for one in tasks):
        names = " and ".join(one.task for one in tasks)
        return not_measured(
            name,
            f"On {names} a linear model reaches what deep networks do, or nearly.",
            "a task that a linear model does not solve",
        )
    return None


def _dearer(name: str, asked: Asked, tasks: Sequence[Findings], config: Config) -> Judgement:
    nothing = _not_judged(name, tasks, asked.kind)
    if nothing is not None:
        return nothing
    found = [one.compare(asked.rival, asked.cost, comparisons(config)) for one in tasks if one.gate == "open"]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return not_measured(
            name,
            f"What the {asked.rival} or the deep networks pay is not in the table, or no run is whole.",
            "whole runs of each of these models, what an update of each costs, and all rounds of timing",
        )
    measures: dict[str, Measure] = {one.task: one.goal.measure for one in tasks if one.goal is not None}
    # The statement is of all tasks: the smallest ratio decides it.
    low, high = (min(ends) for ends in zip(*(one.ends for one in known), strict=True))
    enough = all(one.pairs >= _LIMITS["least_seeds"] for one in known)
    shown = min(known, key=lambda one: (one.bound == "unknown", one.ratio.mean if one.ratio else math.inf))
    needed = _needed(known, enough, measures[shown.task])
    decision = above(low, high, _LIMITS["log10_ratio"]) if enough else None
    if shown.ratio is None or shown.bound == "unknown":
        called = f"the {shown.rival} and the {shown.reference}"
        return judged(
            name, decision, f"What {called} pay on {shown.task} was not seen with enough seeds.", needed=needed
        )
    bound = f", {shown.bound}" if shown.bound else ""
    return judged(
        name,
        decision,
        "; ".join(_told(one, tasks) for one in known) + ".",
        needed=needed,
        quantity=f"log10 of {COSTS[asked.cost]} to the {_NOUNS[measures[shown.task]]} on {shown.task}, "
        f"{shown.rival} ÷ {shown.reference}{bound}",
        value=shown.ratio.mean,
        low=shown.ratio.low,
        high=shown.ratio.high,
    )


def _told(one: Comparison, tasks: Sequence[Findings]) -> str:
    (goal,) = [found.goal for found in tasks if found.task == one.task]
    assert goal is not None, "what is compared has a target"
    target = f"{goal.target:.0%} accuracy" if goal.measure == "accuracy" else f"an error of {goal.target:.2g}"
    return f"To {target} on {one.task} the {one.rival} takes {times(one)} the {COSTS[one.cost]} of the {one.reference}"


def times(one: Comparison) -> str:
    """Say how many times as much the rival pays, with the bound where it is one."""
    if one.ratio is None or one.bound == "unknown":
        return "an unknown multiple of"
    value = 10**one.ratio.mean
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
    return f"{one.bound} {shown} times".strip()


def _needed(found: Sequence[Comparison], enough: bool, measure: Measure) -> str:
    if not enough:
        return f"at least {_LIMITS['least_seeds']:g} paired seeds: raise settings.seeds"
    if any(one.bound for one in found):
        return f"more settings.steps, with which no seed falls short of the {_NOUNS[measure]}"
    return "more settings.seeds: the interval of the ratio holds 1"


def _entanglement(tasks: Sequence[Findings], config: Config) -> Judgement:
    name, least = "entanglement", _LIMITS["least_seeds"]
    nothing = _not_judged(name, tasks, "static")
    if nothing is not None:
        return nothing
    needed = f"at least {least:g} paired seeds with entanglement and without"
    found = {one.task: gain(one.rows, CIRCUIT, PRODUCT, comparisons(config)) for one in tasks if one.gate == "open"}
    known = {task: (pairs, interval) for task, (pairs, interval) in found.items() if interval is not None}
    if len(known) < len(found):
        if any(one.goal is not None and one.goal.measure == "loss" for one in tasks):
            return not_measured(name, "What is predicted are values, which have no accuracy.", "data of classes")
        return not_measured(name, "The circuit was not tested with entanglement and without.", needed)
    mean, low, high = (max(ends) for ends in zip(*(interval for _, interval in known.values()), strict=True))
    enough = all(pairs >= least for pairs, _ in known.values())
    parts = [
        f"{abs(100 * one.mean):.1f} points {'higher' if one.mean >= 0 else 'lower'} on {task}"
        for task, (_, one) in known.items()
    ]
    return judged(
        name,
        below(low, high, _LIMITS["entanglement_gain"]) if enough else None,
        f"With entanglement the circuit's test accuracy is {' and '.join(parts)}.",
        needed=needed if not enough else "more settings.seeds: the interval of the gain holds 0.02",
        quantity="test accuracy with entanglement less that without",
        value=mean,
        low=low,
        high=high,
    )
