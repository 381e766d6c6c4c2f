"""What the trials choose, all by rules that were fixed before any judged run: targets, sizes and rates, references."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eval.claims import CLAIMS
from eval.rows import Row, of
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.models import DEEP, LINEAR, PRODUCT, sizes
from eval.studies.gradient_worth.rows import Goal, Measure, Trial
from eval.studies.gradient_worth.targets import reached_at
from eval.studies.gradient_worth.training import looks, tuning_seeds


class Choice(NamedTuple):
    """A model's size and learning rate."""

    size: int
    learning_rate: float


class _Found(NamedTuple):
    """What the seeds of tuning say of a size and a rate: how many fell short, their updates, and where they ended."""

    short: int
    log_updates: float
    end: float
    flops: float


def trials(rows: Sequence[Row], task: str, model: str, config: Config) -> list[Trial] | None:
    """Return a model's trials; ``None`` if one of them is not in the table: what was best is then not known.

    The circuit without entanglement is tried in one size alone, that which was chosen for the circuit.
    """
    own = [row for row in of(rows, Trial) if (row.task, row.model) == (task, model)]
    found = {(row.size, row.learning_rate, row.training_seed) for row in own}
    places = {row.size for row in own} if model == PRODUCT else set(sizes(model, config))
    wanted = {(size, rate, seed) for size in places for rate in config.learning_rates for seed in tuning_seeds(config)}
    return own if own and found == wanted else None


def goal(rows: Sequence[Row], task: str, config: Config) -> Goal | None:
    """Set a task's target; ``None`` where the trials of the linear model and of the deep networks are not all there.

    It lies ``config.target_fraction`` of the way from the linear model's end to that of the better deep network, each
    with its best size and learning rate, in the mean of the seeds of tuning.
    """
    known = {model: trials(rows, task, model, config) for model in (LINEAR, *DEEP)}
    found = {model: own for model, own in known.items() if own is not None}
    if len(found) < len(known):
        return None
    measure: Measure = "loss" if any(row.accuracies is None for own in found.values() for row in own) else "accuracy"
    better = max if measure == "accuracy" else min
    ends = {model: better(_end(group, measure) for group in _groups(own).values()) for model, own in found.items()}
    linear, deep = ends[LINEAR], better(ends[model] for model in DEEP)
    gap = deep - linear if measure == "accuracy" else linear - deep
    return Goal(
        task=task,
        measure=measure,
        linear=linear,
        deep=deep,
        target=linear + config.target_fraction * (deep - linear),
        wide=bool(math.isfinite(gap) and gap >= CLAIMS["C0"].thresholds["least_gap"]),
    )


def choice(own: Sequence[Trial], aim: Goal, config: Config) -> Choice:
    """Choose a model's size and learning rate: those that take the fewest operations to the target.

    Fewer seeds that fall short come first; where all do, the better end decides.
    """

    def rank(key: Choice) -> tuple[int, float]:
        one = _found(groups[key], aim, config)
        every = one.short == len(groups[key])
        worse = -one.end if aim.measure == "accuracy" else one.end
        return (one.short, worse if every else one.log_updates + one.flops)

    groups = _groups(own)
    return min(groups, key=rank)


def log_cost(own: Sequence[Trial], chosen: Choice, aim: Goal, each: int | float, config: Config) -> tuple[int, float]:
    """Say how many seeds of tuning fell short of the target, and the logarithm of what they paid, in the mean.

    Args:
        own: A model's trials.
        chosen: Its size and learning rate.
        aim: The target.
        each: What an update costs.
        config: The settings.
    """
    found = _found(_groups(own)[chosen], aim, config)
    return found.short, found.log_updates + math.log(each)


def _groups(own: Sequence[Trial]) -> dict[Choice, list[Trial]]:
    groups: dict[Choice, list[Trial]] = {}
    for row in own:
        groups.setdefault(Choice(row.size, row.learning_rate), []).append(row)
    return groups


def _values(row: Trial, measure: Measure) -> Sequence[float | None]:
    return row.losses if measure == "loss" or row.accuracies is None else row.accuracies


def _end(group: Sequence[Trial], measure: Measure) -> float:
    """The mean of where runs ended; one that diverged reached nothing."""
    worst = 0.0 if measure == "accuracy" else math.inf
    return float(np.mean([worst if (end := _values(row, measure)[-1]) is None else end for row in group]))


def _found(group: Sequence[Trial], aim: Goal, config: Config) -> _Found:
    updates = [reached_at(looks(config), _values(row, aim.measure), aim.target, aim.measure) for row in group]
    counted = [config.steps if one is None else one for one in updates]
    flops = group[0].update_flops
    return _Found(
        short=sum(one is None for one in updates),
        log_updates=float(np.mean(np.log(counted))),
        end=_end(group, aim.measure),
        flops=0.0 if flops is None else math.log(flops),
    )
