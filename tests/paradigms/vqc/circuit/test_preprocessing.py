"""The fixed map from images to features."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paradigms.interface import Spec, Unsupported
from paradigms.vqc.circuit.preprocessing import pooling_matrix, preprocessing_for


def spec(shape, dtype=jnp.float32, kind="classification"):
    return Spec(jax.ShapeDtypeStruct(shape, dtype), kind, 10)


@given(st.integers(1, 40), st.data())
def test_pooling_averages_exact_intervals(size, data):
    cells = data.draw(st.integers(1, size))
    matrix = pooling_matrix(size, cells)
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    np.testing.assert_allclose(matrix.sum(axis=0), cells / size)
    # The mean over an interval is the difference of the integral, which is linear between pixel borders.
    image = np.random.default_rng(size).normal(size=size)
    integral = np.interp(np.linspace(0, size, cells + 1), np.arange(size + 1), np.append(0, np.cumsum(image)))
    np.testing.assert_allclose(matrix @ image, np.diff(integral) * cells / size, atol=1e-12)


def test_an_image_that_fits_is_only_flattened():
    image = np.random.default_rng(0).uniform(size=(4, 6, 1)).astype(np.float32)
    features = preprocessing_for(spec(image.shape), 24, "slots")
    assert features.notes == ()
    np.testing.assert_allclose(features(jnp.asarray(image)), image.reshape(-1), rtol=1e-6)


def test_a_colour_image_is_reduced_to_luminance_and_pooled_as_stated():
    image = np.random.default_rng(0).uniform(size=(4, 4, 3))
    features = preprocessing_for(spec(image.shape), 7, "slots")
    gray = 0.299 * image[..., 0] + 0.587 * image[..., 1] + 0.114 * image[..., 2]
    expected = gray.reshape(2, 2, 2, 2).mean(axis=(1, 3)).reshape(-1)
    assert features.size == 4
    np.testing.assert_allclose(features(jnp.asarray(image, jnp.float32)), expected, rtol=1e-5)
    colour, pooling = features.notes
    assert "0.299 R + 0.587 G + 0.114 B" in colour
    assert "4×4" in pooling
    assert "2×2" in pooling
    assert "7 slots" in pooling


def test_other_channels_are_averaged():
    image = np.random.default_rng(0).uniform(size=(2, 2, 4)).astype(np.float32)
    features = preprocessing_for(spec(image.shape), 4, "slots")
    np.testing.assert_allclose(features(jnp.asarray(image)), image.mean(axis=-1).reshape(-1), rtol=1e-5)
    assert features.notes == ("The 4 channels are averaged.",)


def test_a_vector_passes_as_it_is():
    features = preprocessing_for(spec((5,)), 5, "slots")
    np.testing.assert_array_equal(features(jnp.arange(5.0)), np.arange(5))
    assert features.notes == ()


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        (spec((128,), jnp.int32, "language"), "use paradigm=transformer for text"),
        (spec((256, 12), jnp.bool_), r"spike recordings of shape \(256, 12\); use paradigm=snn"),
        (spec((3, 3)), r"float32 arrays of shape \(3, 3\); give it float images or vectors"),
        (spec((3,), jnp.int32), "int32 arrays"),
        (spec((9,)), "9 features exceeds the 8 slots"),
        (Spec({"a": jax.ShapeDtypeStruct((2,), jnp.float32)}, "classification", 2), "several arrays"),
    ],
)
def test_other_inputs_are_refused(task, sentence):
    with pytest.raises(Unsupported, match=sentence):
        preprocessing_for(task, 8, "slots")
