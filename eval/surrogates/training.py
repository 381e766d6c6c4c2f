"""Gradient noise and accuracy of one surrogate on digits."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray, PyTree

from eval.short_training import train
from eval.study import Row
from eval.surrogates.config import REFERENCE_SHAPE, REFERENCE_WIDTH, Config
from paradigms import snn
from training.data.order import permutation
from training.data.split import Batch, Split
from training.objective import training_objective
from training.probes.variance import variance_over_examples
from training.state import TrainState
from training.tasks import Task, TaskConfig, load_task

CHUNK = 64
"""Examples whose gradients are held at once."""

PLACES = ("initial", "early")
"""Parameters at which gradients are compared, the same for all surrogates: as drawn, and after ``noise_step`` updates
with the reference surrogate."""


def measure(shape: str, width: float, config: Config) -> list[Row]:
    """A row a seed: moments of the per-example gradient at both ``PLACES``, and the test accuracy after training.

    The moments are those of ``training.probes.variance.variance_over_examples``, all unbiased.
    """
    keys = _keys(config)
    places = jax.tree.map(lambda a, b: jnp.stack([a, b], axis=1), _initial(config)(keys), _reference(config))
    noise, score = _program(shape, width, config)(keys, places)
    return [
        {
            "training_seed": config.seed + seed,
            **{
                f"{place}_{name.removeprefix('gradient/')}": float(values[seed, index])
                for index, place in enumerate(PLACES)
                for name, values in noise.items()
            },
            **{name: float(values[seed]) for name, values in score.items()},
        }
        for seed in range(config.seeds)
    ]


def _keys(config: Config) -> Key[Array, " seeds"]:
    return jax.vmap(jax.random.key)(config.seed + jnp.arange(config.seeds))


@functools.lru_cache(maxsize=1)
def _task() -> Task:
    return load_task(TaskConfig("digits"))


def _model(shape: str, width: float, config: Config) -> snn.SNN:
    settings = snn.Config(
        hidden=config.hidden, time_steps=config.time_steps, surrogate=shape, surrogate_width=width  # type: ignore[arg-type]
    )  # fmt: skip
    return snn.build(settings, _task().spec)


def _initial(config: Config) -> Callable[[Key[Array, " seeds"]], PyTree]:
    """Initial parameters of every seed; no surrogate enters."""
    model = _model(REFERENCE_SHAPE, REFERENCE_WIDTH, config)
    return jax.jit(jax.vmap(lambda key: model.init(jax.random.split(key)[0]).params))


@functools.lru_cache(maxsize=1)
def _reference(config: Config) -> PyTree:
    """Parameters ``[seeds, ...]`` after ``noise_step`` of the updates with the reference surrogate."""
    training = _training(REFERENCE_SHAPE, REFERENCE_WIDTH, config, record=lambda params: params)
    _, kept = jax.jit(jax.vmap(training))(_keys(config))
    return jax.tree.map(lambda leaf: leaf[:, 1], kept)


def _training(
    shape: str, width: float, config: Config, record: Callable[[PyTree], PyTree]
) -> Callable[[PRNGKeyArray], tuple[dict[str, Float[Array, ""]], PyTree]]:
    """``key -> scores on the test split, records`` before the first update and after every ``noise_step`` of them."""
    task, model = _task(), _model(shape, width, config)
    inputs, targets = _whole(task.train)
    held_out, answers = _whole(task.test)

    def run(key: PRNGKeyArray) -> tuple[dict[str, Float[Array, ""]], PyTree]:
        init_key, train_key = jax.random.split(key)

        def loss(params: PyTree, key: PRNGKeyArray, step: Int[Array, ""]) -> Float[Array, ""]:
            batch = jax.random.choice(key, len(inputs), (config.batch_size,), replace=False)
            prediction = model.apply(params, {}, inputs[batch], key=key, train=True).prediction
            return task.loss(prediction, targets[batch]).mean()

        params, kept = train(
            loss,
            model.init(init_key).params,
            train_key,
            steps=config.steps,
            learning_rate=config.learning_rate,
            record=record,
            records=config.steps // config.noise_step,
        )
        output = model.apply(params, {}, held_out, key=key, train=False)
        score = {
            "test_accuracy": task.scores(output.prediction, answers)["accuracy"].mean(),
            "test_loss": task.loss(output.prediction, answers).mean(),
            "spike_rate": output.telemetry["spike_rate"],
        }
        return score, kept

    return run


def _program(shape: str, width: float, config: Config) -> Callable[..., tuple[dict[str, Array], dict[str, Array]]]:
    """``(keys [seeds], parameters [seeds, places, ...]) -> noise [seeds, places], scores [seeds]``."""
    task, model = _task(), _model(shape, width, config)
    objective = training_objective(model, task)
    chosen = permutation(len(task.train), config.seed)[: config.noise_examples]
    batch = jax.tree.map(jnp.asarray, Batch(*task.train.take(chosen), np.ones(len(chosen), np.float32)))
    training = _training(shape, width, config, record=lambda params: None)

    def noise(params: PyTree, key: PRNGKeyArray) -> dict[str, Float[Array, ""]]:
        state = TrainState(jnp.zeros((), jnp.int32), params, {}, None, key)
        return variance_over_examples(objective, state, batch, key, CHUNK)

    def run(key: PRNGKeyArray, places: PyTree) -> tuple[dict[str, Array], dict[str, Array]]:
        return jax.vmap(noise, in_axes=(0, None))(places, key), training(key)[0]

    return jax.jit(jax.vmap(run))


def _whole(split: Split) -> tuple[Array, Array]:
    inputs, targets = split.take(np.arange(len(split)))
    return jnp.asarray(inputs), jnp.asarray(targets)
