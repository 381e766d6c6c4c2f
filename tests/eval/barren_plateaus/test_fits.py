"""Slopes and their intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.barren_plateaus.fits import slope


@given(st.floats(-3, 3), st.floats(-50, 50), st.integers(3, 9))
def test_a_straight_line_is_found(gradient, offset, points):
    x = [4.0 * place for place in range(points)]
    fit = slope(x, [gradient * place + offset for place in x], [0.0] * points)
    assert fit.value == pytest.approx(gradient, abs=1e-9)
    assert fit.low <= gradient <= fit.high
    assert fit.within(gradient, 0.01)
    assert (fit.points, fit.first, fit.last) == (points, 0.0, x[-1])


def test_intervals_cover():
    random, x, right = np.random.default_rng(0), np.arange(4.0, 36.0, 4.0), 0
    errors = np.where(x < 16, 0.05, 0.2)
    for _ in range(500):
        fit = slope(list(x), list(-x + random.normal(scale=errors)), list(errors))
        right += fit.low <= -1 <= fit.high
    assert 0.92 <= right / 500 <= 1.0


def test_what_residuals_show_beyond_the_errors_widens_the_interval():
    x = np.arange(8.0)
    bent = slope(list(x), list(-x + 0.1 * x**2), [1e-4] * 8)
    straight = slope(list(x), list(-x), [1e-4] * 8)
    assert bent.high - bent.low > 20 * (straight.high - straight.low)


def test_a_precise_point_counts_more():
    fit = slope([0.0, 1.0, 2.0], [0.0, 1.0, 5.0], [0.01, 0.01, 10.0])
    assert fit.value == pytest.approx(1.0, abs=0.01)


def test_two_points_make_no_slope():
    assert slope([1.0, 2.0], [1.0, 2.0], [0.0, 0.0]) is None
