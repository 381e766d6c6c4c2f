"""The idx format, and data sets that come in it."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from training.data import idx
from training.data.files import DataFile
from training.errors import BadInput


def idx_bytes(array: np.ndarray) -> bytes:
    """``array`` as an idx file, written by the letter of the format."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=4, max_side=6)))
def test_what_was_written_is_read(array: np.ndarray) -> None:
    np.testing.assert_array_equal(idx.parse_idx(idx_bytes(array), "x"), array)


@given(st.data())
def test_a_file_cut_anywhere_is_refused(data: st.DataObject) -> None:
    whole = idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(BadInput, match=r"^train-images (is truncated|does not start)"):
        idx.parse_idx(whole[:cut], "train-images")


def test_a_truncated_file_says_what_is_announced_and_what_is_there() -> None:
    whole = idx_bytes(np.zeros((2, 3), np.uint8))
    with pytest.raises(BadInput) as caught:
        idx.parse_idx(whole[:-2], "train-labels")
    assert str(caught.value) == (
        "train-labels is truncated or altered, since its header announces 6 values of shape (2, 3) and 4 bytes follow: "
        "delete it, and get it anew"
    )


@pytest.mark.parametrize("content", [b"", b"\x00\x00\x09\x01\x00\x00\x00\x00", b"\x89PNG\r\n"])
def test_what_is_no_idx_file_of_bytes_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="does not start as an idx file of bytes"):
        idx.parse_idx(content, "x")


def test_bytes_after_the_end_are_refused() -> None:
    with pytest.raises(BadInput, match=r"announces 2 values .* and 3 bytes follow"):
        idx.parse_idx(idx_bytes(np.zeros(2, np.uint8)) + b"!", "x")


@pytest.fixture
def sources(tmp_path: Path) -> tuple[DataFile, DataFile, DataFile, DataFile]:
    """A data set of 7 training and 3 test images of 2×2 pixels whose first is their number."""

    def write(name: str, array: np.ndarray) -> DataFile:
        content = gzip.compress(idx_bytes(array))
        (tmp_path / name).write_bytes(content)
        return DataFile(name, hashlib.sha256(content).hexdigest(), len(content))

    def images(numbers: range) -> np.ndarray:
        return np.array([[[number, 255], [0, 51]] for number in numbers], np.uint8)

    return (
        write("train-images", images(range(7))),
        write("train-labels", np.arange(7, dtype=np.uint8)),
        write("test-images", images(range(7, 10))),
        write("test-labels", np.arange(7, 10, dtype=np.uint8)),
    )


def test_the_published_training_set_is_cut_where_stated(
    sources: tuple[DataFile, DataFile, DataFile, DataFile], tmp_path: Path
) -> None:
    data = idx.load(sources, tmp_path, training_examples=5)
    for split, numbers in ((data.train, range(5)), (data.validation, range(5, 7)), (data.test, range(7, 10))):
        images, labels = split.take(np.arange(len(split)))
        assert labels.tolist() == list(numbers)
        np.testing.assert_array_equal(images[:, 0, 0, 0], np.float32(labels / 255))
        np.testing.assert_array_equal(images[:, 0, 1, 0], np.float32(1))
        assert images.shape[1:] == data.spec.inputs.shape == (2, 2, 1)
        assert (images.dtype, labels.dtype) == (np.float32, np.int32)


@pytest.mark.parametrize("place", [2, 3])
def test_a_damaged_test_file_is_reported_at_once(
    sources: tuple[DataFile, DataFile, DataFile, DataFile], tmp_path: Path, place: int
) -> None:
    (tmp_path / sources[place].name).write_bytes(b"?" * sources[place].size)
    with pytest.raises(BadInput, match=f"{sources[place].name} is damaged, since it has SHA-256"):
        idx.load(sources, tmp_path, training_examples=5)


def test_test_files_are_read_when_the_test_split_is_used(
    sources: tuple[DataFile, DataFile, DataFile, DataFile], tmp_path: Path
) -> None:
    data = idx.load(sources, tmp_path, training_examples=5)
    for source in sources[2:]:
        (tmp_path / source.name).unlink()
    data.train.take(np.arange(5))
    data.validation.take(np.arange(2))
    with pytest.raises(BadInput, match="is missing"):
        len(data.test)


@pytest.mark.parametrize("place", [2, 3])
def test_a_missing_test_file_is_reported_at_once(
    sources: tuple[DataFile, DataFile, DataFile, DataFile], tmp_path: Path, place: int
) -> None:
    (tmp_path / sources[place].name).unlink()
    with pytest.raises(BadInput, match=f"{sources[place].name} is missing"):
        idx.load(sources, tmp_path, training_examples=5)
