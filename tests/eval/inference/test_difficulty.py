"""A choice among strategies gains nothing where there is nothing to choose."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.inference.difficulty import cross_validated, difficulty_bins
from training.errors import BadInput


@given(st.lists(st.integers(0, 5), min_size=5, max_size=40), st.integers(1, 5))
def test_bins_are_of_one_size_and_in_order(ease, bins):
    found = difficulty_bins(np.array(ease), bins)
    sizes = np.bincount(found, minlength=bins)
    assert sizes.max() - sizes.min() <= 1
    hardest_first = [np.array(ease)[found == one] for one in range(bins)]
    assert all(lower.max() <= upper.min() for lower, upper in pairwise(hardest_first))


def test_noise_gains_nothing_by_a_choice_that_is_judged_elsewhere():
    random = np.random.default_rng(0)
    elsewhere, here = [], []
    for repetition in range(200):
        outcomes = random.random((6, 100))
        bins = difficulty_bins(random.random(100))
        elsewhere.append(cross_validated(outcomes, bins, seed=repetition)[0].mean() - 0.5)
        best = [outcomes[:, bins == one].mean(axis=1).max() for one in range(5)]
        here.append(np.mean(best) - 0.5)
    error = np.std(elsewhere) / np.sqrt(200)
    assert abs(np.mean(elsewhere)) < 3 * error
    assert np.mean(here) > 0.05


def test_what_is_best_in_a_bin_is_taken_there():
    bins = np.repeat([0, 1], 10)
    outcomes = np.array([np.where(bins == 0, 0.9, 0.1), np.where(bins == 0, 0.2, 0.7), np.full(20, 0.5)])
    found, chosen = cross_validated(outcomes, bins)
    np.testing.assert_array_equal(chosen, bins)
    np.testing.assert_array_equal(found, np.where(bins == 0, 0.9, 0.7))


def test_no_problem_takes_part_in_its_own_choice():
    random = np.random.default_rng(1)
    outcomes, bins = random.random((3, 30)), np.zeros(30, int)
    _, before = cross_validated(outcomes, bins)
    for place in range(30):
        changed = outcomes.copy()
        changed[:, place] = [100.0, -100.0, 0.0]
        _, after = cross_validated(changed, bins)
        assert after[place] == before[place]


def test_a_bin_that_one_half_lacks_takes_what_is_best_overall():
    outcomes = np.array([[0.9, 0.8, 0.7], [0.1, 0.2, 0.3]])
    np.testing.assert_array_equal(cross_validated(outcomes, np.array([0, 0, 1]))[1], 0)


def test_what_cannot_be_cut_is_refused():
    with pytest.raises(BadInput, match="3 problems make no 5 bins"):
        difficulty_bins(np.zeros(3))
    with pytest.raises(BadInput, match="ease of a problem is not a number"):
        difficulty_bins(np.array([0.0, np.nan]), 1)
    for shape in ((0, 4), (2, 1)):
        with pytest.raises(BadInput, match="leave nothing to choose"):
            cross_validated(np.zeros(shape), np.zeros(shape[1], int))
