"""``cifar10``: 32×32 colour images of ten kinds of object (Krizhevsky 2009), in the binary version, without pickle.

Of the 50,000 published training examples the first 45,000 train and the last 5,000 validate; the published 10,000 test
examples test; their file is verified with the others, and read when it is used.
"""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
from jaxtyping import Int32, UInt8

from paradigms.interface import Spec
from training.data import files
from training.data.arrays import ArraySplit, unit_interval
from training.data.files import DataFile
from training.data.mirrored import MirroredSplit
from training.data.split import DataSet, LazySplit
from training.errors import BadInput

_ARCHIVE = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
_TRAINING_EXAMPLES = 45_000
_PIXELS = 3 * 32 * 32


def _file(name: str, sha256: str) -> DataFile:
    member = f"cifar-10-batches-bin/{name}"
    return DataFile(f"cifar10/{member}", sha256, 10_000 * (1 + _PIXELS), _ARCHIVE, member)


TRAINING_FILES = (
    _file("data_batch_1.bin", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
    _file("data_batch_2.bin", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
    _file("data_batch_3.bin", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
    _file("data_batch_4.bin", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
    _file("data_batch_5.bin", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
)
TEST_FILE = _file("test_batch.bin", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b")
FILES = (*TRAINING_FILES, TEST_FILE)


def load(root: Path, mirrored: bool = False) -> DataSet:
    """Images ``float32[32, 32, 3]`` in [0, 1] (red, green, blue), classes int32 0-9.

    Args:
        root: The directory of data.
        mirrored: Whether the mirror images of the training examples train, too.

    Raises:
        BadInput: If a file is missing and cannot be downloaded, or is damaged.
    """
    files.ensure(FILES, root)
    # Now, since a run should not end in the news that its test set is damaged.
    files.verify([TEST_FILE], root)
    images, labels = zip(*(parse_records(files.read(file, root), file.name) for file in TRAINING_FILES), strict=True)
    published, classes = np.concatenate(images), np.concatenate(labels)
    train, validation = (
        ArraySplit(published[part], classes[part], unit_interval)
        for part in (slice(None, _TRAINING_EXAMPLES), slice(_TRAINING_EXAMPLES, None))
    )
    return DataSet(
        spec=Spec(jax.ShapeDtypeStruct((32, 32, 3), np.float32), "classification", 10),
        train=MirroredSplit(train) if mirrored else train,
        validation=validation,
        test=LazySplit(lambda: ArraySplit(*parse_records(files.read(TEST_FILE, root), TEST_FILE.name), unit_interval)),
        note="published training set cut into its first 45,000 (train) and last 5,000 (validation); published test set"
        + ("; the mirror images of the 45,000 train, too" if mirrored else ""),
    )


def parse_records(
    content: bytes, name: str
) -> tuple[UInt8[np.ndarray, "examples 32 32 3"], Int32[np.ndarray, " examples"]]:
    """Images and classes of a file of records: one byte of class, then the red, green and blue plane of 1,024 each.

    Format: https://www.cs.toronto.edu/~kriz/cifar.html ("Binary version").

    Raises:
        BadInput: If ``content`` is no whole number of records, or a class is above 9.
    """
    if len(content) % (1 + _PIXELS):
        raise BadInput(
            f"{name} is truncated or altered, since its {len(content)} bytes are no multiple of {1 + _PIXELS}: "
            "delete it, and get it anew"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, 1 + _PIXELS)
    labels = records[:, 0].astype(np.int32)
    if labels.max(initial=0) > 9:
        raise BadInput(f"{name} is altered, since it holds a class {labels.max()} above 9: delete it, and get it anew")
    planes = records[:, 1:].reshape(-1, 3, 32, 32)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels
