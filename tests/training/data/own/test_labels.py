"""Targets are understood, or refused in a sentence that names them and the way out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from training.data.own.labels import understood
from training.errors import BadInput

CLASSES = np.arange(30) % 3


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint16"])
def test_whole_numbers_from_zero_are_classes(dtype: str) -> None:
    found = understood("mine", CLASSES.astype(dtype), None)
    assert (found.kind, found.outputs, found.values.dtype) == ("classification", 3, np.int32)
    np.testing.assert_array_equal(found.values, CLASSES)
    assert found.note == "3 classes (examples of 0: 10, 1: 10, 2: 10)"


def test_texts_and_booleans_are_classes_in_the_order_of_their_names() -> None:
    names = np.array(["dog", "ant", "cat"])[CLASSES]
    found = understood("mine", names, None)
    assert found.note == "3 classes (examples of ant: 10, cat: 10, dog: 10)"
    np.testing.assert_array_equal(np.array(["ant", "cat", "dog"])[found.values], names)
    assert understood("mine", CLASSES == 1, None).note == "2 classes (examples of False: 20, True: 10)"


def test_a_class_without_examples_is_told() -> None:
    assert "1: 0" in understood("mine", np.where(CLASSES == 1, 2, CLASSES), None).note


def test_real_numbers_are_values_of_each_example() -> None:
    one = understood("mine", np.linspace(-1, 2.5, 30), None)
    assert (one.kind, one.outputs, one.values.shape, one.values.dtype) == ("regression", 1, (30, 1), np.float32)
    assert one.note == "a value per example, from -1 to 2.5 in all"
    assert understood("mine", np.random.default_rng(0).normal(size=(30, 4)), None).outputs == 4
    assert understood("mine", CLASSES, "regression").kind == "regression"


def test_whole_real_numbers_are_what_kind_says() -> None:
    found = understood("mine", CLASSES.astype(np.float64), "classification")
    np.testing.assert_array_equal(found.values, CLASSES)
    assert understood("mine", CLASSES.astype(np.float64), "regression").kind == "regression"


@pytest.mark.parametrize(
    ("targets", "kind", "sentence"),
    [
        (CLASSES + 1, None, r"mine: targets holds classes from 1 to 3, .* number them anew, targets - 1"),
        (CLASSES + 1, "classification", "targets - 1$"),
        (CLASSES - 1, None, r"classes from -1 to 1, .* numpy.unique"),
        (np.eye(3)[CLASSES], None, r"\[30, 3\] of one-hot codes: give the number of the class, targets.argmax"),
        (np.eye(3, dtype=int)[CLASSES], None, "one-hot codes"),
        (np.eye(3, dtype=bool)[CLASSES], "classification", "one-hot codes"),
        (np.ones((30, 2), int), None, "an example has one class"),
        (np.full(30, np.nan), None, "mine: targets is not finite in example 0"),
        (np.where(CLASSES == 2, np.inf, 0.5), "regression", "not finite in example 2"),
        (CLASSES.astype(float), None, "task.kind=classification or task.kind=regression"),
        (np.linspace(0, 1, 30), "classification", "which is no class"),
        (np.zeros(30, int), None, "one class only, 0"),
        (np.full(30, 0.5), None, "the same in every example"),
        (np.arange(30), None, "whole numbers up to 29 in 30 examples: .* task.kind=regression"),
        (np.array([0, 10**9] * 5), "classification", "up to 1000000000 in 10 examples"),
        (np.array(["a", "b"] * 5), "regression", "no numbers: use task.kind=classification"),
        (np.full(30, 1e300) * np.arange(30), "regression", "too large for single precision"),
        (np.ones((5, 2, 2)), None, r"the shape \[5, 2, 2\]"),
        (np.ones((5, 0)), None, "an axis is empty"),
        (np.linspace(0, 1, 10).reshape(5, 2), "classification", "an example has one class"),
        (np.array(["", "a"] * 5), "classification", "an empty text in example 0: name its class"),
        (np.array(["TRUE", "False", "true"] * 5), None, "'TRUE' and 'true', which differ in case or spaces only"),
        (np.array(["a b", "a  b"] * 5), None, "differ in case or spaces only"),
        (np.array(["1,5", "2,5", "3"] * 5), None, "holds '1,5', which looks like a number: write it as 1234.5"),
        (np.array(["$1,200.50", "$900"] * 5), None, "looks like a number"),
        (np.array([f"2020-01-{day:02}" for day in range(1, 21)]), None, "20 different texts in 20 examples"),
        (1.7e9 + np.linspace(0, 60, 30), None, "does not tell them apart: subtract the mean"),
        (2**40 + np.arange(30), "regression", "does not tell them apart: subtract the mean"),
    ],
)
def test_what_is_not_plain_is_refused(targets: np.ndarray, kind: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence), np.errstate(over="ignore"):
        understood("mine", targets, kind)


@given(
    hnp.arrays(
        st.sampled_from([np.int64, np.float64, np.bool_, np.dtype("U2"), np.uint8]),
        hnp.array_shapes(max_dims=3, max_side=6),
    ),
    st.sampled_from([None, "classification", "regression"]),
)
def test_whatever_is_given_is_understood_or_refused(targets: np.ndarray, kind: Any) -> None:
    try:
        with np.errstate(all="ignore"):
            found = understood("mine", targets, kind)
    except BadInput as refused:
        refused.args[0].index("mine: targets")
        return
    assert kind in (None, found.kind)
    assert len(found.values) == len(targets)
    if found.kind == "classification":
        assert found.values.dtype == np.int32
        assert 0 <= found.values.min() <= found.values.max() < found.outputs
        # Equal targets are one class, and different ones are two.
        flat = targets.reshape(-1)
        np.testing.assert_array_equal(flat[:, None] == flat[None], found.values[:, None] == found.values[None])
    else:
        # The smallest numbers are 0 in single precision.
        np.testing.assert_allclose(found.values, targets.reshape(len(targets), -1), rtol=1e-6, atol=1e-44)


def test_texts_that_are_said_to_be_classes_are() -> None:
    for names in (["a", "A"], ["1,5", "2,5"], [f"n{one}" for one in range(10)]):
        targets = np.array(names * (10 // len(names)))
        found = understood("mine", targets, "classification")
        assert (found.outputs, found.names) == (len(names), tuple(sorted(names)))
    assert understood("mine", np.array(["0", "1"] * 5), None).outputs == 2
    assert "'c\\nd': 5" in understood("mine", np.array(["a", "c\nd"] * 5), None).note
