"""Intervals of what several repetitions say, or one: over repetitions where there are three, else over problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eval.statistics.intervals import Interval, student, together
from eval.statistics.simultaneous import largest, smallest

LEAST = 3
"""Repetitions from which they make the interval."""


class Measured(NamedTuple):
    """A statistic of one repetition, with its interval over problems.

    Attributes:
        value: The statistic.
        low, high: The ends of its 95% interval.
        problems: The problems that it is a mean over.
    """

    value: float
    low: float
    high: float
    problems: int


def over_repetitions(found: Sequence[Measured]) -> Interval:
    """Return the mean over repetitions with Student's interval; of fewer than three, what holds all their intervals.

    Raises:
        ValueError: There is no repetition.
    """
    if not found:
        raise ValueError("there is no repetition: an interval needs at least one")
    values = [one.value for one in found]
    if len(found) >= LEAST:
        return student(values)
    return Interval(sum(values) / len(values), min(one.low for one in found), max(one.high for one in found))


def smallest_of(groups: Sequence[Sequence[Measured]]) -> Interval:
    """Return the smallest, over groups, of the mean over repetitions, with an interval that holds for all together.

    Raises:
        ValueError: There is no group, or one has no repetition.
    """
    if not groups:
        raise ValueError("there is no smallest of nothing: give at least one group")
    if min(len(group) for group in groups) >= LEAST:
        return smallest([[one.value for one in group] for group in groups])
    plain = [over_repetitions(group) for group in groups]
    # The upper end of the smallest must hold for every group; its lower end for the smallest one alone.
    wider = [over_repetitions([_wider(one, len(groups)) for one in group]) for group in groups]
    return Interval(min(one.mean for one in plain), min(one.low for one in plain), min(one.high for one in wider))


def largest_of(groups: Sequence[Sequence[Measured]]) -> Interval:
    """Return the largest likewise; see :func:`smallest_of`."""
    if groups and min(len(group) for group in groups) >= LEAST:
        return largest([[one.value for one in group] for group in groups])
    turned = [[Measured(-one.value, -one.high, -one.low, one.problems) for one in group] for group in groups]
    mean, low, high = smallest_of(turned)
    return Interval(0.0 - mean, 0.0 - high, 0.0 - low)


def _wider(one: Measured, comparisons: int) -> Measured:
    interval = together(Interval(one.value, one.low, one.high), one.problems - 1, comparisons)
    return Measured(*interval, one.problems)
