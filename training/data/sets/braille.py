"""``braille``: 1,400 recordings of a fingertip sliding over a Braille letter, as spikes (Müller-Cleve et al. 2022).

256 time steps of 12 channels; seven classes, a blank and A E I O U Y, 200 recordings each; as packed for the NIR paper
(Pedersen et al. 2024). Rows 0-979 train, 980-1259 validate, 1260-1399 test, as published: 140, 40 and 20 of a class.
"""

from __future__ import annotations

import io
from pathlib import Path

import jax
import numpy as np

from paradigms.interface import Spec
from training.data import files
from training.data.arrays import ArraySplit, unpack_steps
from training.data.files import DataFile
from training.data.split import DataSet

FILES = (
    DataFile(
        "braille/braille_events.npz",
        "aa5b75641622e4c4f6b115904468d20c3b255d291eb94fa3670d709399b2b95d",
        300_061,
    ),
)


def load(root: Path) -> DataSet:
    """Spikes ``bool[256, 12]``, classes int32 0-6; unpacked from bits a batch at a time.

    Raises:
        BadInput: If the file is missing or damaged.
    """
    with np.load(io.BytesIO(files.read(FILES[0], root)), allow_pickle=False) as archive:
        packed, labels = archive["spikes_packed"], archive["labels"].astype(np.int32)
    train, validation, test = (
        ArraySplit(packed[part], labels[part], unpack_steps)
        for part in (slice(None, 980), slice(980, 1260), slice(1260, None))
    )
    return DataSet(
        spec=Spec(jax.ShapeDtypeStruct((256, 12), np.bool_), "classification", 7),
        train=train,
        validation=validation,
        test=test,
        note="published split: 980 train, 280 validation, 140 test",
    )
