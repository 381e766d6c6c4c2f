"""Parts in which every class has its share."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.data.stratified import stratified_split


@given(st.lists(st.integers(0, 4), max_size=120), st.integers(0, 3))
def test_the_split_is_disjoint_complete_and_stratified(classes: list[int], seed: int) -> None:
    labels = np.array(classes, np.int32)
    parts = stratified_split(labels, seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(labels)))
    for part, share in zip(parts, (0.7, 0.1, 0.2), strict=True):
        # Of r < 10 further places in a row, j fall into a split of k places in ten: |j - r k/10| <= k (10 - k)/10.
        departure = np.abs(np.bincount(labels[part], minlength=5) - share * np.bincount(labels, minlength=5))
        np.testing.assert_array_less(departure, 10 * share * (1 - share) + 1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=80), st.tuples(st.integers(1, 5), st.integers(1, 5)))
def test_real_values_are_divided_completely_in_the_shares_asked_for(
    values: list[float], shares: tuple[int, int]
) -> None:
    parts = stratified_split(np.array(values), shares=shares)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(values)))
    for part, share in zip(parts, shares, strict=True):
        assert abs(len(part) - len(values) * share / sum(shares)) < sum(shares)


def test_every_part_spans_the_range_of_real_values() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    means = [values[part].mean() for part in stratified_split(values)]
    np.testing.assert_allclose(means, values.mean(), atol=0.03)


def test_another_seed_draws_other_parts() -> None:
    labels = np.arange(100) % 2
    first, again, other = (stratified_split(labels, seed=seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
