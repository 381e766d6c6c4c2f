"""Rotary positions: what a query sees of a key depends on where they are to each other only."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Unsupported
from paradigms.transformer.positions import check_rotary, rotate, rotation

_HEAD_WIDTH = 8


def _turned(vector: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    """One vector, turned by the position of each cell of the grid: [*grid, head_width]."""
    tokens = int(np.prod(grid))
    features = jnp.broadcast_to(jnp.asarray(vector), (1, tokens, 1, _HEAD_WIDTH))
    return np.asarray(rotate(features, rotation(grid, _HEAD_WIDTH))).reshape(*grid, _HEAD_WIDTH)


@given(seed=st.integers(0, 999), first=st.integers(0, 5), second=st.integers(0, 5), shift=st.integers(1, 40))
@settings(max_examples=25, deadline=None)
def test_scores_in_a_sequence_depend_on_the_difference(seed: int, first: int, second: int, shift: int) -> None:
    query, key = np.random.default_rng(seed).normal(size=(2, _HEAD_WIDTH))
    with jax.enable_x64(True):
        queries, keys = _turned(query, (46,)), _turned(key, (46,))
    np.testing.assert_allclose(queries[first] @ keys[second], queries[first + shift] @ keys[second + shift], atol=1e-12)


@given(
    seed=st.integers(0, 999),
    cells=st.lists(st.integers(0, 3), min_size=4, max_size=4),
    down=st.integers(0, 3),
    right=st.integers(0, 3),
)
@settings(max_examples=25, deadline=None)
def test_scores_in_an_image_depend_on_both_differences(seed: int, cells: list[int], down: int, right: int) -> None:
    query, key = np.random.default_rng(seed).normal(size=(2, _HEAD_WIDTH))
    with jax.enable_x64(True):
        queries, keys = _turned(query, (7, 7)), _turned(key, (7, 7))
    a, b, c, d = cells
    here = queries[a, b] @ keys[c, d]
    np.testing.assert_allclose(queries[a + down, b + right] @ keys[c + down, d + right], here, atol=1e-12)


def test_rows_and_columns_are_told_apart() -> None:
    query, key = np.random.default_rng(0).normal(size=(2, _HEAD_WIDTH)).astype(np.float32)
    queries, keys = _turned(query, (3, 3)), _turned(key, (3, 3))
    assert abs(queries[0, 0] @ keys[0, 1] - queries[0, 0] @ keys[1, 0]) > 1e-3


def test_angles_are_those_of_the_paper() -> None:
    # Su et al. 2021, Eq. 15: position m turns pair i by m · 10000^(−2i/d).
    turn = rotation((5,), _HEAD_WIDTH)
    expected = np.array([[m * 10_000 ** (-2 * i / _HEAD_WIDTH) for i in range(_HEAD_WIDTH // 2)] for m in range(5)])
    np.testing.assert_allclose(
        np.arctan2(turn.sin, turn.cos), np.arctan2(np.sin(expected), np.cos(expected)), atol=1e-12
    )


def test_lengths_are_kept() -> None:
    vector = np.random.default_rng(1).normal(size=_HEAD_WIDTH).astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(_turned(vector, (20,)), axis=-1), np.linalg.norm(vector), rtol=1e-6)


def test_a_head_too_narrow_for_the_axes_is_refused() -> None:
    check_rotary((4, 4), 8)
    with pytest.raises(Unsupported, match=r"\(6\) divisible by 4, two features for each of 2 axes"):
        check_rotary((4, 4), 6)
