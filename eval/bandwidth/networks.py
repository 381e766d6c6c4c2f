"""The networks whose neurons are listened to: trained for all seeds in one program."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key, PRNGKeyArray, PyTree

from eval.bandwidth.config import Config, EncodingName, NeuronName
from eval.short_training import train
from paradigms import snn
from paradigms.snn.layers import Block
from training.tasks import Task, TaskConfig, load_task


class Responses(NamedTuple):
    """What the hidden neurons of every seed's network did, and how good the network is.

    Attributes:
        layers: For each hidden layer, ``[seeds, time, trials, neurons]`` of 0 and 1, or activations
            ``[seeds, trials, neurons]``.
        classes: Of the trials.
        test_accuracy: On the test split, ``[seeds]``.
    """

    layers: tuple[np.ndarray, ...]
    classes: Int[np.ndarray, " trials"]
    test_accuracy: Float[np.ndarray, " seeds"]


class Presented(NamedTuple):
    """Examples that are presented after training."""

    inputs: Float[np.ndarray, "trials ..."]
    classes: Int[np.ndarray, " trials"]


@functools.lru_cache(maxsize=1)
def _task(name: str) -> Task:
    return load_task(TaskConfig(name))


def presented(config: Config, times: int) -> Presented:
    """All digits, or the test images of MNIST; each ``times``."""
    task = _task(config.task)
    splits = (task.train, task.validation, task.test) if config.task == "digits" else (task.test,)
    parts = [split.take(np.arange(len(split))) for split in splits]
    inputs, classes = (np.concatenate([part[index] for part in parts]) for index in (0, 1))
    return Presented(np.tile(inputs, (times, *(1,) * (inputs.ndim - 1))), np.tile(classes, times))


def spiking(neuron: NeuronName, encoding: EncodingName, time_steps: int, config: Config) -> Responses:
    """Train, then present; trains of spikes."""
    settings = snn.Config(
        hidden=config.hidden, neuron=neuron, encoding=encoding, time_steps=time_steps, block_steps=time_steps
    )
    model = snn.build(settings, _task(config.task).spec)
    shown = presented(config, 1 if encoding == "direct" else config.presentations)

    def predict(params: PyTree, inputs: Array, key: PRNGKeyArray) -> Array:
        return model.apply(params, {}, inputs, key=key, train=True).prediction

    def listen(params: PyTree, inputs: Array, key: PRNGKeyArray) -> tuple[Array, ...]:
        return tuple(layer.astype(jnp.int8) for layer in trains(model, params, inputs, key))

    layers, accuracy = _run(lambda key: model.init(key).params, predict, listen, shown, config)
    return Responses(layers, shown.classes, accuracy)


def rectified(config: Config) -> Responses:
    """The same for a ReLU network of the same layers; activations."""
    task = _task(config.task)
    shown = presented(config, 1)
    sizes = (shown.inputs[0].size, *config.hidden, task.spec.outputs)

    def init(key: PRNGKeyArray) -> list[tuple[Array, Array]]:
        keys = jax.random.split(key, len(sizes) - 1)
        scales = [np.sqrt(2 / size) for size in sizes[:-1]]
        return [
            (scale * jax.random.normal(own, (sources, targets)), jnp.zeros(targets))
            for own, scale, sources, targets in zip(keys, scales, sizes, sizes[1:], strict=False)
        ]

    def listen(params: PyTree, inputs: Array, key: PRNGKeyArray) -> tuple[Array, ...]:
        values, layers = inputs.reshape(len(inputs), -1), []
        for weight, bias in params[:-1]:
            values = jax.nn.relu(values @ weight + bias)
            layers.append(values)
        return tuple(layers)

    def predict(params: PyTree, inputs: Array, key: PRNGKeyArray) -> Array:
        weight, bias = params[-1]
        return listen(params, inputs, key)[-1] @ weight + bias

    layers, accuracy = _run(init, predict, listen, shown, config)
    return Responses(layers, shown.classes, accuracy)


def trains(
    model: snn.SNN, params: PyTree, inputs: Float[Array, "batch ..."], key: PRNGKeyArray
) -> tuple[Float[Array, "time batch neurons"], ...]:
    """Spikes of each hidden layer of a dense network at every step."""
    network = model.network(params, {})
    steps, encoding = model.reading.time_steps, model.reading.encoding
    block = Block(jnp.asarray(0), steps, "exact")
    values = inputs.reshape(len(inputs), *model.reading.example_shape)
    outputs = encoding.at_steps(values, block.start, steps, key, steps).astype(float)
    found = []
    for layer in network.hidden:
        outputs = layer(outputs, layer.initial_state(len(inputs), None), layer.fan_out(), block).outputs
        found.append(outputs)
    return tuple(found)


def _run(init, predict, listen, shown: Presented, config: Config) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Layers ``[seeds, ...]`` and test accuracies ``[seeds]``."""
    task = _task(config.task)
    (inputs, targets), (held_out, answers) = (
        jax.tree.map(jnp.asarray, split.take(np.arange(len(split)))) for split in (task.train, task.test)
    )

    def fit(key: PRNGKeyArray) -> tuple[PyTree, Array]:
        init_key, train_key, test_key = jax.random.split(key, 3)

        def loss(params: PyTree, key: PRNGKeyArray, step: Int[Array, ""]) -> Float[Array, ""]:
            batch_key, input_key = jax.random.split(key)
            batch = jax.random.choice(batch_key, len(inputs), (config.batch_size,), replace=False)
            return task.loss(predict(params, inputs[batch], input_key), targets[batch]).mean()

        params, _ = train(
            loss,
            init(init_key),
            train_key,
            steps=config.steps,
            learning_rate=config.learning_rate,
            record=lambda params: None,
            records=1,
        )
        return params, task.scores(predict(params, held_out, test_key), answers)["accuracy"].mean()

    def program(keys: Key[Array, " seeds"], shown: Array) -> tuple[tuple[Array, ...], Array]:
        params, accuracy = jax.vmap(fit)(keys)
        # One network after the other: many more trials than in a training batch.
        return jax.lax.map(lambda own: listen(own[0], shown, jax.random.fold_in(own[1], 1)), (params, keys)), accuracy

    keys = jax.vmap(jax.random.key)(config.seed + jnp.arange(config.seeds))
    layers, accuracy = jax.jit(program)(keys, jnp.asarray(shown.inputs))
    return tuple(np.asarray(layer) for layer in layers), np.asarray(accuracy, float)
