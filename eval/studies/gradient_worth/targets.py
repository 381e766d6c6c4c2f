"""What validation curves say of the cost of reaching a target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.studies.gradient_worth.rows import Cost, Look, Measure, Round, Target, Update


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


def each_update(cost: Cost, update: Update, run: Sequence[Look], batch: int) -> int | float | None:
    """Return what an update of a run takes, of any cost but seconds; ``None`` for what does not exist or is unknown.

    With synaptic operations, the products of spikes in the forward pass and in the weights' gradient are replaced by
    one addition per spike and connection in each; the rest of the update stays as it is. Operations of another model
    are the same by all three counts.

    Args:
        cost: The cost.
        update: What an update of the model costs.
        run: The looks at the run.
        batch: Examples an update.
    """
    if cost == "examples":
        return batch
    if cost == "synaptic" and update.spike_flops is not None:
        events = [row.synaptic_operations for row in run if row.synaptic_operations is not None]
        if update.update_flops is None or not events:
            return None
        return update.update_flops - update.spike_flops + 2 * batch * float(np.mean(events))
    if cost == "gates" and update.gate_flops is not None:
        return update.gate_flops
    if cost in ("flops", "synaptic", "gates"):
        return update.update_flops
    return {"joules": update.joules, "circuit_executions": update.circuit_executions, "shots": update.shots}[cost]


def update_seconds(rounds: Sequence[Round]) -> float | None:
    """Return the geometric mean of an update's seconds over the rounds of timing; ``None`` where there is none."""
    logs = np.log([row.update_seconds for row in rounds])
    return float(np.exp(np.mean(logs))) if len(logs) else None


def costs_to_target(
    looks: Sequence[Look], update: Update, rounds: Sequence[Round], measure: Measure, target: float, batch: int
) -> list[Target]:
    """Say for every run of a model how many updates its target took and what they cost, all ``None`` if not reached.

    Args:
        looks: The looks at any number of seeds.
        update: What one update costs.
        rounds: The rounds in which it was timed.
        measure: What the target is of.
        target: The task's target.
        batch: Examples an update.
    """
    seconds = update_seconds(rounds)
    rows: list[Target] = []
    for (_, seed), own in by_run(looks).items():
        values = [row.eval_accuracy if measure == "accuracy" else row.eval_loss for row in own]
        count = reached_at([row.updates for row in own], values, target, measure)

        def times(amount: int | float | None, count: int | None = count) -> int | float | None:
            return None if count is None or amount is None else count * amount

        def paid(cost: Cost, own: Sequence[Look] = own, times=times) -> int | float | None:
            return times(each_update(cost, update, own, batch))

        examples, executions = paid("examples"), paid("circuit_executions")
        rows.append(
            Target(
                task=update.task,
                model=update.model,
                training_seed=seed,
                measure=measure,
                target=target,
                reached=count is not None,
                updates=count,
                examples_to_target=None if examples is None else int(examples),
                flops_to_target=paid("flops"),
                synaptic_to_target=paid("synaptic"),
                gates_to_target=paid("gates"),
                seconds_to_target=times(seconds),
                joules_to_target=paid("joules"),
                circuit_executions_to_target=None if executions is None else int(executions),
                shots_to_target=paid("shots"),
            )
        )
    return rows


def by_run(looks: Sequence[Look]) -> dict[tuple[str, int], list[Look]]:
    """Gather the looks at each run, by model and seed, in the order in which they were made."""
    found: dict[tuple[str, int], list[Look]] = {}
    for row in sorted(looks, key=lambda row: row.updates):
        found.setdefault((row.model, row.training_seed), []).append(row)
    return found
