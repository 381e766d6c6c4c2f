"""Splits that are read when first used."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.arrays import ArraySplit
from training.data.split import LazySplit, Split


@pytest.mark.parametrize("first_use", [len, lambda split: split.take(np.array([0]))])
def test_a_lazy_split_loads_once_and_not_before_use(first_use) -> None:
    loads = []

    def load() -> Split:
        loads.append(None)
        return ArraySplit(np.arange(3.0), np.arange(3))

    split = LazySplit(load)
    assert not loads
    first_use(split)
    assert len(split) == 3
    np.testing.assert_array_equal(split.take(np.array([2, 1]))[1], [2, 1])
    assert len(loads) == 1
