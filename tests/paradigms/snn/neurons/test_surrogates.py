"""Spike functions: a step forward, the published formula backward, in both modes of differentiation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.snn.neurons.surrogates import SURROGATES

_CLOSED_FORMS = {
    "arctan": lambda x, width: 1 / (1 + (np.pi * x / width) ** 2),
    "fast_sigmoid": lambda x, width: 1 / (1 + np.abs(x) / width) ** 2,
    "triangular": lambda x, width: np.clip(1 - np.abs(x) / width, 0, None),
}


def test_every_surrogate_has_a_closed_form_here():
    assert set(SURROGATES) == set(_CLOSED_FORMS)


@pytest.mark.parametrize("name", SURROGATES)
def test_forward_is_a_step_that_fires_at_zero(name: str):
    x = jnp.array([-2.0, -1e-6, 0.0, 1e-6, 2.0])
    spikes = SURROGATES[name](x, 0.5)
    np.testing.assert_array_equal(spikes, [0, 0, 1, 1, 1])
    assert spikes.dtype == x.dtype


@pytest.mark.parametrize("name", SURROGATES)
@settings(deadline=None, max_examples=30)
@given(x=st.floats(-3, 3, width=32, allow_subnormal=False), width=st.floats(0.0625, 4, width=32))
def test_forward_mode_and_reverse_mode_give_the_published_derivative(name: str, x: float, width: float):
    spike = SURROGATES[name]
    expected = _CLOSED_FORMS[name](x, width)
    value, tangent = jax.jvp(lambda v: spike(v, width), (jnp.float32(x),), (jnp.float32(3.0),))
    assert value == (x >= 0)
    np.testing.assert_allclose(tangent, 3 * expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(jax.grad(lambda v: spike(v, width))(jnp.float32(x)), expected, rtol=1e-4, atol=1e-6)


def test_arctan_of_width_one_is_the_derivative_of_fang_2021_at_their_alpha_of_two():
    def primitive(x: float) -> float:
        return np.arctan(np.pi * x) / np.pi + 0.5

    for x in (-0.7, 0.0, 0.2):
        difference = (primitive(x + 1e-6) - primitive(x - 1e-6)) / 2e-6
        derivative = jax.grad(lambda v: SURROGATES["arctan"](v, 1.0))(jnp.float32(x))
        np.testing.assert_allclose(derivative, difference, rtol=1e-5)


def test_dtype_is_kept():
    assert jax.grad(lambda x: SURROGATES["arctan"](x, 1.0))(jnp.bfloat16(0.1)).dtype == jnp.bfloat16
