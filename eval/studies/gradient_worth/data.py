"""The digits as every model of the study sees them: pooled to what a circuit holds."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from paradigms.interface import Spec
from paradigms.vqc.circuit.preprocessing import preprocessing_for
from training.data.arrays import ArraySplit
from training.data.split import Split
from training.tasks import Task, TaskConfig, load_task


@functools.lru_cache(maxsize=2)
def load(side: int) -> Task:
    """Digits averaged over a grid of ``side`` × ``side`` equal cells by the circuit paradigm's own feature map."""
    task = load_task(TaskConfig("digits"))
    pool = preprocessing_for(task.spec, side**2, "features")

    def pooled(split: Split) -> ArraySplit:
        inputs, targets = split.take(np.arange(len(split)))
        return ArraySplit(np.asarray(jax.vmap(pool)(jnp.asarray(inputs)).reshape(-1, side, side, 1)), targets)

    spec = Spec(jax.ShapeDtypeStruct((side, side, 1), np.float32), task.spec.kind, task.spec.outputs)
    note = f"{task.note}; every model sees them averaged over {side}×{side} cells"
    return Task(task.name, spec, pooled(task.train), pooled(task.validation), pooled(task.test), note)
