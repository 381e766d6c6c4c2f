"""The data sets themselves, where they are on this machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.data.files import data_directory, missing_files
from training.tasks import LANGUAGES, TASKS, Task, TaskConfig, load_task, task_files


def load(name: str) -> Task:
    missing = missing_files(task_files(TaskConfig(name)), data_directory())
    if missing:
        pytest.skip(f"{missing[0].name} is not in {data_directory()}")
    return load_task(TaskConfig(name))


SIZES = {
    "digits": (1_260, 179, 358),
    "mnist": (55_000, 5_000, 10_000),
    "fashion_mnist": (55_000, 5_000, 10_000),
    "cifar10": (45_000, 5_000, 10_000),
    "braille": (980, 280, 140),
    # Windows of 128 in 4,551,552, 252,864 and 252,864 characters.
    "shakespeare": (35_558, 1_975, 1_975),
    # Drawn, as many of each trained complexity.
    "countdown": (250_000, 1_000, 1_000),
    "chain": (250_002, 1_000, 1_000),
    # There are no more that are held out.
    "hanoi": (250_002, 18, 18),
    # As Bowles et al. 2024 draw them, and as many again for validation as for the test.
    **dict.fromkeys(
        ("linearly_separable", "hidden_manifold", "two_curves", "hyperplanes", "bars_and_stripes"), (240, 60, 60)
    ),
}


LENGTHS = {"shakespeare": 128, "countdown": 21, "chain": 34, "hanoi": 38}


@pytest.mark.parametrize("name", [name for name in TASKS if name != "arrays"])
def test_sizes_shapes_and_classes_are_as_stated(name: str) -> None:
    task = load(name)
    splits = (task.train, task.validation, task.test)
    assert tuple(map(len, splits)) == SIZES[name]
    for split in splits:
        inputs, targets = split.take(np.array([0, len(split) - 1]))
        assert inputs.shape[1:] == task.spec.inputs.shape
        assert inputs.dtype == task.spec.inputs.dtype
        assert targets.dtype == np.int32
        language = task.spec.kind == "language"
        assert language == (name in LANGUAGES)
        assert targets.shape == (inputs.shape if language else (2,))
        assert not language or inputs.shape == (2, LENGTHS[name])
    assert (task.vocabulary is not None) == language
    first = task.train.take(np.arange(min(900, len(task.train))))
    assert first[0].min() >= 0
    assert first[0].max() <= (task.spec.outputs - 1 if task.spec.kind == "language" else 1)
    # 900 examples hold every class, but not every rare character.
    if task.spec.kind == "classification":
        assert set(np.unique(first[1])) == set(range(task.spec.outputs))


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_the_published_splits_share_no_image_at_their_seam(name: str) -> None:
    task = load(name)
    before = task.train.take(np.arange(len(task.train) - 200, len(task.train)))[0]
    after = task.validation.take(np.arange(200))[0]
    assert not {image.tobytes() for image in before} & {image.tobytes() for image in after}


def test_braille_classes_are_equally_frequent_in_every_split() -> None:
    task = load("braille")
    for split, count in ((task.train, 140), (task.validation, 40), (task.test, 20)):
        spikes, labels = split.take(np.arange(len(split)))
        np.testing.assert_array_equal(np.bincount(labels), np.full(7, count))
        assert 0 < spikes.mean() < 0.5


def test_the_shakespeare_vocabulary_reads_as_text() -> None:
    task = load("shakespeare")
    assert task.spec.outputs == 84
    first = task.train.take(np.array([0]))[0][0]
    title = np.frombuffer(b"ALL'S WELL", np.uint8)
    letters = title >= ord("A")
    # Every capital occurs in the training text, so their numbers are as far apart as in ASCII.
    np.testing.assert_array_equal(np.diff(first[:10][letters]), np.diff(title[letters].astype(int)))
    assert first[5] == 1  # the space, after the newline


def test_mnist_test_files_are_not_opened_by_training_and_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    load("mnist")
    opened: list[str] = []
    read_bytes = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or read_bytes(path))
    task = load_task(TaskConfig("mnist"))
    task.train.take(np.arange(3))
    task.validation.take(np.arange(3))
    assert sorted(opened) == ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]
    len(task.test)
    assert sorted(opened)[:2] == ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]
