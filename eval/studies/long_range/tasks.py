"""Sequences with a dependency of known length, generated anew for every batch; and images read in sequence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray, Shaped

from eval.studies.long_range.config import GENERATED, Config, TaskName
from training.tasks import TaskConfig, load_task

Split = str
"""``train``, ``validation`` or ``test``."""


class Sequences(NamedTuple):
    """A batch: inputs ``[time, batch, channels]``, and what is asked."""

    inputs: Float[Array, "time batch channels"]
    targets: Shaped[Array, " batch"]


@dataclass(frozen=True)
class LongTask:
    """A task for sequence models.

    Attributes:
        channels: Of the input, the last of which is 1 while the answer is asked for.
        time_steps: Of a sequence.
        outputs: Numbers in an answer.
        draw: ``(key, lag, size, split) -> sequences``; of size ``None`` are those of validation and test.
        loss: Of each answer, ``(answers [batch, outputs], targets) -> [batch]``.
        score: 0 for what a constant answer reaches and 1 for the truth, over a batch.
    """

    channels: int
    time_steps: int
    outputs: int
    draw: Callable[[PRNGKeyArray, Int[Array, ""], int | None, Split], Sequences]
    loss: Callable[[Array, Array], Array]
    score: Callable[[Array, Array], Array]


@functools.lru_cache
def long_task(name: TaskName, config: Config) -> LongTask:
    """The task of this name."""
    if name in GENERATED:
        return {"recall": _recall_task, "adding": _adding_task}[name](config)
    return _image_task(name, config)


def recall(
    key: PRNGKeyArray, lag: Int[Array, ""], *, batch: int, time_steps: int, window: int, symbols: int
) -> Sequences:
    """One of ``symbols`` is shown for one step, ``lag`` steps before the answer is first asked for; nothing else is.

    Channels: one a symbol, then the query.
    """
    targets = jax.random.randint(key, (batch,), 0, symbols)
    time = jnp.arange(time_steps)
    shown = (time == time_steps - window - lag)[:, None, None] * jax.nn.one_hot(targets, symbols)
    return Sequences(jnp.concatenate([shown, _query(time, window, batch)], axis=-1), targets)


def adding(key: PRNGKeyArray, lag: Int[Array, ""], *, batch: int, time_steps: int, window: int) -> Sequences:
    """The sum of the two marked numbers (Hochreiter & Schmidhuber 1997); numbers are uniform in [0, 1] at every step.

    The first mark is ``lag`` steps before the answer is first asked for, the second anywhere between. Channels: number,
    mark, query.
    """
    number_key, mark_key = jax.random.split(key)
    time = jnp.arange(time_steps)[:, None]
    numbers = jax.random.uniform(number_key, (time_steps, batch))
    first = time_steps - window - lag
    second = first + jax.random.randint(mark_key, (batch,), 1, lag)
    marks = ((time == first) | (time == second)).astype(numbers.dtype)
    inputs = jnp.stack([numbers, marks], axis=-1)
    targets = jnp.sum(numbers * marks, axis=0)
    return Sequences(jnp.concatenate([inputs, _query(time[:, 0], window, batch)], axis=-1), targets)


def _query(time: Int[Array, " time"], window: int, batch: int) -> Float[Array, "time batch 1"]:
    asked = (time >= len(time) - window).astype(float)
    return jnp.broadcast_to(asked[:, None, None], (len(time), batch, 1))


def _steps(config: Config) -> int:
    return max(config.lags) + config.window


def _recall_task(config: Config) -> LongTask:
    def draw(key: PRNGKeyArray, lag: Int[Array, ""], size: int | None, split: Split) -> Sequences:
        return recall(
            key, lag, batch=size or config.held_out, time_steps=_steps(config), window=config.window,
            symbols=config.symbols,
        )  # fmt: skip

    return LongTask(
        config.symbols + 1, _steps(config), config.symbols, draw, _cross_entropy, _classified(config.symbols)
    )


def _adding_task(config: Config) -> LongTask:
    def draw(key: PRNGKeyArray, lag: Int[Array, ""], size: int | None, split: Split) -> Sequences:
        return adding(key, lag, batch=size or config.held_out, time_steps=_steps(config), window=config.window)

    def score(answers: Array, targets: Array) -> Array:
        # The sum of two numbers uniform in [0, 1] has mean 1 and variance 1/6.
        return 1 - 6 * jnp.mean(_squared(answers, targets))

    return LongTask(3, _steps(config), 1, draw, _squared, score)


def _image_task(name: TaskName, config: Config) -> LongTask:
    """Images of a data set, in sequence, then the query; ``lag`` is not used. At most ``held_out`` are held out."""
    task = load_task(TaskConfig(name))
    height, width, colours = task.spec.inputs.shape
    steps, values = (height, width * colours) if config.order == "rows" else (height * width, colours)
    splits = {
        split: tuple(map(jnp.asarray, data.take(np.arange(len(data)))))
        for split, data in (("train", task.train), ("validation", task.validation), ("test", task.test))
    }

    def draw(key: PRNGKeyArray, lag: Int[Array, ""], size: int | None, split: Split) -> Sequences:
        images, targets = splits[split]
        chosen = slice(config.held_out)
        if size is not None:
            chosen = jax.random.choice(key, len(images), (size,), replace=False)
        images, targets = images[chosen], targets[chosen]
        shown = jnp.moveaxis(images.reshape(len(images), steps, values), 1, 0)
        padded = jnp.pad(shown, ((0, config.window), (0, 0), (0, 0)))
        query = _query(jnp.arange(steps + config.window), config.window, len(images))
        return Sequences(jnp.concatenate([padded, query], axis=-1), targets)

    outputs = task.spec.outputs
    return LongTask(values + 1, steps + config.window, outputs, draw, _cross_entropy, _classified(outputs))


def _cross_entropy(answers: Array, targets: Array) -> Array:
    return optax.softmax_cross_entropy_with_integer_labels(answers, targets)


def _squared(answers: Array, targets: Array) -> Array:
    return jnp.square(answers[:, 0] - targets)


def _classified(classes: int) -> Callable[[Array, Array], Array]:
    """Accuracy, from chance at 0 to 1."""

    def score(answers: Array, targets: Array) -> Array:
        accuracy = jnp.mean(jnp.argmax(answers, axis=-1) == targets)
        return (accuracy - 1 / classes) / (1 - 1 / classes)

    return score
