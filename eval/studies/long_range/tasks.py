"""Sequences with a dependency of known length, drawn anew for every update; and images read in sequence."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree, Shaped, UInt32

from eval.studies.long_range.config import Config, TaskName
from paradigms.interface import Spec
from training.data.arrays import ArraySplit
from training.data.split import Split
from training.tasks import Task, TaskConfig, load_task

DRAWN_AT_ONCE = 4096
"""Sequences drawn at once to know their answers."""

Drawn = tuple[Float[Array, "time channels"], Shaped[Array, ""]]
Draw = Callable[[PRNGKeyArray, Int[Array, ""]], Drawn]
"""``(key, lag) -> (sequence, answer)``."""


@dataclass(frozen=True)
class LongTask:
    """A task for sequence models.

    Attributes:
        channels: The channels of the input, the last of which is 1 while the answer is asked for.
        time_steps: The time steps of a sequence.
        outputs: Numbers in an answer.
        sequences: What a model reads of a batch of the task's inputs, ``[time, batch, channels]``.
        examples: ``(lag, seed) -> task`` to be trained on; images have one lag and are the same for every seed.
        score: 0 for what a constant answer reaches and 1 for the truth, from the means of loss and accuracy.
    """

    channels: int
    time_steps: int
    outputs: int
    sequences: Callable[[PyTree[Array]], Float[Array, "time batch channels"]]
    examples: Callable[[int, int], Task]
    score: Callable[[dict[str, Array]], Array]


@functools.lru_cache
def long_task(name: TaskName, config: Config) -> LongTask:
    """Make the task of this name."""
    if name == "recall":
        draw = functools.partial(recall, time_steps=_steps(config), window=config.window, symbols=config.symbols)
        spec = Spec(_DRAWN, "classification", config.symbols)
        return _drawn_task(name, config.symbols + 1, spec, draw, _classified(config.symbols), config)
    if name == "adding":
        draw = functools.partial(adding, time_steps=_steps(config), window=config.window)
        return _drawn_task(name, 3, Spec(_DRAWN, "regression", 1), draw, _summed, config)
    return _image_task(name, config)


def recall(key: PRNGKeyArray, lag: Int[Array, ""], *, time_steps: int, window: int, symbols: int) -> Drawn:
    """Show one of ``symbols`` for one step, ``lag`` steps before the answer is first asked for, and nothing else.

    Channels: one a symbol, then the query.
    """
    target = jax.random.randint(key, (), 0, symbols)
    time = jnp.arange(time_steps)
    shown = (time == time_steps - window - lag)[:, None] * jax.nn.one_hot(target, symbols)
    return jnp.concatenate([shown, _query(time_steps, window)], axis=-1), target


def adding(key: PRNGKeyArray, lag: Int[Array, ""], *, time_steps: int, window: int) -> Drawn:
    """Ask for the sum of the two marked numbers (Hochreiter & Schmidhuber 1997), uniform in [0, 1] at every step.

    The first mark is ``lag`` steps before the answer is first asked for, the second anywhere between. Channels: number,
    mark, query.
    """
    number_key, mark_key = jax.random.split(key)
    time = jnp.arange(time_steps)
    numbers = jax.random.uniform(number_key, (time_steps,))
    first = time_steps - window - lag
    second = first + jax.random.randint(mark_key, (), 1, lag)
    marks = ((time == first) | (time == second)).astype(numbers.dtype)
    inputs = jnp.stack([numbers, marks], axis=-1)
    return jnp.concatenate([inputs, _query(time_steps, window)], axis=-1), jnp.sum(numbers * marks)


def _query(time_steps: int, window: int) -> Float[Array, "time 1"]:
    return (jnp.arange(time_steps) >= time_steps - window).astype(float)[:, None]


def _steps(config: Config) -> int:
    return max(config.lags) + config.window


IMPLEMENTATION = "threefry2x32"
"""Of the generated examples' random numbers: JAX's default, whose keys are two words."""

_DRAWN = {
    "key": jax.ShapeDtypeStruct((2,), jnp.uint32),
    "lag": jax.ShapeDtypeStruct((), jnp.int32),
}
"""An example of a generated task: the key that its sequence is drawn from, and the lag. That is so little that every
update of a run can have examples of its own."""


def _drawn_task(
    name: TaskName, channels: int, spec: Spec, draw: Draw, score: Callable[[dict[str, Array]], Array], config: Config
) -> LongTask:
    def of(key: UInt32[Array, "2"], lag: Int[Array, ""]) -> Drawn:
        return draw(jax.random.wrap_key_data(key, impl=IMPLEMENTATION), lag)

    def sequences(inputs: dict[str, Array]) -> Float[Array, "time batch channels"]:
        return jax.vmap(lambda key, lag: of(key, lag)[0], out_axes=1)(inputs["key"], inputs["lag"])

    @jax.jit
    def answers(inputs: dict[str, Array]) -> Shaped[Array, " examples"]:
        return jax.lax.map(lambda one: of(one["key"], one["lag"])[1], inputs, batch_size=DRAWN_AT_ONCE)

    def examples(lag: int, seed: int) -> Task:
        counts = {"train": config.steps * config.batch_size, "validation": config.held_out, "test": config.held_out}
        # The first two children of the seed's key are those of the initial variables and of the run.
        own = jax.random.split(jax.random.key(seed, impl=IMPLEMENTATION), 3)[2]
        keys = jax.random.key_data(jax.random.split(own, sum(counts.values())))
        inputs = {"key": keys, "lag": jnp.full(len(keys), lag, jnp.int32)}
        targets = answers(inputs)
        cuts = np.cumsum(list(counts.values()))[:-1]
        pieces = zip(*(np.split(np.asarray(leaf), cuts) for leaf in (*inputs.values(), targets)), strict=True)
        train, validation, test = (ArraySplit({"key": key, "lag": lags}, target) for key, lags, target in pieces)
        return Task(name, spec, train, validation, test)

    return LongTask(channels, _steps(config), spec.outputs, sequences, examples, score)


def _image_task(name: TaskName, config: Config) -> LongTask:
    """Images of a data set, in sequence, then the query. At most ``held_out`` are held out."""
    loaded = load_task(TaskConfig(name))
    height, width, colours = loaded.spec.inputs.shape
    steps, values = (height, width * colours) if config.order == "rows" else (height * width, colours)

    def held_out(split: Split) -> Split:
        return ArraySplit(*split.take(np.arange(min(len(split), config.held_out))))

    task = Task(name, loaded.spec, loaded.train, held_out(loaded.validation), held_out(loaded.test))

    def sequences(images: Float[Array, "batch height width colours"]) -> Float[Array, "time batch channels"]:
        shown = jnp.moveaxis(images.reshape(len(images), steps, values), 1, 0)
        padded = jnp.pad(shown, ((0, config.window), (0, 0), (0, 0)))
        query = _query(len(padded), config.window)[:, None]
        return jnp.concatenate([padded, jnp.broadcast_to(query, (len(padded), len(images), 1))], axis=-1)

    outputs = task.spec.outputs
    return LongTask(values + 1, steps + config.window, outputs, sequences, lambda lag, seed: task, _classified(outputs))


def _classified(classes: int) -> Callable[[dict[str, Array]], Array]:
    """Accuracy, from chance at 0 to 1."""
    return lambda means: (means["accuracy"] - 1 / classes) / (1 - 1 / classes)


def _summed(means: dict[str, Array]) -> Array:
    """Share of the variance that is explained: the sum of two numbers uniform in [0, 1] has variance 1/6."""
    return 1 - 6 * means["loss"]
