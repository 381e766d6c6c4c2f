"""The scalar that is minimised, made of a paradigm and a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.interface import Paradigm
from training.data.split import Batch
from training.piecewise_loss import in_pieces, weighted_loss
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
        weights = jnp.asarray(batch.weights)
        if (cut := in_pieces(paradigm, len(weights))) is None:
            output = paradigm.apply(params, model_state, batch.inputs, key=key, train=True)
            loss = weighted_mean(task.loss(output.prediction, batch.targets), weights)
            scores = task.scores(output.prediction, batch.targets)
        else:
            output = cut.features(params, model_state, batch.inputs, key=key, train=True)
            shares = task.token_weights(batch.targets) * (weights / jnp.maximum(jnp.sum(weights), 1.0))[:, None]
            pieces = cut.pieces(len(weights))
            loss, right = weighted_loss(output.prediction, cut.readout(params), batch.targets, shares, pieces)
            scores = task.scores_of(right, batch.targets)
        loss = loss + output.penalty
        metrics = {f"train/{name}": weighted_mean(values, weights) for name, values in scores.items()}
        metrics |= {f"activity/{name}": value for name, value in output.telemetry.items()}
        return loss, Auxiliary(output.state, metrics)

    return objective
