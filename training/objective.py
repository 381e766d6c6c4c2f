"""From a paradigm and a task to the scalar that is minimised."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.interface import Paradigm
from training.data.split import Batch
from training.tasks import Task


class Auxiliary(NamedTuple):
    """What a loss returns beside its value: the next model state, and scalar metrics of the batch."""

    model_state: PyTree
    metrics: dict[str, Array]


Objective = Callable[[PyTree, PyTree, Batch, PRNGKeyArray], tuple[Float[Array, ""], Auxiliary]]


def weighted_mean(values: Float[Array, " batch"], weights: Float[Array, " batch"]) -> Float[Array, ""]:
    """Mean over the examples that are no padding; zero where all are."""
    return jnp.sum(values * weights) / jnp.maximum(jnp.sum(weights), 1.0)


def training_objective(paradigm: Paradigm, task: Task) -> Objective:
    """``(params, model_state, batch, key) -> (loss, auxiliary)``: the mean loss of a batch plus the penalty."""

    def objective(
        params: PyTree, model_state: PyTree, batch: Batch, key: PRNGKeyArray
    ) -> tuple[Float[Array, ""], Auxiliary]:
        output = paradigm.apply(params, model_state, batch.inputs, key=key, train=True)
        weights = jnp.asarray(batch.weights)
        loss = weighted_mean(task.loss(output.prediction, batch.targets), weights) + output.penalty
        scores = task.scores(output.prediction, batch.targets)
        metrics = {f"train/{name}": weighted_mean(values, weights) for name, values in scores.items()}
        metrics |= {f"activity/{name}": value for name, value in output.telemetry.items()}
        return loss, Auxiliary(output.state, metrics)

    return objective


NO_FULL_BATCH = "no batch of this split is without padding; lower trainer.batch_size"
COUNT, FULL = "count", "full"
"""Sums that are no metric: examples of a batch, and the same where none of them is padding."""


def evaluation_sums(paradigm: Paradigm, task: Task) -> Callable[..., dict[str, Array]]:
    """``(params, model_state, batch, key) -> sums``: loss and scores summed over the batch, and their ``count``.

    Telemetry is a mean over the batch, padding included: it is taken from batches without padding only, times ``full``.
    """

    def sums(params: PyTree, model_state: PyTree, batch: Batch, key: PRNGKeyArray) -> dict[str, Array]:
        output = paradigm.apply(params, model_state, batch.inputs, key=key, train=False)
        values = {"loss": task.loss(output.prediction, batch.targets)}
        values |= task.scores(output.prediction, batch.targets)
        totals = {name: jnp.sum(value * batch.weights) for name, value in values.items()}
        full = jnp.sum(batch.weights) * jnp.all(batch.weights > 0)
        telemetry = {name: full * value for name, value in output.telemetry.items()}
        return {**telemetry, **totals, COUNT: jnp.sum(batch.weights), FULL: full}

    return sums


def evaluation_means(totals: Mapping[str, float], telemetry: Collection[str]) -> dict[str, float]:
    """Means over examples, from sums of :func:`evaluation_sums` over batches; telemetry only where a batch was full."""
    names = [name for name in totals if name not in (COUNT, FULL, *telemetry)]
    means = {name: totals[name] / totals[COUNT] for name in names}
    return means | ({name: totals[name] / totals[FULL] for name in telemetry} if totals[FULL] else {})
