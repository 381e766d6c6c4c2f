"""Small training sets, drawn anew for every repetition, and what is held out."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float32, Int32

from eval.studies.regularisation.config import FEATURES, Config, DataSetName
from training.data.order import permutation
from training.data.split import Split
from training.tasks import TaskConfig, load_task

_CLASSES = (3, 8)
_SIDE = 4
_VALIDATION = 36  # threes and eights in the validation split of digits


class Examples(NamedTuple):
    """Examples, those of every repetition stacked on a leading axis until that is vectorised."""

    features: Float32[Array, "*seeds examples features"]
    classes: Int32[Array, "*seeds examples"]


class Samples(NamedTuple):
    """A data set as the study uses it.

    Attributes:
        train: Drawn from the training split, others in every repetition.
        validation: From the validation split; chooses strengths and when to stop.
        test: From the test split, and from what ``train`` left of the training split.
    """

    train: Examples
    validation: Examples
    test: Examples


def load(name: DataSetName, config: Config) -> Samples:
    """Two classes, features in [0, 1]. ``digits_3_8``: threes and eights, averaged over 2×2 pixels to 16 features."""
    digits = name == "digits_3_8"
    task = load_task(TaskConfig("digits") if digits else TaskConfig(name, features=FEATURES))
    prepare = _threes_and_eights if digits else _flat
    pool, validation, test = (prepare(*_whole(split)) for split in (task.train, task.validation, task.test))
    count = config.train_examples
    orders = [permutation(len(pool[1]), config.seed + seed) for seed in range(config.seeds)]
    train = [tuple(part[order[:count]] for part in pool) for order in orders]
    held_out = [
        tuple(
            np.concatenate([own, part[order[count:]]])[: config.test_examples]
            for own, part in zip(test, pool, strict=True)
        )
        for order in orders
    ]
    validation = tuple(part[:_VALIDATION] for part in validation)
    return Samples(_stacked(train), _stacked([validation] * config.seeds), _stacked(held_out))


def _whole(split: Split) -> tuple[np.ndarray, np.ndarray]:
    return split.take(np.arange(len(split)))


def _flat(inputs: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return inputs.reshape(len(inputs), -1), classes


def _threes_and_eights(images: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.isin(classes, _CLASSES)
    pixels = images[chosen].reshape(-1, _SIDE, 8 // _SIDE, _SIDE, 8 // _SIDE).mean(axis=(2, 4))
    return pixels.reshape(len(pixels), -1), (classes[chosen] == _CLASSES[1]).astype(np.int32)


def _stacked(repetitions: list[tuple[np.ndarray, ...]]) -> Examples:
    features, classes = (np.stack(parts) for parts in zip(*repetitions, strict=True))
    return Examples(jnp.asarray(features), jnp.asarray(classes))
