"""What every model sees of each task, in a split of its own for each seed."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from eval.studies.gradient_worth import matching
from eval.studies.gradient_worth.config import ANGLES_PER_QUBIT, Config
from eval.studies.gradient_worth.rows import Seen
from paradigms.interface import Spec
from paradigms.vqc.circuit.preprocessing import preprocessing_for
from training.data.arrays import ArraySplit
from training.data.draws import Draws
from training.data.generated import unit_range
from training.data.order import permutation
from training.data.sets import bars_and_stripes
from training.data.split import Split
from training.errors import BadInput
from training.tasks import Task, TaskConfig, load_task

Kind = Literal["static", "timed"]
KINDS: dict[str, Kind] = {
    "digits": "static",
    "fashion_mnist": "static",
    "bars_and_stripes": "static",
    "braille": "timed",
    "matching": "timed",
}
"""Whether the examples of a task of the study have a time axis, which a spiking network then reads step by step."""
POOL = 4000
"""Examples of a generated task, and at most so many of a recorded one, of which each seed draws its splits."""
WINDOWS = 8
"""Time windows of a Braille recording in which its spikes are counted."""
_SPLIT_EPOCH = 2**31
"""Keeps the draw of a seed's split apart from the order of its batches."""


@dataclass(frozen=True)
class Case:
    """A task under the settings of the study.

    Attributes:
        config: The settings.
        task: A task of the study, or the name of the user's own data.
    """

    config: Config
    task: str

    @property
    def own(self) -> TaskConfig | None:
        """The user's own data, where the task is these."""
        return self.config.task

    @property
    def kind(self) -> Kind:
        """Whether examples have a time axis; data of the user's own have none."""
        return "static" if self.own is not None else KINDS[self.task]


def cases(config: Config) -> list[Case]:
    """List the tasks: the study's, or the user's own data alone."""
    if config.task is not None:
        return [Case(config, called(config.task))]
    return [Case(config, task) for task in config.tasks]


def called(task: TaskConfig) -> str:
    """Return how sentences call data of the user's own: by the name of their file."""
    return task.name if task.path is None else Path(task.path).name


class Pool(NamedTuple):
    """Examples of which every seed draws its splits."""

    inputs: Float[np.ndarray, "examples ..."]
    targets: Shaped[np.ndarray, " examples"]
    outputs: int
    note: str


def spec(case: Case) -> Spec:
    """Say what the models must take and give.

    Raises:
        BadInput: Circuits do not take such examples, or the settings do not fit them.
    """
    return split(case, case.config.seed).spec


@functools.lru_cache(maxsize=256)
def split(case: Case, seed: int) -> Task:
    """Draw the splits of a seed; data of the user's own keep theirs.

    Args:
        case: The task.
        seed: The seed of a repetition.

    Returns:
        Images of ``side`` × ``side`` cells, recordings ``[steps, channels, 1]`` or features, all the same for every
        model; values have mean 0 and deviation 1 in training.

    Raises:
        BadInput: Circuits do not take such examples, or the settings do not fit them.
    """
    if case.own is not None:
        return _own(case)
    pool, config = _pool(case.task, case.config.side), case.config
    sizes = [config.training_examples, config.validation_examples, config.validation_examples]
    if sum(sizes) > len(pool.targets):
        raise BadInput(
            f"settings.training_examples={sizes[0]} and twice settings.validation_examples={sizes[1]} are more than "
            f"the {len(pool.targets):,} examples of {case.task}: lower one of them"
        )
    order = permutation(len(pool.targets), seed, _SPLIT_EPOCH)
    parts = np.split(order[: sum(sizes)], np.cumsum(sizes)[:-1])
    inputs = jax.ShapeDtypeStruct(pool.inputs.shape[1:], np.float32)
    train, validation, test = (ArraySplit(pool.inputs[part], pool.targets[part]) for part in parts)
    return Task(case.task, Spec(inputs, "classification", pool.outputs), train, validation, test, pool.note)


def seen(case: Case) -> Seen:
    """Say what the data are."""
    task = split(case, case.config.seed)
    return Seen(
        task=case.task,
        kind=task.spec.kind,
        timed=case.kind == "timed",
        features=features(task.spec),
        training_examples=len(task.train),
        note=task.note,
    )


def features(spec: Spec) -> int:
    """Count the numbers of an example."""
    return int(np.prod(spec.inputs.shape))


