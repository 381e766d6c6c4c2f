"""Examples become token sequences without losing or moving a number."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Spec, Unsupported
from paradigms.transformer import Config
from paradigms.transformer.tokens import cut, layout


def _spec(shape: tuple[int, ...], dtype=jnp.float32, kind="classification") -> Spec:
    return Spec(jax.ShapeDtypeStruct(shape, dtype), kind, 10)


@given(
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    channels=st.integers(1, 3),
    side=st.integers(1, 4),
    seed=st.integers(0, 99),
)
@settings(max_examples=25, deadline=None)
def test_every_pixel_is_found_in_its_patch(height: int, width: int, channels: int, side: int, seed: int) -> None:
    images = np.random.default_rng(seed).normal(size=(2, height, width, channels)).astype(np.float32)
    tokens = np.asarray(cut(jnp.asarray(images), (side, side)))
    rows, columns = math.ceil(height / side), math.ceil(width / side)
    assert tokens.shape == (2, rows * columns, side * side * channels)
    rebuilt = np.zeros((2, rows * side, columns * side, channels), np.float32)
    for row in range(rows):
        for column in range(columns):
            patch = tokens[:, row * columns + column].reshape(2, side, side, channels)
            rebuilt[:, row * side : (row + 1) * side, column * side : (column + 1) * side] = patch
    np.testing.assert_array_equal(rebuilt[:, :height, :width], images)
    assert not rebuilt[:, height:].any()
    assert not rebuilt[:, :, width:].any()


def test_a_recording_is_cut_along_time() -> None:
    events = np.random.default_rng(0).random((3, 7, 2)) < 0.5
    tokens = np.asarray(cut(jnp.asarray(events), (3,)))
    assert tokens.dtype == np.float32
    padded = np.concatenate([events, np.zeros((3, 2, 2), bool)], axis=1)
    np.testing.assert_array_equal(tokens, padded.reshape(3, 3, 6).astype(np.float32))


@pytest.mark.parametrize(("features", "tokens", "size"), [(1, 1, 1), (5, 5, 1), (64, 64, 1), (65, 33, 2), (200, 50, 4)])
def test_features_are_tokens_of_their_own_or_share_one(features: int, tokens: int, size: int) -> None:
    cells = layout(Config(), _spec((features,)))
    assert (cells.grid, cells.patch, cells.features) == ((tokens,), (size,), size)
    values = np.random.default_rng(0).normal(size=(3, features)).astype(np.float32)
    padded = np.zeros((3, tokens * size), np.float32)
    padded[:, :features] = values
    np.testing.assert_array_equal(cut(jnp.asarray(values), (size,)), padded.reshape(3, tokens, size))
    assert len(cells.notes) == 1 + (tokens * size != features)


@pytest.mark.parametrize(
    ("side", "patch", "grid"), [(8, 2, (4, 4)), (28, 4, (7, 7)), (32, 4, (8, 8)), (1, 2, (1, 1)), (33, 5, (7, 7))]
)
def test_the_default_patch_gives_at_most_eight_a_side(side: int, patch: int, grid: tuple[int, int]) -> None:
    cells = layout(Config(), _spec((side, side, 1)))
    assert cells.patch == (patch, patch)
    assert cells.grid == grid
    assert cells.tokens == grid[0] * grid[1]


def test_notes_say_how_the_input_is_read_and_padded() -> None:
    image = layout(Config(patch=4), _spec((8, 8, 1)))
    assert image.notes == (
        "Each image of 8×8×1 is read as 2×2 tokens, patches of 4×4 pixels with all channels: 4 tokens of 16 numbers.",
    )
    recording = layout(Config(event_patch=8), _spec((9, 1), jnp.bool_))
    assert recording.notes == (
        "Each recording of 9×1 is read as 2 tokens, patches of 8 time steps with all channels: 2 tokens of 8 numbers.",
        "It is padded at the end with zeros to 16 time steps.",
    )
    assert layout(Config(), _spec((128,), jnp.int32, "language")).notes == ()


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (_spec((8, 8, 1), kind="language"), r"language tasks take token numbers int32\[time\], not float32\[8, 8, 1\]"),
        (_spec((8,), jnp.float32, "language"), "language tasks take token numbers"),
        (_spec((128,), jnp.int32), "for language tasks only"),
        (_spec((8, 8, 1), jnp.uint8), "give images as float32"),
        (_spec(()), r"not an input of shape \[\]"),
        (_spec((2, 8, 8, 1)), "not an input of shape"),
        (_spec((0, 8, 1)), "an axis is empty"),
        (Spec({"a": jax.ShapeDtypeStruct((8, 8, 1), jnp.float32)}, "classification", 2), "not a tree of arrays"),
    ],
)
def test_inputs_it_cannot_read_are_refused(spec: Spec, sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence):
        layout(Config(), spec)
