"""The law of growth: known exponents, constants, noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from eval.statistics.growth import EXPONENTS, growth
from eval.statistics.laws import power_law

STEPS = (16, 64, 144, 576, 2304)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("constant", [0.0, 1e4, 1e5])
def test_an_exact_law_is_found_whatever_the_constant(exponent, constant):
    law = growth(STEPS, [constant + 1e3 * steps**exponent for steps in STEPS], least_growth=0.05)
    assert (law.exponent, law.low, law.high) == pytest.approx((exponent,) * 3, abs=1e-9)
    assert law.constant == pytest.approx(constant, abs=1e-3)
    assert law.factor == pytest.approx(1e3)
    assert law.grows


def test_a_step_is_the_slope_of_a_line():
    law = growth(STEPS, [500 + 7 * steps for steps in STEPS], least_growth=0.05)
    assert law.per_step == pytest.approx(7)


def test_a_constant_has_exponent_zero_without_width():
    law = growth(STEPS, [4096] * 5, least_growth=0.05)
    assert (law.exponent, law.low, law.high) == pytest.approx((0, 0, 0), abs=1e-12)
    assert (law.grows, law.per_step) == (False, 0)


def test_what_hardly_grows_counts_as_constant_and_a_little_more_does_not():
    # A line of 4% and of 40% of the constant at the longest.
    small, large = ([1e6 * (1 + share * steps / STEPS[-1]) for steps in STEPS] for share in (0.04, 0.4))
    law = growth(STEPS, small, least_growth=0.05)
    assert not law.grows
    assert abs(law.low) < 0.05
    assert abs(law.high) < 0.05
    assert growth(STEPS, large, least_growth=0.05).exponent == pytest.approx(1, abs=1e-9)


def test_segments_of_whole_steps_are_near_the_square_root():
    # States before each of ceil(T / isqrt(T)) segments.
    steps = (8, 16, 32, 64, 128, 144, 512, 2048, 2304)
    values = [1000 + 512 * math.ceil(length / math.isqrt(length)) for length in steps]
    law = growth(steps, values, least_growth=0.05)
    assert 0.4 < law.low < 0.5 < law.high < 0.65
    assert law.exponent == pytest.approx(0.5, abs=0.05)
    # Squares have equal segments, so that the law is exact.
    squares = [length for length in steps if math.isqrt(length) ** 2 == length]
    exact = growth(squares, [values[steps.index(length)] for length in squares], least_growth=0.05)
    assert (exact.exponent, exact.low, exact.high) == pytest.approx((0.5, 0.5, 0.5))


def test_the_order_of_the_points_is_immaterial():
    values = [100 + 3 * steps**0.7 for steps in STEPS]
    assert growth(STEPS[::-1], values[::-1], least_growth=0.05) == growth(STEPS, values, least_growth=0.05)


def test_nineteen_in_twenty_intervals_hold_the_exponent():
    random = np.random.default_rng(0)
    steps = np.array([8, 16, 32, 64, 128, 256, 512, 1024, 2048], float)
    held = 0
    for _ in range(200):
        noisy = (300 + 20 * steps) * (1 + 0.05 * random.normal(size=len(steps)))
        law = growth(list(steps), list(noisy), least_growth=0.05)
        held += law.low <= 1 <= law.high
    # A binomial count of 190 ± 3.1; a profile's interval is approximate where parameters are few points away.
    assert 178 <= held <= 199


@pytest.mark.parametrize(
    ("steps", "values"),
    [((1, 2, 3), (1.0, 2.0, 3.0)), ((1, 2, 2, 3), (1.0, 2.0, 2.0, 3.0)), ((1, 2, 3, 4), (0.0, 1.0, 2.0, 3.0))],
)
def test_points_that_cannot_be_fitted_are_refused(steps, values):
    with pytest.raises(ValueError, match="positive values at 4 different lengths"):
        growth(steps, values, least_growth=0.05)


def profile(steps, values):
    """The profile of the exponent by SciPy's non-negative least squares: sums of squares, and the best a and b."""
    found = []
    for exponent in EXPONENTS[::10]:
        columns = np.stack([np.ones(len(steps)), np.asarray(steps, float) ** exponent], axis=1)
        (a, b), norm = optimize.nnls(columns / np.asarray(values)[:, None], np.ones(len(steps)))
        found.append((norm**2, a, b))
    return np.array(found)


@pytest.mark.parametrize(
    "values",
    [
        (1.0, 3.0, 9.5, 31.0, 92.0),  # no constant
        (100.0, 104.0, 118.0, 171.0, 360.0),
        (5.0, 4.0, 8.0, 7.0, 30.0),
    ],
)
def test_the_law_and_its_interval_are_those_of_the_profile(values):
    law = growth(STEPS, values, least_growth=0.05)
    squares, a, b = profile(STEPS, values).T
    best = int(np.argmin(squares))
    places = EXPONENTS[::10]
    assert law.exponent == pytest.approx(places[best], abs=0.011)
    assert law.constant == pytest.approx(a[best], rel=0.1, abs=0.05)
    assert law.factor * 100**law.exponent == pytest.approx(b[best] * 100 ** places[best], rel=0.1)
    # The 95% quantile of F(1, n - 3), as the square of Student's t.
    inside = places[squares <= squares[best] * (1 + stats.t.ppf(0.975, 2) ** 2 / 2)]
    assert (law.low, law.high) == pytest.approx((inside.min(), inside.max()), abs=0.011)


def test_where_a_constant_alone_is_best_every_exponent_does():
    values = np.array([1.0, 4.0, 2.0, 1.2, 1.06])
    law = growth(STEPS, values.tolist(), least_growth=0.05)
    assert (law.low, law.high, law.factor) == (EXPONENTS[0], EXPONENTS[-1], 0.0)
    # The best constant of relative deviations.
    assert law.constant == pytest.approx(np.sum(1 / values) / np.sum(1 / values**2))


def test_without_growth_it_is_the_law_of_the_quantity_itself():
    values = [1000.0, 1010.0, 1005.0, 1020.0, 1030.0]
    law = growth(STEPS, values, least_growth=0.05)
    plain = power_law(STEPS, values)
    assert (law.exponent, law.low, law.high) == (plain.exponent, plain.low, plain.high)
    assert (law.constant, law.factor) == (pytest.approx(stats.gmean(values)), 0.0)


def test_a_growth_of_just_the_least_share_is_fitted():
    assert growth(STEPS, [100.0, 101.0, 102.0, 104.0, 105.0], least_growth=0.05).grows
    assert not growth(STEPS, [100.0, 101.0, 102.0, 104.0, 104.9], least_growth=0.05).grows
    # By the first and the last alone.
    assert growth(STEPS, [100.0, 110.0, 102.0, 104.0, 106.0], least_growth=0.05).grows
    assert not growth(STEPS, [100.0, 50.0, 102.0, 120.0, 104.0], least_growth=0.05).grows


def test_lengths_one_step_apart_and_small_values_are_fitted():
    law = growth((1, 2, 3, 4), (0.1, 0.2, 0.3, 0.4), least_growth=0.05)
    assert law.exponent == pytest.approx(1, abs=1e-9)
