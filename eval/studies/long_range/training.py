"""One kind of model on one task: all lags, learning rates, time constants and seeds in one program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Array, Float

from eval.recorder import Row
from eval.studies.long_range.config import GENERATED, Config, TaskName
from eval.studies.long_range.models import MODELS, SequenceModel, TimeConstants
from eval.studies.long_range.tasks import long_task
from training.config import TrainerConfig, plain_adam
from training.data.pipeline import eval_batches
from training.evaluation import batch_means
from training.many import Many
from training.settings import Settings

DEFAULT, OF_THE_LAG = "default", "of the lag"
CONSTANTS: dict[str, tuple[str, ...]] = {
    "leaky, spikes": (DEFAULT, OF_THE_LAG),
    "leaky, continuous": (DEFAULT, OF_THE_LAG),
    "adaptive, spikes": (OF_THE_LAG,),
    "recurrent, spikes": (DEFAULT,),
}
"""Time constants tried: of leaky membranes (of ``adaptive``: of its thresholds); models without have none to choose."""


@dataclass(frozen=True)
class Trial:
    """One training run.

    Attributes:
        lag: Steps.
        constants: ``default``, ``of the lag``, or ``None`` where there are none.
        learning_rate: The learning rate of Adam.
        seed: The seed of weights and examples.
    """

    lag: int
    constants: str | None
    learning_rate: float
    seed: int


def trials(name: str, task: TaskName, config: Config) -> list[Trial]:
    """All runs of a model. Images have one lag, their length."""
    lags = config.lags if task in GENERATED else (long_task(task, config).time_steps - config.window,)
    return [
        Trial(lag, constants, rate, config.seed + seed)
        for lag in lags
        for constants in CONSTANTS.get(name, (None,))
        for rate in config.learning_rates
        for seed in range(config.seeds)
    ]


def measure(name: str, task: TaskName, width: int, config: Config) -> list[Row]:
    """A row a trial, with its scores on validation and test sequences; 0 is chance, 1 the truth.

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
        {
            "lag": run.lag,
            "constants": run.constants,
            "learning_rate": run.learning_rate,
            "training_seed": run.seed,
            "width": width,
            "parameters": kind.parameters(long.channels, width, long.outputs),
            "state_bytes": kind.state_bytes(width, long.time_steps),
            "validation_score": float(scores["validation"][index]),
            "test_score": float(scores["test"][index]),
            "spike_rate": float(found["test"]["spike_rate"][index]) if kind.spikes else None,
        }
        for index, run in enumerate(runs)
    ]


def _constants(name: str, run: Trial, config: Config) -> dict[str, float]:
    """Time constants at the start: membranes' is the lag in leaky models only, and other models do not read them."""
    of_the_lag = run.constants == OF_THE_LAG and "leaky" in name
    return {"membrane": float(run.lag if of_the_lag else config.time_constant), "adaptation": float(run.lag)}
