"""The binary version of CIFAR-10."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.arrays import ArraySplit, unit_interval
from training.data.mirrored import MirroredSplit
from training.data.sets import cifar10
from training.errors import BadInput


def record(label: int, image: np.ndarray) -> bytes:
    """One byte of class, then the three planes, as the format has it."""
    return bytes([label]) + b"".join(image[:, :, colour].tobytes() for colour in range(3))


def test_records_are_read_as_images_of_height_width_and_colour() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    content = b"".join(record(label, image) for label, image in zip((9, 0, 4), images, strict=True))
    read, labels = cifar10.parse_records(content, "x")
    np.testing.assert_array_equal(read, images)
    np.testing.assert_array_equal(labels, [9, 0, 4])
    assert (read.dtype, labels.dtype) == (np.uint8, np.int32)


def test_a_truncated_file_is_refused() -> None:
    content = record(0, np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(BadInput, match=r"batch.bin is truncated or altered, since its 3072 bytes"):
        cifar10.parse_records(content[:-1], "batch.bin")


def test_a_class_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadInput, match="holds a class 10 above 9"):
        cifar10.parse_records(record(10, np.zeros((32, 32, 3), np.uint8)), "x")


def test_every_image_comes_as_it_is_and_mirrored() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 2), np.uint8)
    split = MirroredSplit(ArraySplit(images, np.arange(3, dtype=np.int32), unit_interval))
    assert len(split) == 6
    read, classes = split.take(np.array([4, 1, 5, 0]))
    np.testing.assert_array_equal(classes, [1, 1, 2, 0])
    assert read.dtype == np.float32
    for place, (original, turned) in enumerate([(1, True), (1, False), (2, True), (0, False)]):
        for row in range(4):
            for column in range(5):
                source = images[original, row, 4 - column if turned else column]
                np.testing.assert_allclose(read[place, row, column], source / 255, rtol=1e-6)
    for index in (-1, 6):
        with pytest.raises(IndexError, match="of 6"):
            split.take(np.array([index]))


def test_the_mirror_images_of_validation_do_not_train(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), np.uint8)
    content = b"".join(record(place, image) for place, image in enumerate(images))
    monkeypatch.setattr(cifar10.files, "ensure", lambda *_: None)
    monkeypatch.setattr(cifar10.files, "verify", lambda *_: None)
    monkeypatch.setattr(cifar10.files, "read", lambda *_: content)
    monkeypatch.setattr(cifar10, "_TRAINING_EXAMPLES", 45)
    plain, mirrored = cifar10.load(tmp_path), cifar10.load(tmp_path, mirrored=True)
    assert (len(plain.train), len(mirrored.train)) == (45, 90)
    assert len(mirrored.validation) == len(plain.validation) == 5
    assert "mirror images of the 45,000 train" in mirrored.note
