"""``fashion_mnist``: 28×28 grey images of ten kinds of garment (Xiao, Rasul, Vollgraf 2017).

Of the 60,000 published training examples the first 55,000 train and the last 5,000 validate; the published 10,000 test
examples test; their files are verified with the others, and read when they are used.
"""

from __future__ import annotations

from pathlib import Path

from training.data import idx
from training.data.files import DataFile
from training.data.split import DataSet

_HOST = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"


def _file(name: str, size: int, sha256: str) -> DataFile:
    return DataFile(f"fashion_mnist/{name}", sha256, size, _HOST + name)


FILES = (
    _file("train-images-idx3-ubyte.gz", 26_421_856, "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7"),
    _file("train-labels-idx1-ubyte.gz", 29_491, "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056"),
    _file("t10k-images-idx3-ubyte.gz", 4_422_079, "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa"),
    _file("t10k-labels-idx1-ubyte.gz", 5_125, "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05"),
)


def load(root: Path) -> DataSet:
    """Images ``float32[28, 28, 1]`` in [0, 1], classes int32 0-9.

    Raises:
        BadInput: If a file is missing and cannot be downloaded, or is damaged.
    """
    return idx.load(FILES, root, training_examples=55_000)
