"""Bits between variances, and the standard error of an interval, by hand."""

import pytest
from scipy import stats

from eval.statistics.bits import NORMAL, bits, error_bits


def test_bits_are_powers_of_two():
    assert bits(8.0, 2.0) == 2.0
    assert bits(2.0, 8.0) == -2.0


def test_an_interval_s_half_width_is_so_many_standard_errors():
    assert pytest.approx(stats.norm.ppf(0.975), rel=1e-7) == NORMAL
    # From 1/2 to 8 there are four bits, of which two lie on either side.
    assert error_bits(2.0, 0.5, 8.0) == pytest.approx(2 / 1.959964)
    # The ends alone count, wherever between them the variance lies.
    assert error_bits(1.0, 0.5, 8.0) == pytest.approx(2 / 1.959964)


def test_an_interval_without_a_lower_end_has_an_error_too():
    assert error_bits(2.0, 0.0, 8.0) == pytest.approx(2 / 1.959964)


@pytest.mark.parametrize(("low", "high"), [(None, None), (None, 8.0), (0.5, None)])
def test_what_has_no_interval_is_exact(low, high):
    assert error_bits(2.0, low, high) == 0.0
