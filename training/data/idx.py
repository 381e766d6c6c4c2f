"""Data sets in the format of MNIST: gzipped idx files (two zero bytes, type, rank, big-endian sizes, then values)."""

from __future__ import annotations

import math
from pathlib import Path

import jax
import numpy as np
from jaxtyping import UInt8

from paradigms.interface import Spec
from training.data import files
from training.data.arrays import ArraySplit, unit_interval
from training.data.files import DataFile
from training.data.split import DataSet, LazySplit
from training.errors import BadInput

_UNSIGNED_BYTE = 0x08


def parse_idx(content: bytes, name: str) -> UInt8[np.ndarray, " *shape"]:
    """The array of unsigned bytes in ``content``, a read-only view of it; ``name`` is for the error.

    Format: http://yann.lecun.com/exdb/mnist/ (bottom of the page).

    Raises:
        BadInput: If the header is not idx, or announces another number of bytes than there are.
    """
    if len(content) < 4 or content[:3] != bytes((0, 0, _UNSIGNED_BYTE)):
        raise BadInput(f"{name} does not start as an idx file of bytes: delete it, and get it anew")
    rank = content[3]
    header = 4 + 4 * rank
    shape = tuple(int(size) for size in np.frombuffer(content[4:header], ">u4")) if len(content) >= header else None
    if shape is None or len(content) != header + math.prod(shape):
        announced = "a longer header" if shape is None else f"{math.prod(shape)} values of shape {shape}"
        raise BadInput(
            f"{name} is truncated or altered, since its header announces {announced} and "
            f"{max(len(content) - header, 0)} bytes follow: delete it, and get it anew"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def load(sources: tuple[DataFile, DataFile, DataFile, DataFile], root: Path, training_examples: int) -> DataSet:
    """Ten classes of grey images, from gzipped files of training images and labels, then of test images and labels.

    The first ``training_examples`` of the published training set train, the rest validate. Images are
    ``float32[height, width, 1]`` in [0, 1], classes int32.

    Raises:
        BadInput: If a file is missing and cannot be downloaded, or is damaged.
    """
    files.ensure(sources, root)
    # Now, since a run should not end in the news that its test set is damaged.
    files.verify(sources[2:], root)
    published = _read(sources[0], sources[1], root)
    train, validation = (
        ArraySplit(published.inputs[part], published.targets[part], unit_interval)
        for part in (slice(None, training_examples), slice(training_examples, None))
    )
    return DataSet(
        spec=Spec(jax.ShapeDtypeStruct(published.inputs.shape[1:], np.float32), "classification", 10),
        train=train,
        validation=validation,
        test=LazySplit(lambda: _read(sources[2], sources[3], root)),
        note=f"published training set cut into its first {training_examples:,} (train) and last {len(validation):,} "
        "(validation); published test set",
    )


def _read(images: DataFile, labels: DataFile, root: Path) -> ArraySplit:
    pixels, classes = (
        parse_idx(files.decompress(files.read(file, root), file.name), file.name) for file in (images, labels)
    )
    return ArraySplit(pixels[..., np.newaxis], classes.astype(np.int32), unit_interval)
