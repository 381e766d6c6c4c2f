"""Where the marks of the picture stand: hand arithmetic, and what must hold for any margins."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sections import claim, statement

from eval.claims.bounds import Bounds
from eval.report.picture import lanes, marks, place

FINITE = st.floats(-1e3, 1e3)


@pytest.mark.parametrize(
    ("margin", "argument", "expected"),
    [(0.0, "for", 50.0), (1.0, "for", 75.0), (1.0, "against", 25.0), (-3.0, "for", 12.5), (-3.0, "against", 87.5)],
)
def test_a_step_leads_half_way_to_the_edge(margin, argument, expected):
    assert place(margin, argument) == expected


@pytest.mark.parametrize(
    ("bounds", "value", "margin"),
    [
        (Bounds.above(0.02), 0.06, 2.0),
        (Bounds.above(-0.5), -1.0, -1.0),
        (Bounds.below(4.0), 3.0, 0.25),
        (Bounds.below(0.0, step=0.1), 0.3, -3.0),
        (Bounds.between(0.95, 1.05), 1.0, 1.0),
        (Bounds.between(0.95, 1.05), 1.1, -1.0),
    ],
)
def test_a_margin_counts_steps_inside_the_bounds(bounds, value, margin):
    assert bounds.margin(value) == pytest.approx(margin)


@given(st.tuples(FINITE, FINITE).map(sorted), FINITE, st.floats(0.1, 10.0))
def test_margins_of_an_interval_hold_those_of_its_values(interval, limit, step):
    low, high = interval
    inside = [low + (high - low) * part / 10 for part in range(11)]
    for bounds in (Bounds.above(limit, step), Bounds.below(limit, step), Bounds.between(limit, limit + step)):
        least, most = bounds.margins(low, high)
        found = [bounds.margin(value) for value in inside]
        assert least == pytest.approx(min(found), abs=1e-6)
        assert most >= max(found) - 1e-6


@pytest.mark.parametrize(("low", "high", "step"), [(None, None, 1.0), (0.0, None, 0.0), (None, 0.0, -1.0)])
def test_bounds_that_bound_nothing_are_refused(low, high, step):
    with pytest.raises(ValueError, match=r"bound on one side|must be above 0"):
        Bounds(low, high, step)


@st.composite
def claims(draw):
    """Any statements of a claim, of which some have no interval, some no number, and some were not measured."""
    found = []
    for _ in range(draw(st.integers(0, 20))):
        margin = draw(st.none() | FINITE)
        low, high = (None, None) if margin is None or draw(st.booleans()) else (margin - 1, margin + draw(FINITE) ** 2)
        found.append(
            statement(
                outcome=draw(st.sampled_from(["holds", "undecided", "not measured"])),
                speaks=draw(st.sampled_from(["for", "against", None])),
                argument=draw(st.sampled_from(["for", "against"])),
                margin=margin,
                margin_low=low,
                margin_high=high,
            )
        )
    return claim(*found)


@given(claims())
def test_marks_of_a_lane_stand_apart_and_each_lies_in_its_interval(section):
    found = marks(section)
    assert len(found) == sum(one.outcome != "not measured" for one in section.statements)
    for mark in found:
        assert 0 <= mark.low <= mark.at <= mark.high <= 100
        side = mark.statement.speaks
        assert side is None or mark.at == 50 or (mark.at > 50) == (side == "for")
    for lane in range(lanes(section)):
        own = sorted((mark for mark in found if mark.lane == lane), key=lambda mark: mark.low)
        assert own or not found
        assert all(after.low - before.high >= 4 for before, after in pairwise(own))
