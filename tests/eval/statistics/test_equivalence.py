"""What whole intervals decide."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics.equivalence import above, below, every, some, throughout, within
from eval.statistics.intervals import student

numbers = st.floats(-10, 10)
decisions = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("low", "high", "decided"),
    [(0.9, 1.1, True), (0.96, 1.04, True), (0.8, 1.05, None), (0.95, 1.3, None), (0.5, 1.5, None), (1.11, 1.2, False),
     (0.1, 0.89, False), (1.1, 1.2, None), (0.8, 0.9, None)],
)  # fmt: skip
def test_a_band(low, high, decided):
    assert within(low, high, 1.0, 0.1) is decided


@pytest.mark.parametrize(
    ("low", "high", "decided"), [(1.01, 2.0, True), (0.5, 1.5, None), (1.0, 1.5, None), (0.1, 1.0, False)]
)
def test_a_threshold(low, high, decided):
    assert above(low, high, 1.0) is decided


def test_a_band_without_width_holds_its_centre():
    assert within(1.0, 1.0, 1.0, 0.0) is True
    assert within(1.0, 1.1, 1.0, 0.0) is None
    assert within(1.01, 1.1, 1.0, 0.0) is False


@given(numbers, numbers, numbers)
def test_below_mirrors_above(one, other, threshold):
    low, high = sorted((one, other))
    assert below(low, high, threshold) is above(-high, -low, -threshold)
    assert not (above(low, high, threshold) and below(low, high, threshold))


@given(decisions)
def test_joined_decisions_are_those_of_three_valued_logic(found):
    # Kleene: what is open may still be either.
    every_way = [[one] if one is not None else [True, False] for one in found]
    worlds: list[list[bool]] = [[]]
    for choices in every_way:
        worlds = [[*world, choice] for world in worlds for choice in choices]
    for join, plain in ((every, all), (some, any)):
        outcomes = {plain(world) for world in worlds}
        assert join(*found) is (outcomes.pop() if len(outcomes) == 1 else None)


@pytest.mark.parametrize("interval", [(2.0, 1.0), (math.nan, 1.0), (0.0, math.nan)])
def test_what_is_no_interval_is_refused(interval):
    for decide in (lambda: within(*interval, 0.0, 1.0), lambda: above(*interval, 0.0), lambda: below(*interval, 0.0)):
        with pytest.raises(ValueError, match="is no interval"):
            decide()
    with pytest.raises(ValueError, match="tolerance must be 0 or more"):
        within(0.0, 1.0, 0.0, -1.0)


def test_nothing_joined_is_refused():
    for join in (every, some):
        with pytest.raises(ValueError, match=r"^nothing was decided: there is no decision to join$"):
            join()


def test_all_are_below_by_themselves_and_one_is_not_where_all_are_looked_at():
    def small(low, high):
        return below(low, high, 1.0)

    assert throughout(small, [(0.0, 0.9), (0.0, 0.8)], [(-1.0, 1.5), (-1.0, 1.4)]) is True
    assert throughout(small, [(0.0, 0.9), (0.8, 1.2)], [(-1.0, 1.5), (0.5, 1.5)]) is None
    # By itself the second is above, but not where both are looked at.
    assert throughout(small, [(0.0, 0.9), (1.1, 1.2)], [(-1.0, 1.5), (0.8, 1.5)]) is None
    assert throughout(small, [(0.0, 0.9), (1.3, 1.4)], [(-1.0, 1.5), (1.1, 1.6)]) is False
    with pytest.raises(ValueError, match="nothing was decided"):
        throughout(small, [], [])


def test_an_intersection_union_test_errs_no_more_often_than_one_test():
    """One of eight quantities is exactly at the threshold: all count as below it in at most 2.5% of the trials."""
    random = np.random.default_rng(0)
    centres = np.array([0.0] + [-100.0] * 7)
    alone = [[student(values) for values in random.normal(centres, 1, (4, 8)).T] for _ in range(2000)]
    found = [throughout(lambda low, high: below(low, high, 0.0), [(one.low, one.high) for one in own],
                        [(one.low, one.high) for one in own]) for own in alone]  # fmt: skip
    assert 0.015 < np.mean([one is True for one in found]) < 0.035
