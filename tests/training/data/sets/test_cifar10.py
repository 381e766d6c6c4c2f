"""The binary version of CIFAR-10."""

from __future__ import annotations

import numpy as np
import pytest

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
