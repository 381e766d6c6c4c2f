"""Parts as they are given, or drawn."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.own.splits import parts
from training.errors import BadInput

CLASSES = np.arange(100) % 4


def test_parts_are_drawn_with_every_class_in_each() -> None:
    found = parts("mine", CLASSES, None, seed=3)
    assert [len(one) for one in found[:3]] == [70, 10, 20]
    assert all(set(CLASSES[one]) == set(range(4)) for one in found[:3])
    assert found.note == "drawn with seed 3, stratified: 70 train, 10 validation, 20 test"


def test_parts_that_are_given_are_taken_by_any_of_their_names() -> None:
    split = np.array(["Training", "val", "testing", "train"] * 25)
    found = parts("mine", CLASSES, split, seed=0)
    np.testing.assert_array_equal(found.train, np.flatnonzero((split == "Training") | (split == "train")))
    np.testing.assert_array_equal(found.validation, np.flatnonzero(split == "val"))
    np.testing.assert_array_equal(found.test, np.flatnonzero(split == "testing"))


def test_validation_is_an_eighth_of_train_where_it_is_not_given_and_none_of_the_test() -> None:
    split = np.array(["train"] * 80 + ["test"] * 20)
    found = parts("mine", CLASSES, split, seed=0)
    assert [len(one) for one in found[:3]] == [70, 10, 20]
    np.testing.assert_array_equal(np.sort(np.concatenate(found[:2])), np.arange(80))
    assert "an eighth of train taken for validation with seed 0" in found.note


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (np.array(["train"] * 99 + ["holdout"]), "split holds 'holdout', and must name train, validation or test"),
        (np.zeros(100, int), "split is int64, and must name"),
        (np.array(["train"] * 100), "no example of test"),
        (np.array(["test"] * 100), "no example of train"),
        (np.array(["train"] * 9 + ["test"] * 91), "no example of validation and 9 of train"),
    ],
)
def test_parts_that_do_not_do_are_refused(split: np.ndarray, sentence: str) -> None:
    with pytest.raises(BadInput, match=f"mine: .*{sentence}"):
        parts("mine", CLASSES, split, seed=0)


def test_too_few_examples_are_not_divided() -> None:
    with pytest.raises(BadInput, match="mine holds 9 examples: give at least 10"):
        parts("mine", CLASSES[:9], None, seed=0)
