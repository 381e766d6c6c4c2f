"""Estimates of entropy and information, held against loops over trials and against what is known by hand."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eval.studies.bandwidth.information import coverage, entropy, estimate, shuffled, words

responses = st.lists(st.integers(0, 6), min_size=2, max_size=30)


@settings(deadline=None)
@given(responses)
def test_coverage_is_the_share_of_trials_whose_response_another_trial_has(drawn):
    # Good (1953): leave one trial out; was its response seen in those that are left?
    seen = [drawn[place] in drawn[:place] + drawn[place + 1 :] for place in range(len(drawn))]
    assert coverage(np.array(list(Counter(drawn).values()))) == pytest.approx(np.mean(seen))


def grassberger(count):
    """G(n) by his recursion (2003, equations 34 and 35), from G(1) and G(2) on."""
    value = -np.euler_gamma - math.log(2)
    for n in range(2, count + 1):
        if n % 2 == 0:
            value += 2 / (n - 1)
    return value


def by_recursion(drawn):
    counts = Counter(drawn).values()
    total = sum(counts)
    return (math.log(total) - sum(n * grassberger(n) for n in counts) / total) / math.log(2)


@settings(deadline=None)
@given(responses)
def test_entropy_is_that_of_grassberger_s_recursion(drawn):
    assert entropy(np.unique(drawn, return_counts=True)[1]) == pytest.approx(by_recursion(drawn), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(3, 6), st.integers(-1, 1)), min_size=2, max_size=40), st.integers(0, 99))
def test_an_estimate_is_what_loops_over_the_classes_give(trials, seed):
    drawn, classes = ([one[place] for one in trials] for place in (0, 1))

    def information(classes):
        within = [[one for one, own in zip(drawn, classes, strict=True) if own == kind] for kind in set(classes)]
        return by_recursion(drawn) - sum(len(one) / len(drawn) * by_recursion(one) for one in within)

    found = estimate(np.array(drawn), np.array(classes), np.random.default_rng(seed))
    assert found.entropy == pytest.approx(by_recursion(drawn), abs=1e-9)
    assert found.coverage == coverage(np.array(list(Counter(drawn).values())))
    assert found.class_bits == pytest.approx(information(classes), abs=1e-9)
    mixed = np.random.default_rng(seed).permutation(np.unique(classes, return_inverse=True)[1])
    assert found.control == pytest.approx(information(mixed.tolist()), abs=1e-9)


def test_a_train_is_the_number_whose_lowest_bit_is_its_first_step():
    trains = np.zeros((63, 3), np.int8)
    trains[0, 0] = trains[62, 1] = trains[5, 2] = trains[0, 2] = 1
    assert words(trains).tolist() == [1, 2**62, 33]


def test_spikes_go_to_every_step_alike():
    trains = np.zeros((6, 3000), np.int8)
    trains[0] = 1
    mixed = shuffled(trains, np.random.default_rng(0))
    assert mixed.sum(axis=0).tolist() == [1] * 3000
    assert stats.chisquare(mixed.sum(axis=1)).pvalue > 1e-3
