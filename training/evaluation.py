"""Loss, scores and telemetry of a split, without gradients."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from paradigms.interface import Paradigm
from training.data.pipeline import eval_batches
from training.data.split import Batch, Split
from training.piecewise_loss import in_pieces, token_losses
from training.state import TrainState
from training.tasks import Task

NO_FULL_BATCH = "no batch of this split is without padding; lower trainer.batch_size"
COUNT, FULL = "count", "full"
"""Sums that are no metric: examples of a batch, and the same where none of them is padding."""


def evaluation_sums(paradigm: Paradigm, task: Task) -> Callable[..., dict[str, Array]]:
    """``(params, model_state, batch, key) -> sums``: loss and scores summed over the batch, and their ``count``.

    Telemetry is a mean over the batch, padding included: it is taken from batches without padding only, times ``full``.
    """

    def sums(params: PyTree, model_state: PyTree, batch: Batch, key: PRNGKeyArray) -> dict[str, Array]:
        size = len(batch.weights)
        if (cut := in_pieces(paradigm, size)) is None:
            output = paradigm.apply(params, model_state, batch.inputs, key=key, train=False)
            values = {"loss": task.loss(output.prediction, batch.targets)}
            values |= task.scores(output.prediction, batch.targets)
        else:
            output = cut.features(params, model_state, batch.inputs, key=key, train=False)
            readout, pieces = cut.readout(params), cut.pieces(size)
            losses, right = token_losses(output.prediction, readout, batch.targets, pieces)
            shares = task.token_weights(batch.targets)
            values = {"loss": jnp.sum(jnp.where(shares > 0, shares * losses, 0), axis=1)}
            values |= task.scores_of(right, batch.targets)
        totals = {name: jnp.sum(value * batch.weights) for name, value in values.items()}
        full = jnp.sum(batch.weights) * jnp.all(batch.weights > 0)
        telemetry = {name: full * value for name, value in output.telemetry.items()}
        return {**telemetry, **totals, COUNT: jnp.sum(batch.weights), FULL: full}

    return sums


def evaluation_means(totals: Mapping[str, Any], telemetry: Collection[str], *, some_full: bool) -> dict[str, Any]:
    """Means over examples, from sums of :func:`evaluation_sums` over batches.

    Args:
        totals: The sums.
        telemetry: Names of what the model tells of itself.
        some_full: Whether a batch was without padding; there is no telemetry otherwise.
    """
    names = [name for name in totals if name not in (COUNT, FULL, *telemetry)]
    means = {name: totals[name] / totals[COUNT] for name in names}
    return means | ({name: totals[name] / totals[FULL] for name in telemetry} if some_full else {})


def split_means(
    paradigm: Paradigm, task: Task, split: Split, batch_size: int
) -> Callable[[TrainState], dict[str, Float[Array, ""]]]:
    """``state -> means`` over a split, as the Trainer evaluates it, but in one program that can be vectorised.

    Args:
        paradigm: The model.
        task: What gives the loss and the scores.
        split: Examples, read now; the device holds all of them.
        batch_size: Examples at once.

    Returns:
        A function from a state to its ``loss``, the task's scores, and the model's telemetry where a batch is without
        padding.
    """
    batches = jax.tree.map(lambda *leaves: np.stack(leaves), *eval_batches(split, batch_size))
    some_full = bool((batches.weights > 0).all(axis=1).any())
    sums = evaluation_sums(paradigm, task)

    def means(state: TrainState) -> dict[str, Array]:
        def of_batch(batch: Batch) -> dict[str, Array]:
            return sums(state.params, state.model_state, batch, state.key)

        totals = jax.tree.map(lambda values: jnp.sum(values, axis=0), jax.lax.map(of_batch, batches))
        one = jax.tree.map(lambda leaf: leaf[0], batches.inputs)
        return evaluation_means(totals, _telemetry(paradigm, state, one), some_full=some_full)

    return means


def batch_means(paradigm: Paradigm, task: Task) -> Callable[[TrainState, Batch], dict[str, Float[Array, ""]]]:
    """Average over one batch without padding, so that states which have their own data can be vectorised.

    Returns:
        A function from a state and a batch to the means that :func:`split_means` gives.
    """
    sums = evaluation_sums(paradigm, task)

    def means(state: TrainState, batch: Batch) -> dict[str, Array]:
        totals = sums(state.params, state.model_state, batch, state.key)
        return evaluation_means(totals, _telemetry(paradigm, state, batch.inputs), some_full=True)

    return means


def _telemetry(paradigm: Paradigm, state: TrainState, inputs: PyTree) -> Collection[str]:
    """Names of what the model tells of itself."""
    output = jax.eval_shape(
        lambda state, inputs: paradigm.apply(state.params, state.model_state, inputs, key=state.key, train=False),
        state,
        inputs,
    )
    return output.telemetry
