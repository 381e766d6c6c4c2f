"""Rounding, its gradients against the published formulas, and levels against rational numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.quantised.fixed_point import EXACT, fixed_point, levels_of
from paradigms.quantisers import (
    rounded,
    scaled_step,
    signed,
    through,
    weight_codes,
    weight_range,
    weight_step,
)


def test_rounding_is_upwards_at_halves_and_lets_gradients_through():
    x = jnp.asarray([-1.5, -0.51, -0.5, 0.49, 0.5, 1.5, 2.5])
    np.testing.assert_array_equal(rounded(x), [-1, -1, 0, 0, 1, 2, 3])
    np.testing.assert_array_equal(jax.grad(lambda v: jnp.sum(v * rounded(v)))(x), x + rounded(x))


def test_a_sign_is_never_0_and_lets_gradients_through():
    x = jnp.asarray([-2.0, -0.0, 0.0, 3.0])
    np.testing.assert_array_equal(signed(x), [-1, 1, 1, 1])
    np.testing.assert_array_equal(jax.grad(lambda v: jnp.sum(signed(v) * 5))(x), [5, 5, 5, 5])


def test_a_value_takes_the_derivatives_of_another():
    x = jnp.asarray([0.1, 0.7])
    value, gradient = jax.value_and_grad(lambda v: jnp.sum(through(jnp.floor(v) + 0.3, v**2)))(x)
    assert value == pytest.approx(0.6)
    np.testing.assert_allclose(gradient, 2 * x)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_codes_fill_their_range(bits):
    low, high = weight_range(bits)
    assert (low, high) == {1: (-1, 1), 2: (-2, 1), 4: (-8, 7), 8: (-128, 127)}[bits]
    codes = weight_codes(jnp.linspace(-300, 300, 5001)[:, None], jnp.ones(1), bits)
    assert set(np.unique(codes)) == ({-1.0, 1.0} if bits == 1 else set(range(low, high + 1)))


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_gradient_of_a_step_is_the_published_one(bits):
    """Esser et al., equation 3, for every weight and for steps of each channel, by float64 NumPy."""
    random = np.random.default_rng(bits)
    weight, step = random.normal(size=(7, 3)), np.array([0.3, 0.05, 1.1])
    upstream = random.normal(size=weight.shape)
    low, high = weight_range(bits)
    _, pull = jax.vjp(
        lambda w, s: weight_codes(w, s, bits) * s, jnp.asarray(weight, jnp.float32), jnp.asarray(step, jnp.float32)
    )
    by_weight, by_step = pull(jnp.asarray(upstream, jnp.float32))
    ratio = weight / step
    inside = (ratio > low) & (ratio < high)
    slope = np.where(ratio <= low, low, np.where(ratio >= high, high, np.floor(ratio + 0.5) - ratio))
    np.testing.assert_allclose(by_weight, upstream * inside, rtol=1e-6)
    np.testing.assert_allclose(by_step, (upstream * slope).sum(0), rtol=1e-4, atol=1e-5)


def test_that_gradient_is_the_finite_difference_where_rounding_is_held_fixed():
    """Rounding as a fixed offset of the ratio: the product is then smooth, and its difference quotient known."""
    weight, step, bits = 0.83, 0.3, 4
    offset = math.floor(weight / step + 0.5) - weight / step
    product = lambda s: s * (weight / s + offset)  # noqa: E731
    difference = (product(step + 1e-6) - product(step - 1e-6)) / 2e-6
    found = jax.grad(lambda s: (weight_codes(jnp.asarray([[weight]]), s, bits) * s)[0, 0])(jnp.asarray([step]))
    assert float(found[0]) == pytest.approx(difference, rel=1e-4)


def test_the_gradient_of_a_step_is_scaled_and_its_value_is_not():
    value, gradient = jax.value_and_grad(lambda s: scaled_step(s, 50, 8))(0.7)
    assert float(value) == np.float32(0.7)
    assert float(gradient) == pytest.approx(1 / math.sqrt(400))
    assert float(scaled_step(jnp.asarray(-1.0), 1, 1)) == pytest.approx(1e-8)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 8])
def test_steps_are_those_of_least_error_for_normal_variables(bits):
    random = np.random.default_rng(0)
    weight = random.normal(size=(200_000, 1)) * 3
    low, high = weight_range(bits)

    def error(step):
        return np.mean((np.clip(np.floor(weight / step + 0.5), low, high) * step - weight) ** 2)

    (step,) = np.asarray(weight_step(jnp.asarray(weight, jnp.float32), bits, per_channel=True), float)
    assert error(step) < 1.15 * min(error(step * factor) for factor in np.linspace(0.6, 1.6, 41))


def test_the_step_of_one_bit_is_the_mean_size():
    weight = np.random.default_rng(0).normal(size=(3, 3, 4, 5))
    found = weight_step(jnp.asarray(weight, jnp.float32), 1, per_channel=True)
    np.testing.assert_allclose(found, np.abs(weight).mean((0, 1, 2)), rtol=1e-6)
    assert weight_step(jnp.asarray(weight, jnp.float32), 1, per_channel=False).shape == ()


@given(st.integers(1, 2**20), st.integers(1, 255), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_levels_in_floating_point_are_those_of_rational_numbers(threshold, highest, seed):
    """With ties among them, and charges far outside the range."""
    random = np.random.default_rng(seed)
    most = min(2 * threshold * (highest + 2), EXACT - 4 * threshold)
    charge = random.integers(-most, most, 64)
    ties = (2 * random.integers(0, highest + 2, 16) - 1) * threshold
    charge = np.concatenate([charge, np.clip(ties, -most, most)])
    found = levels_of(jnp.asarray(charge, jnp.float32), jnp.asarray([threshold], jnp.float32), highest)
    half = Fraction(1, 2)
    expected = [min(max(math.floor(Fraction(int(c), 2 * threshold) + half), 0), highest) for c in charge]
    np.testing.assert_array_equal(found, expected)


@given(
    st.integers(1, 300),
    st.integers(1, 8),
    st.integers(1, 255),
    st.floats(1e-4, 10),
    st.floats(1e-3, 10),
    st.floats(-5, 5),
)
@settings(max_examples=100, deadline=None)
def test_a_layer_in_whole_numbers_stands_for_the_layer(inputs, bits, highest, unit, step, bias):
    """B and D stand for bias and step to half a unit, and as many bits are used as every sum leaves."""
    random = np.random.default_rng(inputs)
    low, high = weight_range(bits)
    codes = random.integers(low, high + 1, (inputs, 3)).astype(float)
    point = fixed_point(
        jnp.asarray(codes, jnp.float32), jnp.full(3, bias), jnp.full(3, unit), jnp.asarray(step), highest
    )
    fraction = np.asarray(point.fraction, float)
    sums = highest * np.abs(codes).sum(0)
    np.testing.assert_array_equal(np.log2(fraction), np.floor(np.log2(fraction)))
    np.testing.assert_allclose(point.bias, bias / unit * fraction, rtol=1e-5, atol=0.51)
    np.testing.assert_allclose(point.threshold, np.maximum(step / unit * fraction, 1), rtol=1e-5, atol=0.51)
    bound = 2 * (fraction * sums + np.abs(point.bias)) + 4 * np.asarray(point.threshold)
    assert float(point.largest) == pytest.approx(bound.max(), rel=1e-6)
    fine = fraction > 1
    assert (bound[fine] < EXACT).all()
    assert (2 * bound[fine] + 8 * fraction[fine] > EXACT / 2).all(), "fewer fractional bits than there is room for"
