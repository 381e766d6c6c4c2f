"""The intervals of extremes of means: by hand through SciPy, as mirror images, and their coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eval.statistics.intervals import student
from eval.statistics.simultaneous import largest, smallest, smallest_of_largest


def bound(values, probability):
    """The one-sided bound by SciPy."""
    return stats.t.ppf(probability, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))


def test_each_end_has_the_comparisons_that_it_needs():
    random = np.random.default_rng(0)
    groups = [[random.normal(shift, 1, 6) for shift in (0, 1, 2)], [random.normal(shift, 1, 6) for shift in (3, 4, 5)]]
    found = smallest_of_largest(groups)
    assert found.mean == pytest.approx(min(max(np.mean(one) for one in group) for group in groups))
    # Three members of a group below, two groups above.
    assert found.low == pytest.approx(min(max(bound(one, 0.025 / 3) for one in group) for group in groups))
    assert found.high == pytest.approx(min(max(bound(one, 1 - 0.025 / 2) for one in group) for group in groups))


def test_the_smallest_is_the_mirror_image_of_the_largest_and_one_mean_is_student_s():
    samples = np.random.default_rng(1).normal(size=(3, 5))
    below, above = smallest(list(samples)), largest(list(-samples))
    assert below == pytest.approx((-above.mean, -above.high, -above.low))
    assert smallest(list(samples[:1])) == pytest.approx(student(samples[0]))
    assert below.low == pytest.approx(min(bound(one, 0.025) for one in samples))
    assert below.high == pytest.approx(min(bound(one, 1 - 0.025 / 3) for one in samples))


@pytest.mark.parametrize(
    "means",
    [
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],  # all alike: every comparison counts
        [[0.0, -9.0, -9.0], [0.0, -9.0, -9.0]],  # one in each group: the groups alone count
        [[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]],  # one group: its members alone count
    ],
)
def test_each_end_misses_in_at_most_one_of_forty(means):
    random = np.random.default_rng(2)
    truth = min(max(group) for group in means)
    tries = 1200
    too_high = too_low = 0
    for _ in range(tries):
        found = smallest_of_largest([[random.normal(mean, 1, 5) for mean in group] for group in means])
        too_high += found.low > truth
        too_low += found.high < truth
    # The 99.9% quantile of the misses that an end with 2.5% has.
    most = stats.binom.ppf(0.999, tries, 0.025)
    assert max(too_high, too_low) <= most


@pytest.mark.parametrize("groups", [[], [[]], [[[1.0, 2.0]], []]])
def test_nothing_has_no_extreme(groups):
    with pytest.raises(ValueError, match="no smallest or largest of nothing"):
        smallest_of_largest(groups)


def test_one_value_has_no_interval():
    with pytest.raises(ValueError, match="1 value has no interval"):
        smallest([[1.0, 2.0], [1.0]])
