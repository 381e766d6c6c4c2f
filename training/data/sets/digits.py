"""``digits``: 1,797 handwritten digits of 8×8 pixels that come with scikit-learn, so nothing is downloaded.

The test part of "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998, UCI). Split 70/10/20 into 1,260
training, 179 validation and 358 test examples, the classes in proportion. The same writers occur in all three.
"""

from __future__ import annotations

import gzip
import importlib.util
from functools import partial
from pathlib import Path

import jax
import numpy as np

from paradigms.interface import Spec
from training.data.arrays import ArraySplit, unit_interval
from training.data.split import DataSet
from training.data.stratified import stratified_split
from training.errors import BadInput

FILES = ()
_LARGEST_PIXEL = 16


def load(root: Path) -> DataSet:
    """Images ``float32[8, 8, 1]`` in [0, 1], classes int32 0-9. ``root`` is not used: the data lie with scikit-learn.

    Raises:
        BadInput: If scikit-learn is not installed or does not carry the file.
    """
    with gzip.open(_embedded_file(), "rt") as lines:
        table = np.loadtxt(lines, delimiter=",", dtype=np.uint8)
    images, labels = table[:, :-1].reshape(-1, 8, 8, 1), table[:, -1].astype(np.int32)
    train, validation, test = (
        ArraySplit(images[part], labels[part], partial(unit_interval, maximum=_LARGEST_PIXEL))
        for part in stratified_split(labels)
    )
    return DataSet(
        spec=Spec(jax.ShapeDtypeStruct((8, 8, 1), np.float32), "classification", 10),
        train=train,
        validation=validation,
        test=test,
        note="scikit-learn's 1,797 digits, stratified: 1,260 train, 179 validation, 358 test",
    )


def _embedded_file() -> Path:
    # Found without importing scikit-learn, which would take 3 s.
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise BadInput("task=digits reads data that come with scikit-learn, which is missing: pip install scikit-learn")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if not path.is_file():
        raise BadInput(
            f"task=digits needs {path}, which this scikit-learn does not carry: install version 1.6 or later"
        )
    return path
