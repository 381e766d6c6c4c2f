"""Straight lines and power laws, and their intervals, held against SciPy and against what is known."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from eval.statistics.laws import difference, line, power_law

SIZES = (100, 1000, 10_000, 100_000, 1_000_000)


@given(st.floats(-3, 3), st.floats(-50, 50), st.integers(3, 9))
def test_a_straight_line_is_found(gradient, offset, points):
    x = [4.0 * place for place in range(points)]
    fit = line(x, [gradient * place + offset for place in x], [1e-3] * points)
    assert fit.slope == pytest.approx(gradient, abs=1e-9)
    assert fit.intercept == pytest.approx(offset, abs=1e-6)
    assert fit.low <= gradient <= fit.high
    assert (fit.points, fit.first, fit.last) == (points, 0.0, x[-1])


def test_without_errors_it_is_scipy_s_regression():
    random = np.random.default_rng(3)
    x, y = random.normal(size=7), random.normal(size=7)
    ours = line(x, y)
    theirs: Any = stats.linregress(x, y)
    half = stats.t.ppf(0.975, 5) * theirs.stderr
    assert (ours.slope, ours.intercept) == pytest.approx((theirs.slope, theirs.intercept))
    assert (ours.low, ours.high) == pytest.approx((theirs.slope - half, theirs.slope + half))


@pytest.mark.parametrize("scatter", [0.3, 4.0])
def test_with_errors_it_is_scipy_s_weighted_fit_never_narrowed(scatter):
    random = np.random.default_rng(5)
    x, errors = np.arange(8.0), np.array([0.1, 0.2, 0.1, 0.4, 0.1, 0.3, 0.2, 0.1])
    y = 2 * x - 1 + scatter * errors * random.normal(size=8)
    ours = line(x, y, errors.tolist())
    values, covariance = optimize.curve_fit(lambda x, a, b: a * x + b, x, y, sigma=errors, absolute_sigma=True)
    chi_squared = np.sum(((y - values[0] * x - values[1]) / errors) ** 2)
    widening = max(1.0, math.sqrt(chi_squared / 6))
    half = stats.t.ppf(0.975, 6) * math.sqrt(covariance[0, 0]) * widening
    assert (widening > 1) == (scatter > 1)
    assert (ours.slope, ours.intercept) == pytest.approx(tuple(values), rel=1e-5)
    assert ours.chi_squared == pytest.approx(chi_squared, rel=1e-5)
    assert (ours.low, ours.high) == pytest.approx((values[0] - half, values[0] + half), rel=1e-4)


def test_intervals_that_hold_together_are_wider_and_cover_together():
    random, sizes, right = np.random.default_rng(1), np.array([1.0, 2.0, 4.0, 8.0, 16.0]), 0
    for _ in range(500):
        laws = [
            power_law(sizes.tolist(), (sizes * np.exp(random.normal(scale=0.1, size=5))).tolist(), comparisons=5)
            for _ in range(5)
        ]
        right += all(law.low <= 1 <= law.high for law in laws)
    # By single intervals it would be 0.95^5 = 0.77.
    assert 0.92 <= right / 500 <= 0.98
    one = line([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.5, 3.0])
    five = line([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.5, 3.0], comparisons=5)
    expected = stats.t.ppf(1 - 0.05 / 10, 2) / stats.t.ppf(0.975, 2)
    assert (five.high - five.slope) / (one.high - one.slope) == pytest.approx(expected)


def test_intervals_cover():
    random, x, right = np.random.default_rng(0), np.arange(4.0, 36.0, 4.0), 0
    errors = np.where(x < 16, 0.05, 0.2)
    for _ in range(500):
        fit = line(x, -x + random.normal(scale=errors), errors.tolist())
        right += fit.low <= -1 <= fit.high
    assert 0.92 <= right / 500 <= 1.0


def test_what_residuals_show_beyond_the_errors_widens_the_interval():
    x = np.arange(8.0)
    bent = line(x, -x + 0.1 * x**2, [1e-4] * 8)
    straight = line(x, -x, [1e-4] * 8)
    assert bent.high - bent.low > 20 * (straight.high - straight.low)


def test_a_precise_point_counts_more():
    fit = line([0.0, 1.0, 2.0], [0.0, 1.0, 5.0], [0.01, 0.01, 10.0])
    assert fit.slope == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("x", [[1.0, 2.0], [3.0, 3.0, 3.0]])
def test_what_makes_no_line_is_refused(x):
    with pytest.raises(ValueError, match="needs 3 points at different x"):
        line(x, [1.0, 2.0, 3.0][: len(x)])


@pytest.mark.parametrize("error", [0.0, -0.1, math.nan])
def test_an_error_that_is_none_is_refused(error):
    with pytest.raises(ValueError, match="standard errors must be positive"):
        line([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0.1, error, 0.1])


@given(st.floats(-3, 3), st.floats(1e-6, 1e6))
def test_a_power_law_is_recovered(exponent, factor):
    found = power_law(SIZES, [factor * size**exponent for size in SIZES])
    assert (found.low, found.exponent, found.high) == pytest.approx((exponent,) * 3, abs=1e-9)
    assert found.factor == pytest.approx(factor, rel=1e-6)


def test_intervals_of_noisy_laws_hold_the_truth_as_often_as_they_say():
    generator = np.random.default_rng(0)
    noisy = [
        power_law(SIZES, [size**1.5 * np.exp(error) for size, error in zip(SIZES, errors, strict=True)])
        for errors in generator.normal(scale=0.1, size=(400, len(SIZES)))
    ]
    share = np.mean([found.low <= 1.5 <= found.high for found in noisy])
    # 95% with a binomial standard deviation of 1.1%.
    assert 0.91 < share < 0.985
    one = noisy[0]
    assert one.high - one.exponent == pytest.approx(stats.norm.ppf(0.975) * one.error)


@pytest.mark.parametrize(
    ("sizes", "values"),
    [((1, 2), (1.0, 2.0)), ((1, 2, 2), (1.0, 2.0, 3.0)), ((0, 1, 2), (1.0, 2.0, 3.0)), ((1, 2, 3), (1.0, 0.0, 3.0)),
     ((1, 2, 3), (1.0, math.nan, 3.0))],
)  # fmt: skip
def test_what_makes_no_law_is_refused(sizes, values):
    with pytest.raises(ValueError, match="positive values at 3 different sizes"):
        power_law(sizes, values)


def test_several_slopes_lie_in_their_intervals_together():
    """In 95 of 100 repeats, not one of five independent slopes is outside; alone, one would be in one of five."""
    random, x, together, alone = np.random.default_rng(2), np.arange(8.0), 0, 0
    for _ in range(600):
        drawn = [random.normal(size=8) for _ in range(5)]
        families = [[line(x, y, comparisons=count) for y in drawn] for count in (5, 1)]
        right, single = (all(one.low <= 0 <= one.high for one in family) for family in families)
        together, alone = together + right, alone + single
    assert 0.93 <= together / 600 <= 0.98
    assert alone / 600 < 0.85


def test_the_difference_of_two_slopes_is_covered():
    random, x, right, widths = np.random.default_rng(4), np.arange(12.0), 0, []
    for _ in range(600):
        first, second = line(x, 3 * x + random.normal(size=12)), line(x, x + random.normal(scale=2.0, size=12))
        found = difference(first, second)
        assert found.mean == pytest.approx(first.slope - second.slope)
        right += found.low <= 2 <= found.high
        widths.append(found.high - found.low)
    assert 0.93 <= right / 600 <= 0.98
    # Of known standard errors 1 and 2: sqrt(5 / sum of squared distances), times the normal quantile's 2 * 1.96.
    assert np.mean(widths) == pytest.approx(3.92 * math.sqrt(5 / np.sum((x - x.mean()) ** 2)), rel=0.15)


def test_three_sizes_make_a_law_and_relative_errors_weigh_them():
    sizes, measured, errors = (1, 2, 4), (1.0, 2.5, 3.9), (0.01, 0.02, 0.3)
    found = power_law(sizes, measured, errors)
    plain = line(np.log(sizes), np.log(measured), list(errors))
    assert (found.exponent, found.low, found.high) == (plain.slope, plain.low, plain.high)
    assert found.exponent != pytest.approx(power_law(sizes, measured).exponent)


@pytest.mark.parametrize("comparisons", [1, 4])
def test_the_error_is_that_of_a_normal_distribution_with_the_same_interval(comparisons):
    found = power_law(SIZES, [1.0, 2.0, 9.0, 20.0, 30.0], comparisons=comparisons)
    assert found.high - found.exponent == pytest.approx(stats.norm.ppf(1 - 0.025 / comparisons) * found.error)
    wider = power_law(SIZES, [1.0, 2.0, 9.0, 20.0, 30.0], comparisons=2 * comparisons)
    assert wider.high > found.high
