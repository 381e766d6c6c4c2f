"""One kind of model on one task: all lags, learning rates, time constants and seeds in one program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from eval.recorder import Row
from eval.short_training import train
from eval.studies.long_range.config import GENERATED, Config, TaskName
from eval.studies.long_range.models import LAYERS, MODELS, TimeConstants
from eval.studies.long_range.tasks import LongTask, long_task

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
        learning_rate: Of Adam.
        seed: Of weights and examples.
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
    """A row a trial, with its scores on validation and test sequences; 0 is chance, 1 the truth."""
    runs = trials(name, task, config)
    long, model = long_task(task, config), MODELS[name]
    # Membranes and thresholds start at the same time constant in the models that do not read it.
    membrane = [run.lag if run.constants == OF_THE_LAG and "leaky" in name else config.time_constant for run in runs]
    columns = (
        jnp.array([run.lag for run in runs]),
        jnp.array(membrane, jnp.float32),
        jnp.array([run.learning_rate for run in runs], jnp.float32),
        jnp.array([run.seed for run in runs]),
    )
    scores = jax.jit(jax.vmap(_fit(name, long, width, config)))(*columns)
    validation, test, rate = (np.asarray(score, float) for score in scores)
    return [
        {
            "lag": run.lag,
            "constants": run.constants,
            "learning_rate": run.learning_rate,
            "training_seed": run.seed,
            "width": width,
            "parameters": model.parameters(long.channels, width, long.outputs),
            "state_bytes": model.state_bytes(width, long.time_steps),
            "validation_score": float(validation[index]),
            "test_score": float(test[index]),
            "spike_rate": float(rate[index]) if model.spikes else None,
        }
        for index, run in enumerate(runs)
    ]


def _fit(name: str, task: LongTask, width: int, config: Config) -> Callable[..., tuple[Array, Array, Array]]:
    """``(lag, membrane time constant, learning rate, seed) -> validation score, test score, spikes a step``.

    Seeds share their examples between models, lags and rates, so that all can be compared in pairs.
    """
    model = MODELS[name]

    def fit(
        lag: Int[Array, ""], membrane: Float[Array, ""], rate: Float[Array, ""], seed: Int[Array, ""]
    ) -> tuple[Array, Array, Array]:
        init_key, train_key, validation_key, test_key = jax.random.split(jax.random.key(seed), 4)
        constants = TimeConstants(membrane, lag.astype(float))

        def loss(params: PyTree, key: PRNGKeyArray, step: Int[Array, ""]) -> Float[Array, ""]:
            batch = task.draw(key, lag, config.batch_size, "train")
            return jnp.mean(task.loss(model.answer(params, batch.inputs, config.window), batch.targets))

        start = model.init(init_key, task.channels, width, task.outputs, constants)
        # Adam's updates are proportional to its rate, which is not a number here but an array.
        factors = jax.tree.map(lambda _: rate, start)
        params, _ = train(
            loss,
            start,
            train_key,
            steps=config.steps,
            learning_rate=1.0,
            record=lambda params: None,
            records=1,
            trainable=lambda step: factors,
        )

        def score(key: PRNGKeyArray, split: str) -> Array:
            sequences = task.draw(key, lag, None, split)
            return task.score(model.answer(params, sequences.inputs, config.window), sequences.targets)

        inputs = task.draw(test_key, lag, None, "test").inputs
        spikes = jnp.zeros(())
        for layer in params["layers"]:
            inputs = model.layer(layer, inputs)
            spikes = spikes + jnp.mean(inputs) / LAYERS
        return score(validation_key, "validation"), score(test_key, "test"), spikes

    return fit
