"""Gradient noise and accuracy of one surrogate on digits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key, PRNGKeyArray, PyTree

from eval.studies.surrogates.config import REFERENCE_SHAPE, REFERENCE_WIDTH, Config
from eval.studies.surrogates.rows import PLACES, Noise, Training
from paradigms import snn
from training.config import Settings, TrainerConfig, plain_adam
from training.data.order import permutation
from training.data.split import Batch, Split
from training.many import Many
from training.objective import training_objective
from training.probes.variance import variance_over_examples
from training.state import TrainState
from training.tasks import Task, TaskConfig, load_task

CHUNK = 64
"""Examples whose gradients are held at once."""


def measure(shape: str, width: float, config: Config) -> list[Noise | Training]:
    """Measure the noise of a surrogate's gradient, and train with it.

    Args:
        shape: The shape of the surrogate.
        width: Its width, in thresholds.
        config: The settings of the study.

    Returns:
        Moments of the per-example gradient per seed and place, those of
        ``training.probes.variance.variance_over_examples``, all unbiased; and a training per seed.

    Raises:
        NonFiniteUpdate: If a run diverged; no accuracy stands for it.
    """
    trained = _training(shape, width, config, every=config.steps).run(_seeds(config)).require_finite()
    noise = _noise(shape, width, config)(_keys(config), _reference(config))
    score = _scores(shape, width, config)(trained.state.params, trained.state.key)
    noises = [
        Noise(
            shape=shape,
            width=width,
            training_seed=seed,
            place=place,
            **{name.removeprefix("gradient/"): float(values[member, index]) for name, values in noise.items()},
        )
        for member, seed in enumerate(_seeds(config))
        for index, place in enumerate(PLACES)
    ]
    trainings = [
        Training(
            shape=shape, width=width, training_seed=seed, **{name: float(one[member]) for name, one in score.items()}
        )
        for member, seed in enumerate(_seeds(config))
    ]
    return [*noises, *trainings]


def _seeds(config: Config) -> list[int]:
    return [config.seed + place for place in range(config.seeds)]


def _keys(config: Config) -> Key[Array, " seeds"]:
    return jax.vmap(jax.random.key)(jnp.asarray(_seeds(config)))


@functools.lru_cache(maxsize=1)
def _task() -> Task:
    return load_task(TaskConfig("digits"))


def _model(shape: str, width: float, config: Config) -> snn.SNN:
    settings = snn.Config(
        hidden=config.hidden, time_steps=config.time_steps, surrogate=shape, surrogate_width=width  # type: ignore[arg-type]
    )  # fmt: skip
    return snn.build(settings, _task().spec)


def _training(shape: str, width: float, config: Config, **looks: Any) -> Many:
    settings = Settings(
        trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
        optimizer=plain_adam(config.learning_rate),
    )
    return Many(_model(shape, width, config), _task(), settings, **looks)


@functools.lru_cache(maxsize=1)
def _reference(config: Config) -> PyTree:
    """Parameters ``[seeds, places, ...]``: initial ones, and those after ``noise_step`` updates of the reference."""
    training = _training(
        REFERENCE_SHAPE, REFERENCE_WIDTH, config, record=lambda state: state.params, every=config.noise_step
    )
    return jax.tree.map(lambda leaf: leaf[:, :2], training.run(_seeds(config)).require_finite().records)


def _noise(shape: str, width: float, config: Config) -> Callable[..., dict[str, Float[Array, "seeds places"]]]:
    """``(keys [seeds], parameters [seeds, places, ...]) -> moments`` over ``noise_examples`` digits."""
    task, model = _task(), _model(shape, width, config)
    objective = training_objective(model, task)
    chosen = permutation(len(task.train), config.seed)[: config.noise_examples]
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(chosen), np.ones(len(chosen), np.float32)))

    def noise(params: PyTree, key: PRNGKeyArray) -> dict[str, Float[Array, ""]]:
        state = TrainState(jnp.zeros((), jnp.int32), params, {}, None, key)
        return variance_over_examples(objective, state, batch, key, CHUNK)

    return jax.jit(jax.vmap(lambda key, places: jax.vmap(noise, in_axes=(0, None))(places, key)))


def _scores(shape: str, width: float, config: Config) -> Callable[..., dict[str, Float[Array, " seeds"]]]:
    """``(parameters [seeds, ...], keys [seeds]) -> scores`` on the test split."""
    task, model = _task(), _model(shape, width, config)
    held_out, answers = _whole(task.test)

    def scores(params: PyTree, key: PRNGKeyArray) -> dict[str, Float[Array, ""]]:
        output = model.apply(params, {}, held_out, key=key, train=False)
        return {
            "test_accuracy": task.scores(output.prediction, answers)["accuracy"].mean(),
            "test_loss": task.loss(output.prediction, answers).mean(),
            "spike_rate": output.telemetry["spike_rate"],
        }

    return jax.jit(jax.vmap(scores))


def _whole(split: Split) -> tuple[Array, Array]:
    inputs, targets = split.take(np.arange(len(split)))
    return jnp.asarray(inputs), jnp.asarray(targets)
