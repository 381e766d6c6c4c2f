"""Intervals of means, ratios and functions of means, held against SciPy and against what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from eval.statistics.intervals import Interval, jackknife, ratio, student, student_quantile, together, total, wilson

values = st.lists(st.floats(-100, 100), min_size=2, max_size=12)


@given(values, st.integers(1, 20))
def test_student_s_interval_is_scipy_s(sample, comparisons):
    found = student(sample, comparisons)
    assert found.mean == pytest.approx(np.mean(sample))
    half = stats.t.ppf(1 - 0.05 / comparisons / 2, len(sample) - 1) * stats.sem(sample)
    assert (found.low, found.high) == pytest.approx((found.mean - half, found.mean + half))


@given(values, st.integers(1, 20))
def test_an_interval_is_widened_to_scipy_s_of_several_comparisons(sample, comparisons):
    found = together(student(sample), len(sample) - 1, comparisons)
    half = stats.t.ppf(1 - 0.05 / comparisons / 2, len(sample) - 1) * stats.sem(sample)
    assert found == pytest.approx((np.mean(sample), np.mean(sample) - half, np.mean(sample) + half))


@given(values, st.integers(1, 20))
def test_the_total_of_one_mean_is_student_s(sample, comparisons):
    assert total(sample, comparisons=comparisons) == pytest.approx(student(sample, comparisons))


def test_the_total_of_two_means_is_welch_s_interval():
    """SciPy's Welch test of the difference of two means has this interval, at any sizes and spreads."""
    random = np.random.default_rng(7)
    for sizes, spread in (((8, 5), 1.0), ((8, 3), 20.0), ((3, 30), 0.05)):
        one, other = random.normal(3, 1, sizes[0]), random.normal(1, spread, sizes[1])
        wanted = stats.ttest_ind(one, other, equal_var=False).confidence_interval(1 - 0.05 / 4)
        found = total(one, -other, comparisons=4)
        assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))
        assert found.mean == pytest.approx(one.mean() - other.mean())


def test_a_total_without_spread_has_no_width_and_one_value_no_interval():
    assert total([1.0, 1.0], [2.0, 2.0, 2.0]) == Interval(3.0, 3.0, 3.0)
    with pytest.raises(ValueError, match="1 value has no interval"):
        total([1.0, 2.0], [3.0])


def test_the_jackknife_is_its_definition():
    random = np.random.default_rng(2)
    above, below = random.uniform(1, 2, 7), random.uniform(3, 5, 7)
    whole = math.log(above.mean() / below.mean())
    without = [math.log(np.delete(above, place).mean() / np.delete(below, place).mean()) for place in range(7)]
    # Efron & Tibshirani 1993, equation 11.5.
    error = math.sqrt(6 / 7 * np.sum((without - np.mean(without)) ** 2))
    half = stats.t.ppf(1 - 0.025 / 3, 6) * error
    found = jackknife(lambda one, other: math.log(one / other), above, below, comparisons=3)
    assert found == pytest.approx((whole, whole - half, whole + half))


@given(values)
def test_of_a_mean_the_jackknife_is_student_s(sample):
    assert jackknife(lambda mean: mean, sample) == pytest.approx(student(sample), abs=1e-9)


def test_a_ratio_is_of_means_and_covers():
    random, held = np.random.default_rng(0), 0
    for _ in range(400):
        below = random.uniform(1, 3, 12)
        found = ratio(2 * below + random.normal(0, 0.5, 12), below)
        held += found.low < 2 < found.high
    # 95% with a binomial standard deviation of 1.1%.
    assert 0.91 < held / 400 < 0.985
    assert ratio([1.0, 3.0], [4.0, 4.0]).mean == pytest.approx(0.5)


@pytest.mark.parametrize("count", [0, 1])
def test_one_value_has_no_interval(count):
    functions = (student, lambda one: jackknife(lambda mean: mean, one), lambda one: ratio(one, one))
    for function in functions:
        with pytest.raises(ValueError, match=f"{count} value has no interval: repeat with at least 2 seeds"):
            function([1.0] * count)


def test_an_interval_is_written_with_its_signs():
    assert str(Interval(0.5, -0.25, 1.25)) == "+0.500 [-0.250, +1.250]"


@given(st.integers(1, 60), st.data())
def test_wilson_holds_the_shares_that_a_score_test_does_not_reject(trials, data):
    successes = data.draw(st.integers(0, trials))
    found = wilson(successes, trials)
    assert found.mean == successes / trials
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.high > found.low
    # Its ends are where the normal score is 1.96 standard errors off (Wilson 1927).
    for end in (found.low, found.high):
        if 1e-9 < end < 1 - 1e-9:
            score = (found.mean - end) / math.sqrt(end * (1 - end) / trials)
            assert abs(score) == pytest.approx(1.959964, rel=1e-3)


@given(st.integers(1, 500), st.integers(1, 40))
def test_the_quantile_is_students(freedom, comparisons):
    assert student_quantile(freedom, comparisons) == stats.t.ppf(1 - 0.025 / comparisons, freedom)
    assert math.isnan(student_quantile(0, comparisons))
