"""What validation curves say of the cost of reaching a target, and of accuracy at equal compute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.rows import EqualFlops, Look, Measure, Target, Update


def reached_at(updates: Sequence[int], values: Sequence[float | None], target: float, measure: Measure) -> int | None:
    """Updates at the look from which on a curve stays at least as good as the target; ``None`` where it ends worse.

    A passage that does not last is none: which look first passes a target is a matter of noise. An accuracy must be at
    least the target, a loss at most; a value of ``None`` (a run that diverged) reaches nothing, nor does one before the
    first update: costs are compared by their ratios, and that one would be zero.
    """
    found = None
    for update, value in zip(updates, values, strict=True):
        good = update and value is not None and (value >= target if measure == "accuracy" else value <= target)
        found = None if not good else update if found is None else found
    return found


def costs_to_targets(looks: Sequence[Look], updates: Sequence[Update], config: Config) -> list[Target]:
    """Say for every run and target how many updates it took and what they cost, all ``None`` where it was not reached.

    Args:
        looks: The looks at any number of models and seeds.
        updates: What one update costs, of each of these models.
        config: Its targets; of values, those of losses alone.
    """
    wanted: dict[Measure, tuple[float, ...]] = {"accuracy": config.accuracy_targets, "loss": config.loss_targets}
    if any(row.eval_accuracy is None for row in looks):
        del wanted["accuracy"]
    targets: list[tuple[Measure, float]] = [(measure, target) for measure, own in wanted.items() for target in own]
    cost = {row.model: row for row in updates}
    rows: list[Target] = []
    for (model, seed), own in by_run(looks).items():
        for measure, target in targets:
            values = [row.eval_accuracy if measure == "accuracy" else row.eval_loss for row in own]
            count = reached_at([row.updates for row in own], values, target, measure)
            rows.append(_paid(cost[model], seed, measure, target, count, config.batch_size))
    return rows


def _paid(each: Update, seed: int, measure: Measure, target: float, updates: int | None, batch_size: int) -> Target:
    """Write what a number of updates costs; ``None`` for what does not exist, and for all where there is no number."""

    def times(amount: int | float | None) -> int | float | None:
        return None if updates is None or amount is None else updates * amount

    executions = each.circuit_executions
    return Target(
        model=each.model,
        training_seed=seed,
        measure=measure,
        target=target,
        reached=updates is not None,
        updates=updates,
        examples_to_target=None if updates is None else updates * batch_size,
        flops_to_target=times(each.update_flops),
        seconds_to_target=times(each.update_seconds),
        joules_to_target=times(each.joules),
        circuit_executions_to_target=None if updates is None or executions is None else updates * executions,
        shots_to_target=times(each.shots),
    )


def at_equal_flops(looks: Sequence[Look], updates: Sequence[Update], models: Sequence[str]) -> list[EqualFlops]:
    """Interpolate the validation accuracy of every run at the smallest total of operations among ``models``.

    A run that ends before that budget is spent counts with what it ended at. There are none of values, which have no
    accuracy.

    Args:
        looks: The looks at any number of models and seeds, those of ``models`` among them.
        updates: What one update costs; models whose operations are not known are left out.
        models: Those whose totals are compared.
    """
    if any(row.eval_accuracy is None for row in looks):
        return []
    each = {row.model: row.update_flops for row in updates if row.update_flops is not None}
    own_runs = {run: own for run, own in by_run(looks).items() if run[0] in each}
    total = {model: each[model] * max(row.updates for row in own) for (model, _), own in own_runs.items()}
    budget = min(total[model] for model in models)

    def reached(model: str, own: Sequence[Look]) -> float:
        accuracies = [row.eval_accuracy for row in own if row.eval_accuracy is not None]
        return float(np.interp(budget / each[model], [row.updates for row in own], accuracies))

    return [
        EqualFlops(
            model=model,
            training_seed=seed,
            flops_budget=budget,
            flops_spent=min(budget, total[model]),
            eval_accuracy=reached(model, own),
        )
        for (model, seed), own in own_runs.items()
    ]


def by_run(looks: Sequence[Look]) -> dict[tuple[str, int], list[Look]]:
    """Gather the looks at each run, by model and seed, in the order in which they were made."""
    found: dict[tuple[str, int], list[Look]] = {}
    for row in sorted(looks, key=lambda row: row.updates):
        found.setdefault((row.model, row.training_seed), []).append(row)
    return found
