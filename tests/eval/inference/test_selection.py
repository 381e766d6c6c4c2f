"""Estimators, held to the enumeration of all subsets and to closed forms."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.inference.selection import best_of, coverage, majority
from training.data.puzzles.problems import NO_ANSWER
from training.errors import BadInput

N = 7
pools = st.lists(st.booleans(), min_size=N, max_size=N)


def enumerated(choice, k):
    """The mean over all subsets of what a choice is worth."""
    return np.mean([choice(list(subset)) for subset in combinations(range(N), k)])


@given(pools, st.integers(1, N))
def test_coverage_is_that_of_all_subsets(pool, k):
    correct = np.array([pool])
    assert coverage(correct, k)[0] == pytest.approx(enumerated(lambda subset: correct[0, subset].any(), k), abs=1e-12)


@given(pools, st.lists(st.integers(0, 3), min_size=N, max_size=N), st.integers(1, N))
def test_the_best_is_that_of_all_subsets_and_equals_share(pool, scores, k):
    correct, given_scores = np.array([pool]), np.array([scores])

    def worth(subset):
        best = [place for place in subset if scores[place] == max(scores[one] for one in subset)]
        return correct[0, best].mean()

    assert best_of(given_scores, correct, k)[0] == pytest.approx(enumerated(worth, k), abs=1e-12)


@given(pools, st.integers(1, N))
def test_scores_that_know_give_coverage_and_scores_that_say_nothing_give_one_answer(pool, k):
    correct = np.array([pool])
    np.testing.assert_allclose(best_of(correct.astype(float), correct, k), coverage(correct, k), atol=1e-12)
    np.testing.assert_allclose(best_of(np.zeros((1, N)), correct, k), correct.mean(), atol=1e-12)


@given(st.integers(0, 40), st.integers(1, 39))
def test_a_vote_on_two_answers_is_the_hypergeometric_one(right, k):
    n = 40
    answers = (np.arange(n) < right).astype(int)[None]
    expected = sum(
        (1.0 if 2 * good > k else 0.5 if 2 * good == k else 0.0) * comb(right, good) * comb(n - right, k - good)
        for good in range(k + 1)
    ) / comb(n, k)
    # The same problem many times, each time with subsets of another seed.
    found = np.mean([majority(answers, answers == 1, k, seed=seed)[0] for seed in range(20)])
    assert found == pytest.approx(expected, abs=4 * max(np.sqrt(expected * (1 - expected) / 640), 1e-3))


def test_votes_by_hand():
    answers = np.array([[5, 5, 9, 9, 9], [5, 5, 9, 9, 8], [NO_ANSWER] * 4 + [3], [NO_ANSWER] * 5])
    correct = np.array([answers[0] == 5, answers[1] == 9, answers[2] == 3, answers[3] == 3])
    np.testing.assert_array_equal(majority(answers, correct, 5), [0, 0.5, 1, 0])
    weights = np.array([[2.0, 2, 1, 1, 1], [1, 1, 0.5, 0.5, 9], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]])
    np.testing.assert_array_equal(majority(answers, correct, 5, weights), [1, 0, 1, 0])


def test_large_pools_are_counted_in_logarithms():
    correct = np.zeros((1, 5000), bool)
    correct[0, :1] = True
    assert coverage(correct, 2500)[0] == pytest.approx(0.5, rel=1e-9)
    assert best_of(correct.astype(float), correct, 2500)[0] == pytest.approx(0.5, rel=1e-9)


def test_what_cannot_be_chosen_is_refused():
    correct = np.array([[True, False]])
    for call in (coverage, lambda right, k: best_of(np.zeros((1, 2)), right, k)):
        for k in (0, 3):
            with pytest.raises(BadInput, match=f"k={k} answers cannot be taken from a pool of 2: take 1 to 2"):
                call(correct, k)
    with pytest.raises(BadInput, match="a score is not a number"):
        best_of(np.array([[0.0, np.nan]]), correct, 1)
    with pytest.raises(BadInput, match="equal answers to problem 0 are right and wrong"):
        majority(np.array([[1, 1]]), correct, 1)
    for weight in (-1.0, np.nan):
        with pytest.raises(BadInput, match="a weight that is negative or not a number"):
            majority(np.array([[1, 2]]), correct, 1, np.array([[1.0, weight]]))
