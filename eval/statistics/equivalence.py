"""What a whole 95% interval decides: inside a band, outside it, above a threshold, below it, or nothing yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


def within(low: float, high: float, centre: float, tolerance: float) -> bool | None:
    """Decide whether a quantity is ``centre`` ± ``tolerance`` (a test of equivalence by the inclusion of an interval).

    Args:
        low: The lower end of the quantity's interval.
        high: The upper end of the quantity's interval.
        centre: The centre of the band.
        tolerance: Half of the band's width, not negative.

    Returns:
        ``True`` where the whole interval is inside the band, ``False`` where the whole interval is outside it, ``None``
        where it is neither: the interval is too wide to decide.

    Raises:
        ValueError: If an end is not a number, the ends are exchanged, or the tolerance is negative.
    """
    _require_interval(low, high)
    if tolerance < 0:
        raise ValueError(f"a tolerance must be 0 or more, not {tolerance}")
    if centre - tolerance <= low and high <= centre + tolerance:
        return True
    return False if low > centre + tolerance or high < centre - tolerance else None


def above(low: float, high: float, threshold: float) -> bool | None:
    """Decide whether a quantity is above a threshold.

    Args:
        low: The lower end of the quantity's interval.
        high: The upper end of the quantity's interval.
        threshold: What the quantity is held against.

    Returns:
        ``True`` where the whole interval is above the threshold, ``False`` where no part of it is, ``None`` where the
        interval holds the threshold.

    Raises:
        ValueError: If an end is not a number or the ends are exchanged.
    """
    _require_interval(low, high)
    if low > threshold:
        return True
    return False if high <= threshold else None


def below(low: float, high: float, threshold: float) -> bool | None:
    """Decide whether a quantity is below a threshold; see :func:`above`, of which it is the mirror image."""
    return above(-high, -low, -threshold)


def every(*decisions: bool | None) -> bool | None:
    """Decide whether all of several decisions are true: one that is false decides, one that is open leaves it open.

    Raises:
        ValueError: If there is no decision at all.
    """
    if not decisions:
        raise ValueError("nothing was decided: there is no decision to join")
    if False in decisions:
        return False
    return None if None in decisions else True


def some(*decisions: bool | None) -> bool | None:
    """Decide whether at least one of several decisions is true; see :func:`every`.

    Raises:
        ValueError: If there is no decision at all.
    """
    joined = every(*(None if one is None else not one for one in decisions))
    return None if joined is None else not joined


def throughout(
    decide: Callable[[float, float], bool | None],
    alone: Sequence[tuple[float, float]],
    together: Sequence[tuple[float, float]],
) -> bool | None:
    """Decide whether something is true of every one of several quantities.

    It is true of all where each 95% interval by itself decides so: the chance of an error is then no larger than that
    of one test (intersection-union test, Berger, Technometrics 24, 295, 1982). To find by looking at all that it is
    false of one needs intervals that hold simultaneously.

    Args:
        decide: A function from the ends of an interval to a decision.
        alone: The ends of each quantity's own interval.
        together: The ends of the intervals that hold at once, of the same quantities.

    Returns:
        ``True`` where each interval alone decides so, ``False`` where a simultaneous one decides against, ``None``
        where neither is so.

    Raises:
        ValueError: If there is no quantity at all.
    """
    if every(*(decide(low, high) for low, high in alone)):
        return True
    return False if any(decide(low, high) is False for low, high in together) else None


def _require_interval(low: float, high: float) -> None:
    if math.isnan(low) or math.isnan(high) or low > high:
        raise ValueError(f"[{low}, {high}] is no interval")
