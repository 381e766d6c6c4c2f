"""One kind of model on one task: all lags, learning rates, time constants and seeds in one program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import jax
import numpy as np
from jaxtyping import Array, Float

from eval.studies.long_range.config import GENERATED, LOOKS, Config, Matching, TaskName
from eval.studies.long_range.models import (
    MODELS,
    OF_ITS_SOURCE,
    OF_THE_LAG,
    SOURCE_MODULI,
    ModelName,
    SequenceModel,
    TimeConstants,
    TimeConstantsName,
    networks,
)
from eval.studies.long_range.rows import Run
from eval.studies.long_range.tasks import long_task
from training.config import Settings, TrainerConfig, constant_adam
from training.data.pipeline import eval_batches
from training.evaluation import batch_means
from training.many import Many
from training.state import TrainState


@dataclass(frozen=True)
class Trial:
    """One training run.

    Attributes:
        lag: Steps.
        time_constants: How they are drawn at the start; ``None`` where there are none to choose.
        learning_rate: The learning rate of Adam.
        seed: The seed of weights and examples.
    """

    lag: int
    time_constants: TimeConstantsName | None
    learning_rate: float
    seed: int


def trials(name: ModelName, task: TaskName, config: Config) -> list[Trial]:
    """All runs of a model. Images have one lag, their length."""
    lags = config.lags if task in GENERATED else (long_task(task, config).time_steps - config.window,)
    return [
        Trial(lag, time_constants, rate, config.seed + seed)
        for lag in lags
        for model, time_constants in networks(config.models)
        if model == name
        for rate in config.learning_rates
        for seed in range(config.seeds)
    ]


def measure(name: ModelName, task: TaskName, matching: Matching, width: int, config: Config) -> list[Run]:
    """A row a trial, with its scores on validation and test sequences.

    Seeds share their examples between models, lags and rates, so that all can be compared in pairs.

    Raises:
        NonFiniteUpdate: A run diverged; no score stands for it.
    """
    runs = trials(name, task, config)
    long, kind = long_task(task, config), MODELS[name]
    drawn = {(run.lag, run.seed): long.examples(run.lag, run.seed) for run in runs}
    tasks = [drawn[run.lag, run.seed] for run in runs]

    def family(constants: Mapping[str, float | Float[Array, ""]]) -> SequenceModel:
        return SequenceModel(name, long, width, config.window, TimeConstants(**constants))

    variants = [starting_constants(name, run, config) for run in runs]
    # Time constants count at the start only.
    evaluated = family(variants[0])
    many = Many(
        evaluated,
        tasks[0],
        Settings(
            trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
            # Each member brings a rate of its own.
            optimizer=constant_adam(config.learning_rates[0]),
        ),
        # What the last quarter of the updates changes says whether training has come to its plateau.
        record=lambda state: (state.params, state.model_state),
        every=config.steps // LOOKS,
        family=family,
    )
    curves = many.run(
        [run.seed for run in runs], learning_rates=[run.learning_rate for run in runs], tasks=tasks, variants=variants
    )
    state = curves.require_finite().state
    params, model_state = jax.tree.map(lambda leaf: leaf[:, LOOKS - 1], curves.records)
    means = jax.jit(jax.vmap(batch_means(evaluated, tasks[0])))

    def measured(state: TrainState, split: Literal["validation", "test"]) -> dict[str, Array]:
        batches = [next(eval_batches(getattr(one, split), len(getattr(one, split)))) for one in tasks]
        return means(state, jax.tree.map(lambda *leaves: np.stack(leaves), *batches))

    earlier = measured(state._replace(params=params, model_state=model_state), "validation")
    validation, test = measured(state, "validation"), measured(state, "test")
    scores = [np.asarray(long.score(values), float) for values in (earlier, validation, test)]
    return [
        Run(
            task=task,
            matching=matching,
            model=name,
            width=width,
            lag=run.lag,
            time_constants=run.time_constants,
            learning_rate=run.learning_rate,
            training_seed=run.seed,
            parameters=kind.parameters(long.channels, width, long.outputs),
            state_bytes=kind.state_bytes(width, long.time_steps),
            earlier_score=float(scores[0][index]),
            validation_score=float(scores[1][index]),
            test_score=float(scores[2][index]),
            spike_rate=float(test["spike_rate"][index]) if kind.spikes else None,
        )
        for index, run in enumerate(runs)
    ]


def starting_constants(name: ModelName, run: Trial, config: Config) -> dict[str, float]:
    """Time constants at the start, in steps, by the name of their field in :class:`TimeConstants`.

    A model does not read those of others. Adaptive thresholds have the lag's, whatever membranes have.
    """
    own = float(run.lag if run.time_constants == OF_THE_LAG else config.time_constant)
    fastest, slowest = (-1 / np.log(modulus) for modulus in SOURCE_MODULI)
    if run.time_constants != OF_ITS_SOURCE:
        fastest = slowest = own
    membrane = own if "leaky" in name else config.time_constant
    return {"membrane": membrane, "adaptation": float(run.lag), "fastest": float(fastest), "slowest": float(slowest)}
