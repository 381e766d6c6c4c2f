"""Inputs are understood and scaled, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from training.data.own.inputs import understood
from training.errors import BadInput

TRAIN = np.arange(8)
DRAWN = np.random.default_rng(0)


def _as_read(found: Any) -> np.ndarray:
    return found.decode(found.stored)


def test_bytes_are_images_from_zero_to_one() -> None:
    images = DRAWN.integers(0, 256, (12, 5, 4), dtype=np.uint8)
    found = understood("mine", images, TRAIN, None, None)
    assert found.example.shape == (5, 4, 1)
    assert found.stored.dtype == np.uint8
    np.testing.assert_allclose(_as_read(found), images[..., None] / 255, rtol=1e-6)
    assert understood(
        "mine", DRAWN.integers(0, 256, (12, 5, 4, 3), dtype=np.uint8), TRAIN, None, None
    ).example.shape == (
        5,
        4,
        3,
    )


def test_booleans_are_recordings_of_spikes() -> None:
    spikes = DRAWN.random((12, 20, 3)) < 0.25
    found = understood("mine", spikes, TRAIN, None, None)
    assert (found.example.shape, found.example.dtype) == ((20, 3), np.bool_)
    np.testing.assert_array_equal(_as_read(found), spikes)
    assert "20 time steps × 3 channels" in found.notes[0]


def test_features_are_scaled_one_by_one_by_their_range_in_training() -> None:
    features = DRAWN.normal(size=(12, 3)) * [1, 100, 1e-3] + [0, 50, 7]
    found = _as_read(understood("mine", features, TRAIN, None, None))
    low, high = features[TRAIN].min(axis=0), features[TRAIN].max(axis=0)
    np.testing.assert_allclose(found, np.clip((features - low) / (high - low), 0, 1), atol=2e-3)
    standard = _as_read(understood("mine", features, TRAIN, None, "standard"))
    np.testing.assert_allclose(standard[TRAIN].mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(standard[TRAIN].std(axis=0), 1, rtol=1e-3)
    np.testing.assert_allclose(_as_read(understood("mine", features, TRAIN, None, "none")), features, rtol=1e-6)


def test_what_lies_between_zero_and_one_is_left_as_it_is() -> None:
    features = DRAWN.uniform(0.2, 0.8, size=(12, 3))
    found = understood("mine", features, TRAIN, None, None)
    np.testing.assert_array_equal(_as_read(found), features.astype(np.float32))
    assert "left as they are" in found.notes[1]


def test_images_and_recordings_of_numbers_are_scaled_as_one() -> None:
    values = DRAWN.normal(size=(12, 6, 5))
    for form in ("image", "recording"):
        found = understood("mine", values, TRAIN, form, None)
        assert found.example.shape == ((6, 5, 1) if form == "image" else (6, 5))
        low, high = values[TRAIN].min(), values[TRAIN].max()
        wanted = np.clip((values - low) / (high - low), 0, 1)
        np.testing.assert_allclose(_as_read(found).reshape(wanted.shape), wanted, atol=1e-6)


def test_a_feature_that_never_changes_in_training_becomes_zero_and_is_told() -> None:
    features = DRAWN.normal(size=(12, 3)) * 9
    features[TRAIN, 1] = 4.0
    for scaling in ("unit", "standard"):
        found = understood("mine", features, TRAIN, None, scaling)
        assert not _as_read(found)[:, 1].any()
        assert "1 of 3 features, the same in all of training, become 0" in found.notes


@pytest.mark.parametrize(
    ("inputs", "form", "scaling", "sentence"),
    [
        (np.zeros(12), None, None, r"the shape \[12\]: give each example at least one number, inputs\[:, None\]"),
        (np.zeros((12, 2, 2, 2, 2)), None, None, "at most three axes"),
        (
            DRAWN.random((12, 10, 34, 34)) < 0.1,
            None,
            None,
            "of 34 channels is rare: say .* task.form=image",
        ),
        (np.zeros((12, 20, 3), np.bool_), None, None, "the same in every training example"),
        (np.full((12, 5, 4), 255, np.uint8), None, None, "the same in every training example"),
        (0.5 + 1e-9 * DRAWN.random((12, 3)), None, None, "does not tell them apart: choose task.scaling=unit"),
        (1e9 + DRAWN.random((12, 3)), None, "none", "does not tell them apart"),
        (DRAWN.random((12, 3, 32, 32)), None, None, r"channels before rows: .* inputs.transpose\(0, 2, 3, 1\)"),
        (DRAWN.random((12, 28, 28)), None, None, "task.form=image or task.form=recording"),
        (DRAWN.integers(0, 9, (12, 28, 28)), None, None, "inputs is int64 .* task.form=image"),
        (DRAWN.integers(0, 2, (12, 6, 6), dtype=np.uint8), None, None, "bytes of 0 and 1 only"),
        (np.full((12, 3), np.nan), None, None, "inputs holds nan in example 0"),
        (np.full((12, 3), 1e300), None, None, r"inputs holds 1e\+300 in example 0"),
        (np.full((12, 3), 2**40), None, None, "whole numbers beyond 16777216"),
        (np.full((12, 3), 7.0), None, None, "the same in every training example"),
        (np.array([["a"]] * 12), None, None, "inputs holds texts"),
        (np.zeros((12, 0)), None, None, "an axis is empty"),
        (DRAWN.random((12, 6, 5)), "features", None, r"features are inputs.reshape\(len\(inputs\), -1\)"),
        (DRAWN.random((12, 6)), "image", None, "which task.form=image does not fit"),
        (DRAWN.random((12, 6, 5)) < 0.5, None, "standard", "task.scaling=standard is for numbers"),
    ],
)
def test_what_is_not_plain_is_refused(inputs: np.ndarray, form: Any, scaling: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=f"^mine: .*{sentence}"):
        understood("mine", inputs, TRAIN, form, scaling)


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float16, np.int64, np.bool_, np.uint8]),
        st.tuples(st.just(12)).flatmap(
            lambda head: hnp.array_shapes(max_dims=3, max_side=4).map(lambda s: (*head, *s))
        ),
    ),
    st.sampled_from([None, "none", "unit", "standard"]),
    st.sampled_from([None, "features", "image", "recording"]),
)
def test_whatever_is_given_is_finite_single_precision_or_spikes_or_refused(
    inputs: np.ndarray, scaling: Any, form: Any
) -> None:
    try:
        found = understood("mine", inputs, TRAIN, form, scaling)
    except BadInput as refused:
        refused.args[0].index("mine: inputs")
        return
    read = _as_read(found)
    assert read.shape == (12, *found.example.shape)
    assert read.dtype == found.example.dtype
    assert read.dtype in (np.float32, np.bool_)
    assert np.isfinite(read).all()
    assert found.notes
    if scaling in (None, "unit"):
        assert read.min() >= 0
        assert read.max() <= 1


@given(
    st.sampled_from(["unit", "standard"]),
    st.sampled_from(["features", "image", "recording"]),
    st.floats(-1e12, 1e12),
    st.floats(1e-3, 1e3),
)
def test_scaling_loses_nothing_far_from_zero(scaling: Any, form: Any, far: float, wide: float) -> None:
    shape = {"features": (12, 3), "image": (12, 4, 3, 2), "recording": (12, 4, 3)}[form]
    values = far + wide * DRAWN.random(shape)
    found = _as_read(understood("mine", values, TRAIN, form, scaling))
    train, axes = values[TRAIN], 0 if form == "features" else None
    if scaling == "unit":
        wanted = np.clip((values - train.min(axis=axes)) / np.ptp(train, axis=axes), 0, 1)
    else:
        wanted = (values - train.mean(axis=axes)) / train.std(axis=axes)
    # Of the difference of two numbers, double precision keeps what is beyond their own rounding.
    np.testing.assert_allclose(found.reshape(shape), wanted, atol=1e-5 + 1e-14 * abs(far) / wide, rtol=1e-5)


def test_a_range_that_single_precision_does_not_hold_is_scaled() -> None:
    values = 6e38 * (DRAWN.random((12, 3)) - 0.5)
    for scaling in ("unit", "standard"):
        found = _as_read(understood("mine", values, TRAIN, None, scaling))
        assert np.isfinite(found).all()
        assert len(np.unique(found[TRAIN])) == found[TRAIN].size - (4 if scaling == "unit" else 0)


def test_pieces_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    values = DRAWN.normal(size=(12, 3, 2))
    for scaling, form in (("unit", "image"), ("standard", "recording")):
        whole = _as_read(understood("mine", values, TRAIN, form, scaling))
        with monkeypatch.context() as small:
            small.setattr("training.data.own.inputs.PIECE", 7)
            np.testing.assert_allclose(_as_read(understood("mine", values, TRAIN, form, scaling)), whole, atol=1e-6)
