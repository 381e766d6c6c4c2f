"""The random numbers of generated data: known values, and the distributions they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from training.data.draws import Draws

UNIFORM = [0.014067035665647709, 0.2577672456246177]
NORMAL = [-0.1656472506323414, 0.6482145914671419]


def test_the_stream_is_fixed() -> None:
    """From the raw Philox stream, which NumPy never changes: another platform or version must find the same."""
    raw = np.random.Philox(np.random.SeedSequence(5)).random_raw(3)
    np.testing.assert_array_equal(Draws(5).uniform(3), [(int(one) >> 11) / 2**53 for one in raw])
    np.testing.assert_allclose(Draws(0).uniform(2), UNIFORM, rtol=0, atol=0)
    np.testing.assert_allclose(Draws(0).normal(2), NORMAL, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**64))
def test_draws_continue_and_depend_on_the_seed_alone(seed: int) -> None:
    draws, again = Draws(seed), Draws(seed)
    first, second = draws.uniform(4), draws.normal(2, 3)
    np.testing.assert_array_equal(first, again.uniform(4))
    np.testing.assert_array_equal(second, again.normal(2, 3))
    assert not np.array_equal(first, draws.uniform(4))
    assert not np.array_equal(first, Draws(seed + 1).uniform(4))


@pytest.mark.parametrize("seed", range(3))
def test_the_distributions_pass_kolmogorov_smirnov(seed: int) -> None:
    assert stats.kstest(Draws(seed).uniform(20_000, low=-1.0, high=3.0), stats.uniform(-1, 4).cdf).pvalue > 1e-3
    assert stats.kstest(Draws(seed).normal(20_000), stats.norm.cdf).pvalue > 1e-3


def test_the_limits_hold() -> None:
    values = Draws(1).uniform(10_000, low=-2.0, high=0.5)
    assert -2 <= values.min() <= values.max() < 0.5
