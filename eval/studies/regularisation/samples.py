"""Small training sets, drawn anew for every repetition, and what is held out."""

from __future__ import annotations

import numpy as np

from eval.studies.regularisation.config import Config, DataSetName
from eval.studies.regularisation.models import SPEC
from training.data.arrays import ArraySplit
from training.data.order import permutation
from training.data.split import Split
from training.tasks import Task, TaskConfig, load_task

_CLASSES = (3, 8)
_SIDE = 4
_VALIDATION = 36  # threes and eights in the validation split of digits


def load(name: DataSetName, config: Config) -> list[Task]:
    """Draw a task for each repetition: two classes, features in [0, 1].

    ``digits_3_8`` are threes and eights, averaged over 2×2 pixels to 16 features.

    Returns:
        Tasks of the same sizes. The training split is drawn from the data set's own, another one in every repetition;
        the test split is the data set's and then what training left. The validation split, which chooses strengths and
        when to stop, is the same in all.
    """
    digits = name == "digits_3_8"
    task = load_task(TaskConfig("digits") if digits else TaskConfig(name, features=SPEC.inputs.shape[0]))
    prepare = _threes_and_eights if digits else _flat
    pool, validation, test = (prepare(*_whole(split)) for split in (task.train, task.validation, task.test))
    inputs, classes = validation
    chosen = ArraySplit(inputs[:_VALIDATION], classes[:_VALIDATION])
    return [_repetition(name, pool, chosen, test, config.seed + seed, config) for seed in range(config.seeds)]


def _repetition(
    name: str,
    pool: tuple[np.ndarray, np.ndarray],
    validation: Split,
    test: tuple[np.ndarray, np.ndarray],
    seed: int,
    config: Config,
) -> Task:
    drawn, left = np.split(permutation(len(pool[1]), seed), [config.train_examples])
    inputs, classes = (
        np.concatenate([own, part[left]])[: config.test_examples] for own, part in zip(test, pool, strict=True)
    )
    train, held_out = ArraySplit(pool[0][drawn], pool[1][drawn]), ArraySplit(inputs, classes)
    return Task(name, SPEC, train, validation, held_out)


def _whole(split: Split) -> tuple[np.ndarray, np.ndarray]:
    return split.take(np.arange(len(split)))


def _flat(inputs: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return inputs.reshape(len(inputs), -1), classes


def _threes_and_eights(images: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.isin(classes, _CLASSES)
    pixels = images[chosen].reshape(-1, _SIDE, 8 // _SIDE, _SIDE, 8 // _SIDE).mean(axis=(2, 4))
    return pixels.reshape(len(pixels), -1), (classes[chosen] == _CLASSES[1]).astype(np.int32)
