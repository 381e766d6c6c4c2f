"""One kind of model on one task: all lags, learning rates, time constants and seeds in one program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Array, Float

from eval.studies.long_range.config import GENERATED, Config, Matching, TaskName
from eval.studies.long_range.models import (
    MODELS,
    OF_THE_LAG,
    TIME_CONSTANTS,
    ModelName,
    SequenceModel,
    TimeConstants,
    TimeConstantsName,
)
from eval.studies.long_range.rows import Run
from eval.studies.long_range.tasks import long_task
from training.config import Settings, TrainerConfig, plain_adam
from training.data.pipeline import eval_batches
from training.evaluation import batch_means
from training.many import Many


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
        for time_constants in TIME_CONSTANTS.get(name, (None,))
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

    variants = [_constants(name, run, config) for run in runs]
    # Time constants count at the start only.
    evaluated = family(variants[0])
    many = Many(
        evaluated,
        tasks[0],
        Settings(
            trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
            # Each member brings a rate of its own.
            optimizer=plain_adam(config.learning_rates[0]),
        ),
        every=config.steps,
        family=family,
    )
    curves = many.run(
        [run.seed for run in runs], learning_rates=[run.learning_rate for run in runs], tasks=tasks, variants=variants
    )
    state = curves.require_finite().state
    means = jax.jit(jax.vmap(batch_means(evaluated, tasks[0])))
    found = {}
    for split in ("validation", "test"):
        batches = [next(eval_batches(getattr(one, split), len(getattr(one, split)))) for one in tasks]
        found[split] = means(state, jax.tree.map(lambda *leaves: np.stack(leaves), *batches))
    scores = {split: np.asarray(long.score(values), float) for split, values in found.items()}
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
            validation_score=float(scores["validation"][index]),
            test_score=float(scores["test"][index]),
            spike_rate=float(found["test"]["spike_rate"][index]) if kind.spikes else None,
        )
        for index, run in enumerate(runs)
    ]


def _constants(name: ModelName, run: Trial, config: Config) -> dict[str, float]:
    """Time constants at the start: membranes' is the lag in leaky models only, and other models do not read them."""
    of_the_lag = run.time_constants == OF_THE_LAG and "leaky" in name
    return {"membrane": float(run.lag if of_the_lag else config.time_constant), "adaptation": float(run.lag)}
