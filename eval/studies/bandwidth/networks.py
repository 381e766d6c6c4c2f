"""The networks whose neurons are listened to: trained for all seeds in one program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from eval.models.perceptron import activations, perceptron
from eval.studies.bandwidth.config import Config, EncodingName, NeuronName
from paradigms import snn
from paradigms.interface import Paradigm
from paradigms.snn.layers import TimeBlock
from paradigms.snn.rules import RULES
from training.config import Settings, TrainerConfig, plain_adam
from training.evaluation import split_means
from training.many import Many
from training.state import TrainState
from training.tasks import Task, TaskConfig, load_task

EXAMPLES_AT_ONCE = 256


class Responses(NamedTuple):
    """What the hidden neurons of every seed's network did, and how good the network is.

    Attributes:
        layers: The responses of each hidden layer, ``[seeds, time, trials, neurons]`` of 0 and 1, or activations
            ``[seeds, trials, neurons]``.
        classes: The class of each trial.
        test_accuracy: The accuracy on the test split, ``[seeds]``.
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
    """Return all digits, or the test images of MNIST, each ``times``."""
    task = _task(config.task)
    splits = (task.train, task.validation, task.test) if config.task == "digits" else (task.test,)
    parts = [split.take(np.arange(len(split))) for split in splits]
    inputs, classes = (np.concatenate([part[index] for part in parts]) for index in (0, 1))
    return Presented(np.tile(inputs, (times, *(1,) * (inputs.ndim - 1))), np.tile(classes, times))


def spiking(neuron: NeuronName, encoding: EncodingName, time_steps: int, config: Config) -> Responses:
    """Train spiking networks, present the examples, and return the trains of spikes."""
    settings = snn.Config(
        hidden=config.hidden, neuron=neuron, encoding=encoding, time_steps=time_steps, block_steps=time_steps
    )
    model = snn.build(settings, _task(config.task).spec)
    shown = presented(config, 1 if encoding == "direct" else config.presentations)

    def listen(params: PyTree, inputs: Array, key: PRNGKeyArray) -> tuple[Array, ...]:
        return tuple(layer.astype(jnp.int8) for layer in trains(model, params, inputs, key))

    layers, accuracy = _run(model, listen, shown, config)
    return Responses(layers, shown.classes, accuracy)


def rectified(config: Config) -> Responses:
    """Train ReLU networks of the same layers, present the examples, and return the activations."""
    model = perceptron(config.hidden, _task(config.task).spec, "ReLU network", nnx.initializers.he_normal())
    shown = presented(config, 1)

    def listen(params: PyTree, inputs: Array, key: PRNGKeyArray) -> tuple[Array, ...]:
        return activations(params, inputs)

    layers, accuracy = _run(model, listen, shown, config)
    return Responses(layers, shown.classes, accuracy)


def trains(
    model: snn.SNN, params: PyTree, inputs: Float[Array, "batch ..."], key: PRNGKeyArray
) -> tuple[Float[Array, "time batch neurons"], ...]:
    """Return the spikes of each hidden layer of a dense network at every step."""
    network = model.network(params, {})
    steps, encoding = model.reading.time_steps, model.reading.encoding
    block = TimeBlock(jnp.asarray(0), steps, RULES["bptt"])
    values = inputs.reshape(len(inputs), *model.reading.example_shape)
    outputs = encoding.at_steps(values, block.start, steps, key, steps).astype(float)
    found = []
    for layer in network.hidden:
        outputs = layer(outputs, layer.initial_state(len(inputs), None), layer.fan_out(), block).outputs
        found.append(outputs)
    return tuple(found)


def _run(
    model: Paradigm, listen: Callable[..., tuple[Array, ...]], shown: Presented, config: Config
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Return the layers ``[seeds, ...]`` and test accuracies ``[seeds]``."""
    task = _task(config.task)
    settings = Settings(
        trainer=TrainerConfig(steps=config.steps, batch_size=config.batch_size),
        optimizer=plain_adam(config.learning_rate),
    )
    tested = split_means(model, task, task.test, EXAMPLES_AT_ONCE)
    seeds = [config.seed + place for place in range(config.seeds)]
    state = Many(model, task, settings, every=config.steps).run(seeds).require_finite().state

    def hear(states: TrainState, inputs: Array) -> tuple[Array, ...]:
        # One network after the other: many more trials than in a training batch.
        return jax.lax.map(lambda own: listen(own.params, inputs, jax.random.fold_in(own.key, 1)), states)

    layers = jax.jit(hear)(state, jnp.asarray(shown.inputs))
    accuracy = jax.jit(jax.vmap(lambda own: tested(own)["accuracy"]))(state)
    return tuple(np.asarray(layer) for layer in layers), np.asarray(accuracy, float)
