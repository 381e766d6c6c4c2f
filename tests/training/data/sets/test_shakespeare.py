"""Windows of a text, and its vocabulary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.sets.shakespeare import WindowSplit, encode
from training.errors import BadInput


@given(st.integers(2, 60), st.data())
def test_every_token_but_the_last_ones_is_predicted_once_from_the_one_before(text: int, data: st.DataObject) -> None:
    length = data.draw(st.integers(1, text - 1))
    split = WindowSplit(np.arange(text, dtype=np.uint8), length)
    inputs, targets = split.take(np.arange(len(split)))
    assert inputs.shape == targets.shape == (len(split), length)
    assert inputs.dtype == targets.dtype == np.int32
    np.testing.assert_array_equal(targets, inputs + 1)
    predicted = len(split) * length
    np.testing.assert_array_equal(targets.ravel(), np.arange(1, predicted + 1))
    assert 0 <= text - 1 - predicted < length


def test_windows_come_in_the_order_asked_for() -> None:
    inputs, _ = WindowSplit(np.arange(10, dtype=np.uint8), 3).take(np.array([2, 0, 2]))
    np.testing.assert_array_equal(inputs, [[6, 7, 8], [0, 1, 2], [6, 7, 8]])


@pytest.mark.parametrize("index", [-1, 3])
def test_a_window_beyond_the_end_is_refused(index: int) -> None:
    with pytest.raises(IndexError, match="of 3"):
        WindowSplit(np.arange(10, dtype=np.uint8), 3).take(np.array([0, index]))


@pytest.mark.parametrize("length", [0, 10, 11])
def test_a_length_that_fits_no_window_is_refused(length: int) -> None:
    with pytest.raises(BadInput, match=rf"task.length={length} must be between 1 and 9"):
        WindowSplit(np.arange(10, dtype=np.uint8), length)


@given(st.text("ab \n", min_size=20, max_size=200).map(lambda text: "ab \n" + text))
def test_encoding_keeps_the_text_and_cuts_it_by_position(text: str) -> None:
    vocabulary, parts = encode(text.encode())
    assert vocabulary == b"\n ab"
    decoded = ["".join(chr(vocabulary[token]) for token in part) for part in parts]
    assert "".join(decoded) == text
    assert len(decoded[0]) == len(text) * 90 // 100
    assert len(decoded[0]) + len(decoded[1]) == len(text) * 95 // 100


def test_a_character_unknown_to_training_is_refused() -> None:
    with pytest.raises(BadInput, match="'z' occur in the last 10%"):
        encode(b"a" * 95 + b"z" * 5)
