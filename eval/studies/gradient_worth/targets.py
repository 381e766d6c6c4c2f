"""What validation curves say of the cost of reaching a target, and of accuracy at equal compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from eval.recorder import Row
from eval.studies.gradient_worth.config import Config

Measure = Literal["accuracy", "loss"]
COSTS = ("examples", "flops", "seconds", "joules", "executions", "shots")


def reached_at(updates: Sequence[int], values: Sequence[float | None], target: float, measure: Measure) -> int | None:
    """Updates at the first look at which a curve is at least as good as the target; ``None`` where it never is.

    An accuracy must be at least the target, a loss at most; a value of ``None`` (a run that diverged) reaches nothing,
    nor does one before the first update: costs are compared by their ratios, and that one would be zero.
    """
    for update, value in zip(updates, values, strict=True):
        if update and value is not None and (value >= target if measure == "accuracy" else value <= target):
            return update
    return None


def costs_to_targets(curves: Sequence[Row], updates: Sequence[Row], config: Config) -> list[Row]:
    """A row a run and target: ``updates`` to it and what they cost, all ``None`` where it was not reached.

    Args:
        curves: Rows of curves of any number of models and seeds.
        updates: What one update costs, a row a model.
        config: Its targets.
    """
    wanted: dict[Measure, tuple[float, ...]] = {"accuracy": config.accuracy_targets, "loss": config.loss_targets}
    targets: list[tuple[Measure, float]] = [(measure, target) for measure, own in wanted.items() for target in own]
    cost = {row["model"]: row for row in updates}
    rows: list[Row] = []
    for (model, seed), own in _runs(curves).items():
        for measure, target in targets:
            seen = [row["updates"] for row in own]
            count = reached_at(seen, [row[f"validation_{measure}"] for row in own], target, measure)
            row = {"model": model, "training_seed": seed, "measure": measure, "target": target}
            row |= {"reached": count is not None, "updates": count}
            rows.append({**row, **costs(count, cost[model], config.batch_size)})
    return rows


def costs(updates: int | None, cost: Row, batch_size: int) -> Row:
    """What a number of updates costs; ``None`` for what does not exist, and for all where there is no number."""
    each = {"examples": batch_size, **{name: cost[f"{name}_update"] for name in COSTS if name != "examples"}}
    return {
        name: None if updates is None or amount is None else updates * amount for name, amount in each.items()
    }  # fmt: skip


def at_equal_flops(curves: Sequence[Row], updates: Sequence[Row], models: Sequence[str]) -> list[Row]:
    """Validation accuracy of every run at the smallest total of operations among ``models``, by linear interpolation.

    A run that ends before that budget is spent counts with what it ended at; ``flops`` is what it has then spent.
    """
    each = {row["model"]: row["flops_update"] for row in updates}
    total = {model: each[model] * max(row["updates"] for row in own) for (model, _), own in _runs(curves).items()}
    budget = min(total[model] for model in models)
    return [
        {
            "model": model,
            "training_seed": seed,
            "flops_budget": budget,
            "flops": min(budget, total[model]),
            "validation_accuracy": float(
                np.interp(
                    budget / each[model],
                    [row["updates"] for row in own],
                    [row["validation_accuracy"] for row in own],
                )
            ),
        }
        for (model, seed), own in _runs(curves).items()
    ]


def _runs(curves: Sequence[Row]) -> dict[tuple[str, int], list[Row]]:
    found: dict[tuple[str, int], list[Row]] = {}
    for row in curves:
        found.setdefault((row["model"], row["training_seed"]), []).append(row)
    return found
