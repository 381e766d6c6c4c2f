"""All seeds of a model in one program: validation curves, parameters on the way, and the choice of a learning rate."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from eval.studies.gradient_worth import data
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.models import models
from eval.studies.gradient_worth.rows import Trial
from training.config import Settings, TrainerConfig, plain_adam
from training.evaluation import split_means
from training.many import Many
from training.state import TrainState

EXAMPLES_AT_ONCE = 128


class Runs(NamedTuple):
    """Training runs, each looked at before the first update and after each record's; values have no accuracy."""

    loss: Float[Array, "runs looks"]
    accuracy: Float[Array, "runs looks"] | None
    params: PyTree


def judged_seeds(config: Config) -> list[int]:
    """Return the seeds of the repetitions that are judged."""
    return [config.seed + place for place in range(config.seeds)]


def tuning_seeds(config: Config) -> list[int]:
    """Return the seeds of the repetitions that choose a learning rate: none of those that are judged."""
    return [config.seed + config.seeds + place for place in range(config.tuning_seeds)]


def looks(config: Config) -> list[int]:
    """Updates after which a run is looked at."""
    return [place * config.steps // config.records for place in range(config.records + 1)]


def runs(name: str, rates: Sequence[float], seeds: Sequence[int], config: Config) -> Runs:
    """Train a model once for each pair of a learning rate and a seed; validation loss in nats, or of values.

    One program serves any number of pairs: they are run ``config.seeds`` at a time. From the look on at which a run has
    diverged its loss is NaN; its accuracy and parameters stay those of its last finite ones.
    """
    curves = _many(name, config).run(seeds, learning_rates=rates, at_once=config.seeds)
    means, params = curves.records
    diverged = curves.updates < jnp.asarray(curves.looks)
    return Runs(jnp.where(diverged, jnp.nan, means["loss"]), means.get("accuracy"), params)


@functools.lru_cache(maxsize=1)
def _many(name: str, config: Config) -> Many:
    task, paradigm = data.load(config), models(config)[name].paradigm
    validated = split_means(paradigm, task, task.validation, EXAMPLES_AT_ONCE)
    settings = Settings(
        trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
        # Each member brings a rate of its own.
        optimizer=plain_adam(config.learning_rates[0]),
    )
    return Many(
        paradigm,
        task,
        settings,
        record=lambda state: (validated(state), state.params),
        every=config.steps // config.records,
    )


def tested(
    name: str, params: PyTree, config: Config
) -> tuple[Float[Array, " runs"], Float[Array, " runs"] | None]:  # fmt: skip
    """Mean loss and accuracy of runs on the test split, ``None`` for the accuracy of values."""
    task, paradigm = data.load(config), models(config)[name].paradigm
    scores = split_means(paradigm, task, task.test, EXAMPLES_AT_ONCE)
    model_state = paradigm.init(jax.random.key(0)).state

    def of_run(own: PyTree) -> dict[str, Array]:
        return scores(TrainState(jnp.zeros((), jnp.int32), own, model_state, None, jax.random.key(0)))

    means = jax.jit(jax.vmap(of_run))(params)
    return means["loss"], means.get("accuracy")


def tune(name: str, config: Config) -> list[Trial]:
    """Try every learning rate with seeds that are not judged.

    The average rewards a rate that is fast as well as one that ends well, since what is judged is a cost to a target.
    """
    pairs = [(rate, seed) for rate in config.learning_rates for seed in tuning_seeds(config)]
    found = runs(name, [rate for rate, _ in pairs], [seed for _, seed in pairs], config)
    losses = np.asarray(found.loss[:, 1:], np.float64).mean(axis=1)
    accuracies = [None] * len(pairs) if found.accuracy is None else np.asarray(found.accuracy[:, -1], float).tolist()
    return [
        Trial(
            model=name,
            learning_rate=rate,
            training_seed=seed,
            mean_eval_loss=float(loss) if math.isfinite(loss) else None,
            eval_accuracy=accuracy,
        )
        for (rate, seed), loss, accuracy in zip(pairs, losses, accuracies, strict=True)
    ]


def chosen_rate(trials: Sequence[Trial]) -> float:
    """The learning rate whose trials have the lowest mean validation loss; a diverged trial counts as infinite."""
    losses: dict[float, list[float]] = {}
    for row in trials:
        loss = row.mean_eval_loss
        losses.setdefault(row.learning_rate, []).append(math.inf if loss is None else loss)
    return min(losses, key=lambda rate: sum(losses[rate]))
