"""Splits over arrays in memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from training.data.arrays import ArraySplit, unit_interval, unpack_steps
from training.errors import BadInput


@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=4, max_side=5)), st.sampled_from([16, 255]))
def test_unit_interval_is_the_nearest_float32_quotient(images: np.ndarray, maximum: int) -> None:
    values = unit_interval(images, maximum)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, (images.astype(np.float64) / maximum).astype(np.float32))


@given(hnp.arrays(np.bool_, st.tuples(st.integers(1, 3), st.just(24), st.integers(1, 3))))
def test_unpacking_undoes_packing_along_time(spikes: np.ndarray) -> None:
    unpacked = unpack_steps(np.packbits(spikes, axis=1))
    assert unpacked.dtype == np.bool_
    np.testing.assert_array_equal(unpacked, spikes)


def test_the_earliest_step_is_the_highest_bit() -> None:
    packed = np.array([[[0b1000_0001]]], np.uint8)
    np.testing.assert_array_equal(unpack_steps(packed)[0, :, 0], [1, 0, 0, 0, 0, 0, 0, 1])


def test_take_gathers_in_order_decodes_and_copies() -> None:
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1) * 51
    split = ArraySplit(images, np.arange(5, dtype=np.int32), unit_interval)
    inputs, targets = split.take(np.array([4, 0, 4]))
    np.testing.assert_array_equal(inputs.ravel(), np.array([0.8, 0.0, 0.8], np.float32))
    np.testing.assert_array_equal(targets, [4, 0, 4])
    targets[:] = -1
    assert split.targets[4] == 4
    assert len(split) == 5
    assert split.inputs.dtype == np.uint8


def test_inputs_may_be_any_tree_and_targets_real() -> None:
    inputs = {"left": np.arange(3.0, dtype=np.float32), "right": np.ones((3, 2), np.int32)}
    taken, targets = ArraySplit(inputs, np.zeros((3, 2), np.float32)).take(np.array([2]))
    assert taken["left"] == [2.0]
    assert taken["right"].shape == targets.shape == (1, 2)


def test_an_index_beyond_the_end_is_refused() -> None:
    split = ArraySplit(np.zeros((3, 1), np.float32), np.zeros(3, np.int32))
    with pytest.raises(IndexError):
        split.take(np.array([3]))


def test_arrays_of_unequal_length_are_refused() -> None:
    with pytest.raises(BadInput, match=r"\[2, 3\] examples"):
        ArraySplit({"a": np.zeros(2), "b": np.zeros(3)}, np.zeros(2, np.int32))


def test_a_view_is_taken_from_without_copying_the_whole_of_it() -> None:
    whole = np.arange(40_000_000, dtype=np.int32).reshape(-1, 4)
    split = ArraySplit(whole[:, :-1], whole[:, -1])
    tracemalloc.start()
    inputs, targets = split.take(np.array([3, 1]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    np.testing.assert_array_equal(inputs, [[12, 13, 14], [4, 5, 6]])
    np.testing.assert_array_equal(targets, [15, 7])
    assert peak < 1_000_000