@functools.lru_cache(maxsize=8)
def _pool(task: str, side: int) -> Pool:
    if task == "bars_and_stripes":
        images, classes = bars_and_stripes.draw(Draws(0), POOL, 4)
        values = unit_range(images.reshape(POOL, -1), reference=images.reshape(POOL, -1)).reshape(POOL, 4, 4, 1)
        return Pool(values.astype(np.float32), classes, 2, "4×4 noisy images of horizontal or of vertical lines")
    if task == "matching":
        recordings, classes = matching.draw(np.random.default_rng(0), POOL)
        note = f"{matching.STEPS} steps of {matching.CHANNELS} channels with two pulses, on one channel or on both"
        return Pool(recordings[..., None].astype(np.float32), classes, 2, note)
    loaded = load_task(TaskConfig(task))
    inputs, targets = _everything(loaded)
    if task == "braille":
        steps, channels = inputs.shape[1:]
        rates = inputs.reshape(len(inputs), WINDOWS, steps // WINDOWS, channels).mean(axis=2)
        values = (rates / rates.max())[..., None].astype(np.float32)
        note = f"spikes counted in {WINDOWS} windows of time and {channels} channels"
    else:
        values, note = _cells(loaded.spec, inputs, side), f"images averaged over {side}×{side} cells"
    return Pool(values, np.asarray(targets, np.int32), loaded.spec.outputs, note)


def _everything(task: Task) -> tuple[np.ndarray, np.ndarray]:
    """All examples of a task whose test data came with the rest; the first of its training data where they are many."""
    if len(task.train) >= POOL:
        return task.train.take(np.arange(POOL))
    parts = [part.take(np.arange(len(part))) for part in (task.train, task.validation, task.test)]
    inputs, targets = zip(*parts, strict=True)
    return np.concatenate(inputs), np.concatenate(targets)


def _cells(spec: Spec, images: np.ndarray, side: int) -> Float[np.ndarray, "examples side side 1"]:
    # The circuit paradigm's own feature map.
    pool = preprocessing_for(spec, side**2, "features")
    values = jax.lax.map(pool, jnp.asarray(images), batch_size=1024)
    return np.asarray(values).reshape(-1, side, side, 1)


@functools.lru_cache(maxsize=2)
def _own(case: Case) -> Task:
    config, chosen = case.config, case.own
    assert chosen is not None, "the data are the user's own"
    task = load_task(chosen)
    spec = task.spec
    _require_images_or_features(task)
    train, validation, test, note, inputs = task.train, task.validation, task.test, task.note, spec.inputs
    if len(spec.inputs.shape) == 3:
        if config.side > min(spec.inputs.shape[:2]):
            raise BadInput(
                f"settings.side={config.side} must be at most {min(spec.inputs.shape[:2])}, the pixels along a side of "
                f"task={task.name}"
            )

        def pooled(part: Split) -> ArraySplit:
            images, targets = part.take(np.arange(len(part)))
            return ArraySplit(_cells(spec, images, config.side), targets)

        train, validation, test = pooled(train), pooled(validation), pooled(test)
        note = f"{note}; every model sees them averaged over {config.side}×{config.side} cells"
        inputs = jax.ShapeDtypeStruct((config.side, config.side, 1), np.float32)
    if spec.kind == "regression":
        mean, deviation = _moments(train)
        train, validation, test = (_standardised(part, mean, deviation) for part in (train, validation, test))
        note = f"{note}; targets are shifted and scaled to mean 0 and deviation 1 in training"
    seen = Task(task.name, Spec(inputs, spec.kind, spec.outputs), train, validation, test, note)
    if len(seen.train) < config.batch_size:
        raise BadInput(
            f"settings.batch_size={config.batch_size} must be at most the {len(seen.train)} training examples of "
            f"{case.task}"
        )
    return seen


def require_angles(case: Case) -> None:
    """Refuse circuits that do not hold all features of the data.

    Raises:
        BadInput: They have too few gate angles.
    """
    config = case.config
    count, angles = features(spec(case)), ANGLES_PER_QUBIT * config.qubits * min(config.circuit_layers)
    if angles < count:
        lower = ", or lower side" if len(spec(case).inputs.shape) == 3 else ""
        raise BadInput(
            f"settings.qubits and circuit_layers make {angles} gate angles for the {count} features of {case.task}: "
            f"raise one of them{lower}"
        )


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


def _standardised(part: Split, mean: np.ndarray, deviation: np.ndarray) -> ArraySplit:
    inputs, targets = part.take(np.arange(len(part)))
    return ArraySplit(np.asarray(inputs), ((np.asarray(targets) - mean) / deviation).astype(np.float32))
