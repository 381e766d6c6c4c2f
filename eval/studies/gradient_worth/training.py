"""All seeds of a model in one program: validation curves, parameters on the way, and the trials that choose."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from eval.studies.gradient_worth import costs
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.data import Case, split
from eval.studies.gradient_worth.models import model
from eval.studies.gradient_worth.rows import Trial
from training.config import Settings, TrainerConfig, plain_adam
from training.data.split import Batch, Split
from training.evaluation import batch_means
from training.many import Many
from training.state import TrainState


class Runs(NamedTuple):
    """Training runs, each looked at before the first update and after each record's; values have no accuracy."""

    loss: Float[Array, "runs looks"]
    accuracy: Float[Array, "runs looks"] | None
    synaptic_operations: Float[Array, "runs looks"] | None
    params: PyTree


def judged_seeds(config: Config) -> list[int]:
    """Return the seeds of the repetitions that are judged."""
    return [config.seed + place for place in range(config.seeds)]


def tuning_seeds(config: Config) -> list[int]:
    """Return the seeds of the repetitions that choose a size and a learning rate: none of those that are judged."""
    return [config.seed + config.seeds + place for place in range(config.tuning_seeds)]


def looks(config: Config) -> list[int]:
    """Updates after which a run is looked at."""
    return [place * config.steps // config.records for place in range(config.records + 1)]


def runs(name: str, size: int, rates: Sequence[float], seeds: Sequence[int], case: Case) -> Runs:
    """Train a model once for each pair of a learning rate and a seed; validation loss in nats, or of values.

    Every seed has a split of its own. From the look on at which a run has diverged its loss is NaN; its accuracy and
    parameters stay those of its last finite ones.
    """
    tasks = [split(case, seed) for seed in seeds]
    curves = _many(name, size, case).run(seeds, learning_rates=rates, tasks=tasks, at_once=case.config.seeds)
    params = curves.records
    means = scored(name, size, params, [task.validation for task in tasks], case)
    diverged = curves.updates < jnp.asarray(curves.looks)
    return Runs(
        jnp.where(diverged, jnp.nan, means["loss"]), means.get("accuracy"), means.get("synaptic_operations"), params
    )


def scored(
    name: str, size: int, params: PyTree, parts: Sequence[Split], case: Case
) -> dict[str, Float[Array, "runs looks"]]:
    """Mean loss, accuracy and telemetry of parameters ``[runs, looks, ...]``, each run on a part of its own."""
    different = list({id(part): part for part in parts}.values())
    places = {id(part): place for place, part in enumerate(different)}
    examples = [part.take(np.arange(len(part))) for part in different]
    inputs, targets = (jnp.asarray(np.stack(leaves)) for leaves in zip(*examples, strict=True))
    own = jnp.asarray([places[id(part)] for part in parts])
    return _scores(name, size, case)(params, own, inputs, targets)


@functools.lru_cache(maxsize=4)
def _scores(name: str, size: int, case: Case):
    paradigm = model(name, size, case).paradigm
    means = batch_means(paradigm, split(case, case.config.seed))
    model_state = paradigm.init(jax.random.key(0)).state

    def scores(params: PyTree, places: Array, inputs: Array, targets: Array) -> dict[str, Array]:
        weights = np.ones(inputs.shape[1], np.float32)

        def of_run(own: PyTree, place: Array) -> dict[str, Array]:
            batch = Batch(inputs[place], targets[place], weights)

            def of_look(params: PyTree) -> dict[str, Array]:
                return means(TrainState(jnp.zeros((), jnp.int32), params, model_state, None, jax.random.key(0)), batch)

            return jax.lax.map(of_look, own)

        return jax.lax.map(lambda run: of_run(*run), (params, places))

    return jax.jit(scores)


@functools.lru_cache(maxsize=1)
def _many(name: str, size: int, case: Case) -> Many:
    config, task = case.config, split(case, case.config.seed)
    settings = Settings(
        trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
        # Each member brings a rate of its own.
        optimizer=plain_adam(config.learning_rates[0]),
    )
    return Many(
        model(name, size, case).paradigm,
        task,
        settings,
        record=lambda state: state.params,
        every=config.steps // config.records,
    )


def tune(name: str, size: int, case: Case) -> list[Trial]:
    """Try every learning rate in one size, with seeds that are not judged."""
    config = case.config
    pairs = [(rate, seed) for rate in config.learning_rates for seed in tuning_seeds(config)]
    found = runs(name, size, [rate for rate, _ in pairs], [seed for _, seed in pairs], case)
    losses = np.asarray(found.loss, float)
    accuracies = None if found.accuracy is None else np.asarray(found.accuracy, float)
    return [
        Trial(
            task=case.task,
            model=name,
            size=size,
            learning_rate=rate,
            training_seed=seed,
            update_flops=costs.update_flops(name, size, case),
            losses=tuple(loss if math.isfinite(loss) else None for loss in losses[place].tolist()),
            accuracies=None if accuracies is None else tuple(accuracies[place].tolist()),
        )
        for place, (rate, seed) in enumerate(pairs)
    ]
