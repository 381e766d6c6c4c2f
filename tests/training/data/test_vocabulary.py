"""Numbers and the words that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.vocabulary import Vocabulary
from training.errors import BadInput

CHARACTERS, WORDS = Vocabulary(("a", "b", " ")), Vocabulary(("one", "two", "+"), " ")


@given(st.lists(st.integers(0, 2), max_size=8))
def test_numbers_come_back(numbers):
    for vocabulary in (CHARACTERS, WORDS):
        encoded = vocabulary.encode(vocabulary.decode(numbers))
        np.testing.assert_array_equal(encoded, numbers)
        assert encoded.dtype == np.int32


def test_what_is_unknown_is_named():
    with pytest.raises(BadInput, match="'c' is not in the vocabulary, which is: ab "):
        CHARACTERS.encode("abc")
    with pytest.raises(BadInput, match=r"'three' is not in the vocabulary, which is: one two \+"):
        WORDS.number("three")
    for number in (-1, 3):
        with pytest.raises(IndexError):
            WORDS.decode([0, number])


@pytest.mark.parametrize(
    ("words", "separator", "sentence"),
    [
        (("a", "a"), "", "holds 'a' twice"),
        (("a", "bc"), "", "holds 'bc': it needs single characters"),
        (("a", "b c"), " ", "holds 'b c': it needs words without ' '"),
        (("a", ""), " ", "holds ''"),
    ],
)
def test_words_that_cannot_be_told_apart_are_refused(words, separator, sentence):
    with pytest.raises(BadInput, match=sentence):
        Vocabulary(words, separator)
