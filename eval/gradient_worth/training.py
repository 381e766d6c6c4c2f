"""All seeds of a model in one program: validation curves, parameters on the way, and the choice of a learning rate."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from eval.gradient_worth import data
from eval.gradient_worth.config import Config
from eval.gradient_worth.models import models
from eval.short_training import train
from eval.study import Row


class Runs(NamedTuple):
    """Training runs, each looked at before the first update and after each record's."""

    loss: Float[Array, "runs looks"]
    accuracy: Float[Array, "runs looks"]
    params: PyTree


def judged_seeds(config: Config) -> list[int]:
    """Of the repetitions that are judged."""
    return [config.seed + place for place in range(config.seeds)]


def tuning_seeds(config: Config) -> list[int]:
    """Of the repetitions that choose a learning rate: none of those that are judged."""
    return [config.seed + config.seeds + place for place in range(config.tuning_seeds)]


def looks(config: Config) -> list[int]:
    """Updates after which a run is looked at."""
    return [place * config.steps // config.records for place in range(config.records + 1)]


def runs(name: str, rates: Sequence[float], seeds: Sequence[int], config: Config) -> Runs:
    """Train a model once for each pair of a learning rate and a seed; validation loss in nats.

    One program serves any number of pairs: they are run ``config.seeds`` at a time.
    """
    program, width = _program(name, config), config.seeds
    idle = -len(seeds) % width
    every_rate, every_seed = [*rates, *[rates[-1]] * idle], [*seeds, *[seeds[-1]] * idle]
    parts = [
        program(jnp.array(every_rate[start : start + width], jnp.float32), jnp.array(every_seed[start : start + width]))
        for start in range(0, len(seeds), width)
    ]
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves)[: len(seeds)], *parts)


@functools.lru_cache(maxsize=1)
def _program(name: str, config: Config) -> Callable[[Float[Array, " runs"], Int[Array, " runs"]], Runs]:
    digits, paradigm = data.load(config.side), models(config)[name].paradigm

    def one(rate: Float[Array, ""], seed: Int[Array, ""]) -> Runs:
        # The second key draws the batches: the same for every model of a seed.
        init_key, batch_key = jax.random.split(jax.random.key(seed))
        start, state = paradigm.init(init_key)

        def loss(params: PyTree, key: PRNGKeyArray, step: Int[Array, ""]) -> Float[Array, ""]:
            batch = jax.random.choice(key, len(digits.train.targets), (config.batch_size,), replace=False)
            output = paradigm.apply(params, state, digits.train.inputs[batch], key=key, train=True)
            return jnp.mean(digits.task.loss(output.prediction, digits.train.targets[batch])) + output.penalty

        def record(params: PyTree) -> Runs:
            return Runs(*scores(name, params, state, digits.validation, config), params)

        _, kept = train(
            loss, start, batch_key, steps=config.steps, learning_rate=rate, record=record, records=config.records
        )
        return kept

    return jax.jit(jax.vmap(one))


def scores(
    name: str, params: PyTree, state: PyTree, examples: data.Examples, config: Config
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Mean loss in nats and accuracy."""
    task, paradigm = data.load(config.side).task, models(config)[name].paradigm
    prediction = paradigm.apply(params, state, examples.inputs, key=jax.random.key(0), train=False).prediction
    accuracy = task.scores(prediction, examples.targets)["accuracy"]
    return jnp.mean(task.loss(prediction, examples.targets)), jnp.mean(accuracy)


def tune(name: str, config: Config) -> list[Row]:
    """A row a trial: the validation loss, averaged over the looks after the start, ``None`` where it diverged.

    The average rewards a rate that is fast as well as one that ends well, since what is judged is a cost to a target.
    """
    pairs = [(rate, seed) for rate in config.learning_rates for seed in tuning_seeds(config)]
    found = runs(name, [rate for rate, _ in pairs], [seed for _, seed in pairs], config)
    losses = np.asarray(found.loss[:, 1:], np.float64).mean(axis=1)
    return [
        {
            "learning_rate": rate,
            "training_seed": seed,
            "mean_validation_loss": float(loss) if math.isfinite(loss) else None,
            "validation_accuracy": float(accuracy),
        }
        for (rate, seed), loss, accuracy in zip(pairs, losses, found.accuracy[:, -1], strict=True)
    ]


def chosen_rate(trials: Sequence[Row]) -> float:
    """The learning rate whose trials have the lowest mean validation loss; a diverged trial counts as infinite."""
    losses: dict[float, list[float]] = {}
    for row in trials:
        loss = row["mean_validation_loss"]
        losses.setdefault(row["learning_rate"], []).append(math.inf if loss is None else loss)
    return min(losses, key=lambda rate: sum(losses[rate]))
