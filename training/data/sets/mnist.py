"""``mnist``: 28×28 grey images of handwritten digits (LeCun, Cortes, Burges).

Of the 60,000 published training examples the first 55,000 train and the last 5,000 validate; the published 10,000 test
examples test; their files are verified with the others, and read when they are used.
"""

from __future__ import annotations

from pathlib import Path

from training.data import idx
from training.data.files import DataFile
from training.data.split import DataSet

_HOST = "https://ossci-datasets.s3.amazonaws.com/mnist/"


def _file(name: str, size: int, sha256: str) -> DataFile:
    return DataFile(f"mnist/{name}", sha256, size, _HOST + name)


FILES = (
    _file("train-images-idx3-ubyte.gz", 9_630_634, "db8f937d487057fb14a9f0fbe97f0bc8d311ab41b750d41e1ff37c43b9e55e19"),
    _file("train-labels-idx1-ubyte.gz", 28_902, "51fc562b6747b666fbf6e84ce29d43c3cb5f9c388c664d43b33f02095313405a"),
    _file("t10k-images-idx3-ubyte.gz", 1_602_073, "cfeddb84311ecf044fc6a5b0f6ee8a24d265d4e83e388400186eb114082f4209"),
    _file("t10k-labels-idx1-ubyte.gz", 4_540, "e41c74e484045d39b462a7790a4af51301bd9b0b24f0154798d713ec68c45920"),
)


def load(root: Path) -> DataSet:
    """Images ``float32[28, 28, 1]`` in [0, 1], classes int32 0-9.

    Raises:
        BadInput: If a file is missing and cannot be downloaded, or is damaged.
    """
    return idx.load(FILES, root, training_examples=55_000)
