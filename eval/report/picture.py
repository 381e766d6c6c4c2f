"""The picture of the whole argument: where each statement of a claim stands beside its threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval.report.sections import ClaimSection, StatementSection

CENTRE = 50.0
"""Place of the threshold, in percent of the width."""
_TOWARDS = {"for": 1.0, "against": -1.0}
_APART = 4.0
"""Percent of the width that two marks of a lane are apart at least: about the width of a mark on a phone."""


@dataclass(frozen=True)
class Mark:
    """A statement in the picture; places are percent of the width, from what is against the argument to what is for it.

    Attributes:
        statement: What it is of.
        at: Where its number stands beside its threshold, which is in the middle.
        low: The left end of its interval; equal to ``high`` without one.
        high: The right end.
        lane: The line of the claim's row that it stands in, from the top.
    """

    statement: StatementSection
    at: float
    low: float
    high: float
    lane: int = 0


def place(margin: float, argument: str) -> float:
    """Return where a margin stands: half-way to the edge after one step, and at the edge never.

    Args:
        margin: Steps inside the bounds between which the statement holds; below 0 outside.
        argument: The side of the argument on which the statement speaks where it holds.

    Returns:
        Percent of the width; above 50 lies what speaks for the argument.
    """
    towards = margin if argument == "for" else -margin
    return CENTRE + (100 - CENTRE) * towards / (1 + abs(towards))


def marks(claim: ClaimSection) -> tuple[Mark, ...]:
    """Place the statements of a claim that were measured, in as few lanes as keep them apart."""
    found = [_mark(one) for one in claim.statements if one.outcome != "not measured"]
    return tuple(_in_lanes(sorted(found, key=lambda mark: (mark.low, mark.high))))


def lanes(claim: ClaimSection) -> int:
    """Count the lanes of a claim's row, one at least."""
    return 1 + max((mark.lane for mark in marks(claim)), default=0)


def _mark(one: StatementSection) -> Mark:
    at = CENTRE if one.margin is None else place(one.margin, one.argument)
    if one.margin is None or (one.speaks is not None and (at - CENTRE) * _TOWARDS[one.speaks] < 0):
        # What is decided by something else than its number has a side and no distance.
        at = CENTRE if one.speaks is None else place(_TOWARDS[one.speaks], "for")
        return Mark(one, at, at, at)
    if one.margin_low is None or one.margin_high is None:
        return Mark(one, at, at, at)
    low, high = sorted(place(end, one.argument) for end in (one.margin_low, one.margin_high))
    return Mark(one, at, low, high)


def _in_lanes(found: Sequence[Mark]) -> list[Mark]:
    """Put each mark, from the left, into the first lane that is free there."""
    free: list[float] = []
    placed = []
    for mark in found:
        lane = next((lane for lane, end in enumerate(free) if mark.low - end >= _APART), len(free))
        free[lane:] = [mark.high, *free[lane + 1 :]]
        placed.append(replace(mark, lane=lane))
    return placed
