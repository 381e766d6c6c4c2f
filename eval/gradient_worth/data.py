"""The digits as every model of the study sees them: pooled to what a circuit holds."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float32, Int32

from paradigms.interface import Spec
from paradigms.vqc.features import feature_map
from training.data.split import Split
from training.tasks import Task, TaskConfig, load_task


class Examples(NamedTuple):
    """Inputs in [0, 1] and classes."""

    inputs: Float32[Array, "examples side side 1"]
    targets: Int32[Array, " examples"]


@dataclass(frozen=True)
class Digits:
    """The three splits of ``digits``, pooled.

    Attributes:
        task: The task as it comes, for its loss and scores.
        spec: Of the pooled examples.
        train: To learn from.
        validation: Chooses learning rates and says when a target is reached.
        test: Read once, with the last parameters of the judged runs.
        note: How they were made.
    """

    task: Task
    spec: Spec
    train: Examples
    validation: Examples
    test: Examples
    note: str


@functools.lru_cache(maxsize=2)
def load(side: int) -> Digits:
    """Digits averaged over a grid of ``side`` × ``side`` equal cells by the circuit paradigm's own feature map."""
    task = load_task(TaskConfig("digits"))
    pool = feature_map(task.spec, side**2, "features")

    def pooled(split: Split) -> Examples:
        inputs, targets = split.take(np.arange(len(split)))
        images = jax.vmap(pool)(jnp.asarray(inputs)).reshape(-1, side, side, 1)
        return Examples(images, jnp.asarray(targets))

    spec = Spec(jax.ShapeDtypeStruct((side, side, 1), np.float32), task.spec.kind, task.spec.outputs)
    note = f"{task.note}; every model sees them averaged over {side}×{side} cells"
    return Digits(task, spec, pooled(task.train), pooled(task.validation), pooled(task.test), note)
