"""95% intervals of the smallest and the largest of several means, and of the smallest of several largest.

A statement such as "on every data set some regulariser helps" is one about a single number: the smallest, over the data
sets, of the largest gain. Its interval is made of one-sided bounds at 97.5%, each with the comparisons that it needs
and no more (the union-intersection and intersection-union principles; Berger 1982, Technometrics 24, 295).
"""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from eval.statistics.intervals import Interval, student


def smallest(samples: Sequence[ArrayLike]) -> Interval:
    """Bound the smallest of several means; see :func:`smallest_of_largest`.

    Args:
        samples: For each of the means its samples, at least two; samples of different means may depend on each other.

    Returns:
        The smallest of the means of the samples, and the 95% interval of the smallest mean.

    Raises:
        ValueError: If there are no samples, or fewer than two of one of the means.
    """
    return smallest_of_largest([[one] for one in samples])


def largest(samples: Sequence[ArrayLike]) -> Interval:
    """Bound the largest of several means; see :func:`smallest_of_largest`.

    Args:
        samples: For each of the means its samples, at least two; samples of different means may depend on each other.

    Returns:
        The largest of the means of the samples, and the 95% interval of the largest mean.

    Raises:
        ValueError: If there are no samples, or fewer than two of one of the means.
    """
    return smallest_of_largest([samples])


def smallest_of_largest(groups: Sequence[Sequence[ArrayLike]]) -> Interval:
    """Bound the smallest, over groups, of the largest mean of a group.

    The lower end is too high only if, in the group whose largest mean is the smallest, one of the lower ends is above
    its own mean: it needs Bonferroni's correction for the members of that group alone. The upper end is too low only
    if, in one of the groups, the upper end of the largest mean is below that mean: it needs it for the groups alone.

    Args:
        groups: For each of the means of each of the groups its samples, at least two; samples of different means may
            depend on each other.

    Returns:
        The smallest of the largest means of the samples, and the 95% interval of the smallest largest mean.

    Raises:
        ValueError: If there is no group, a group is empty, or there are fewer than two samples of one of the means.
    """
    if not groups or not all(len(group) for group in groups):
        raise ValueError("there is no smallest or largest of nothing: give samples in every group")
    members = [[student(one, len(group)) for one in group] for group in groups]
    between = [[student(one, len(groups)) for one in group] for group in groups]
    return Interval(
        mean=min(max(one.mean for one in group) for group in members),
        low=min(max(one.low for one in group) for group in members),
        high=min(max(one.high for one in group) for group in between),
    )
