"""What every model of the study sees: the digits, or data of the user's own, pooled to what a circuit holds."""

from __future__ import annotations

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from eval.studies.gradient_worth.config import ANGLES_PER_QUBIT, Config
from eval.studies.gradient_worth.rows import Seen
from paradigms.interface import Spec
from paradigms.vqc.circuit.preprocessing import preprocessing_for
from training.data.arrays import ArraySplit
from training.data.split import Split
from training.errors import BadInput
from training.tasks import Task, TaskConfig, load_task


def load(config: Config) -> Task:
    """Load the data: images averaged over ``side`` × ``side`` cells, features as they are, values of deviation 1.

    Raises:
        BadInput: Circuits do not take such examples, or the settings do not fit them.
    """
    task = _load(config.task, config.side)
    if config.task is not None:
        features, angles = _features(task.spec), ANGLES_PER_QUBIT * config.qubits * config.layers
        if angles < features:
            lower = ", or lower side" if len(task.spec.inputs.shape) == 3 else ""
            raise BadInput(
                f"settings.qubits and layers make {angles} gate angles for the {features} features of "
                f"{called(config.task)}: raise one of them{lower}"
            )
        if len(task.train) < config.batch_size:
            raise BadInput(
                f"settings.batch_size={config.batch_size} must be at most the {len(task.train)} training examples of "
                f"{called(config.task)}"
            )
        if task.spec.kind == "regression" and not config.loss_targets:
            raise BadInput(
                f"settings.loss_targets=[] must list at least one: the targets of {called(config.task)} are values, "
                "which have no accuracy"
            )
    return task


def called(task: TaskConfig) -> str:
    """Return how sentences call data of the user's own: by the name of their file."""
    return task.name if task.path is None else Path(task.path).name


def seen(config: Config) -> list[Seen]:
    """Say what the data are, where they are not the study's own."""
    task = load(config)
    return [
        Seen(
            data=task.name if config.task is None else called(config.task),
            kind=task.spec.kind,
            features=_features(task.spec),
            training_examples=len(task.train),
            note=task.note,
        )
    ]


def _features(spec: Spec) -> int:
    return int(np.prod(spec.inputs.shape))


@functools.lru_cache(maxsize=2)
def _load(chosen: TaskConfig | None, side: int) -> Task:
    task = load_task(chosen or TaskConfig("digits"))
    spec = task.spec
    _require_images_or_features(task)
    if len(spec.inputs.shape) == 1:
        train, validation, test, note = task.train, task.validation, task.test, task.note
        inputs = spec.inputs
    else:
        if side > min(spec.inputs.shape[:2]):
            raise BadInput(
                f"settings.side={side} must be at most {min(spec.inputs.shape[:2])}, the pixels along a side of "
                f"task={task.name}"
            )
        # The circuit paradigm's own feature map.
        pool = preprocessing_for(spec, side**2, "features")

        def pooled(split: Split) -> ArraySplit:
            images, targets = split.take(np.arange(len(split)))
            values = jax.lax.map(pool, jnp.asarray(images), batch_size=1024)
            return ArraySplit(np.asarray(values.reshape(-1, side, side, 1)), targets)

        train, validation, test = pooled(task.train), pooled(task.validation), pooled(task.test)
        note = f"{task.note}; every model sees them averaged over {side}×{side} cells"
        inputs = jax.ShapeDtypeStruct((side, side, 1), np.float32)
    if spec.kind == "regression":
        mean, deviation = _moments(train)
        train, validation, test = (_standardised(split, mean, deviation) for split in (train, validation, test))
        note = f"{note}; targets are shifted and scaled to mean 0 and deviation 1 in training"
    return Task(task.name, Spec(inputs, spec.kind, spec.outputs), train, validation, test, note)


def _require_images_or_features(task: Task) -> None:
    inputs = task.spec.inputs
    if task.spec.kind == "language" or not isinstance(inputs, jax.ShapeDtypeStruct):
        raise BadInput(f"task={task.name}: study=gradient_worth trains circuits too, which take no sequences of tokens")
    if len(inputs.shape) not in (1, 3) or not np.issubdtype(inputs.dtype, np.floating):
        raise BadInput(
            f"task={task.name}: study=gradient_worth trains circuits too, which take images or features, and examples "
            f"here are {inputs.dtype} of shape {list(inputs.shape)}: give recordings as features, for example "
            "inputs.mean(axis=1)"
        )


def _moments(train: Split) -> tuple[np.ndarray, np.ndarray]:
    targets = np.asarray(train.take(np.arange(len(train)))[1], np.float64)
    deviation = targets.std(axis=0)
    return targets.mean(axis=0), np.where(deviation > 0, deviation, 1)


def _standardised(split: Split, mean: np.ndarray, deviation: np.ndarray) -> ArraySplit:
    inputs, targets = split.take(np.arange(len(split)))
    return ArraySplit(np.asarray(inputs), ((np.asarray(targets) - mean) / deviation).astype(np.float32))
