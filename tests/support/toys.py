"""Small models and tasks with known answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from paradigms.interface import Cost, Output, Spec, Variables, Work
from training.data.split import Batch
from training.tasks import Task


@dataclass(frozen=True)
class Points:
    """A split over arrays in memory."""

    inputs: Any
    targets: Any

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, indices: Any) -> tuple[Any, Any]:
        return self.inputs[indices], self.targets[indices]


@dataclass(frozen=True)
class Perceptron:
    """features → hidden (tanh) → outputs, in plain JAX, with the switches that tests need."""

    features: int = 6
    hidden: int = 8
    outputs: int = 3
    noise: float = 0.0
    batch_coupled: bool = False
    penalty: float = 0.0
    name: str = "perceptron"
    notes: tuple[str, ...] = ()

    def init(self, key: Any) -> Variables:
        first, second = jax.random.split(key)
        params = {
            "hidden": {"weight": jax.random.normal(first, (self.features, self.hidden)) / self.features**0.5},
            "read": {
                "weight": jax.random.normal(second, (self.hidden, self.outputs)) / self.hidden**0.5,
                "bias": jnp.zeros(self.outputs),
            },
        }
        return Variables(params, {"calls": jnp.zeros((), jnp.int32)})

    def apply(self, params: Any, state: Any, inputs: Any, *, key: Any, train: bool) -> Output:
        inputs = inputs + self.noise * jax.random.normal(key, inputs.shape) if train else inputs
        if self.batch_coupled:
            inputs = inputs - inputs.mean(axis=0)
        hidden = jnp.tanh(inputs @ params["hidden"]["weight"])
        prediction = hidden @ params["read"]["weight"] + params["read"]["bias"]
        penalty = self.penalty * jnp.mean(jnp.square(hidden))
        telemetry = {"hidden_mean": jnp.mean(hidden)}
        return Output(prediction, {"calls": state["calls"] + jnp.int32(train)}, penalty, telemetry)

    def weight_decay_mask(self, params: Any) -> Any:
        return jax.tree.map(lambda leaf: leaf.ndim > 1, params)

    def cost(self) -> Cost:
        macs = self.features * self.hidden + self.hidden * self.outputs
        return Cost(Work(macs=macs), Work(macs=3 * macs))


@dataclass(frozen=True)
class Mean:
    """Predicts one learned vector, whatever the input: the gradient of its squared error is known by hand."""

    outputs: int
    name: str = "mean"
    batch_coupled: bool = False
    notes: tuple[str, ...] = ()

    def init(self, key: Any) -> Variables:
        return Variables({"mean": jnp.zeros(self.outputs)}, {})

    def apply(self, params: Any, state: Any, inputs: Any, *, key: Any, train: bool) -> Output:
        prediction = jnp.broadcast_to(params["mean"], (inputs.shape[0], self.outputs))
        return Output(prediction, state, jnp.zeros(()), {})

    def weight_decay_mask(self, params: Any) -> Any:
        return {"mean": False}

    def cost(self) -> Cost:
        return Cost(Work(), Work())


def blobs(seed: int = 0, examples: int = 200, features: int = 6, classes: int = 3) -> Task:
    """Gaussian blobs, one a class, in three splits."""
    random = np.random.default_rng(seed)
    centres = 2 * random.normal(size=(classes, features))

    def split(count: int) -> Points:
        targets = random.integers(0, classes, count).astype(np.int32)
        noise = random.normal(size=(count, features))
        return Points((centres[targets] + noise).astype(np.float32), targets)

    spec = Spec(jax.ShapeDtypeStruct((features,), jnp.float32), "classification", classes)
    return Task("blobs", spec, split(examples), split(examples // 4 + 3), split(examples // 4 + 1))


def regression_task(dimensions: int) -> Task:
    """Only a spec: for objectives that are fed batches by hand."""
    one = Points(np.zeros((1, 1), np.float32), np.zeros((1, dimensions), np.float32))
    spec = Spec(jax.ShapeDtypeStruct((1,), jnp.float32), "regression", dimensions)
    return Task("regression", spec, one, one, one)


def batch_of(task: Task, size: int, start: int = 0) -> Batch:
    """The examples ``start … start + size`` of the training split, on the device."""
    inputs, targets = task.train.take(np.arange(start, start + size))
    return jax.tree.map(jnp.asarray, Batch(inputs, targets, np.ones(size, np.float32)))
