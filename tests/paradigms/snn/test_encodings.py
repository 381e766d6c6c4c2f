"""Encodings step by step: statistics, timing, reproducibility."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.snn.encodings import ENCODINGS

KEY = jax.random.key(0)


def _train(name: str, values: jax.Array, time_steps: int, key: jax.Array = KEY) -> np.ndarray:
    steps = jnp.arange(time_steps)
    return np.asarray(jax.vmap(lambda t: ENCODINGS[name].at_step(values, t, key, time_steps))(steps))


def test_rate_has_binomial_mean_and_variance_and_no_correlation_between_steps():
    intensity = jnp.array([0.0, 0.1, 0.5, 0.9, 1.0])
    steps = 4000
    train = _train("rate", intensity, steps)
    assert set(np.unique(train)) <= {0, 1}
    error = np.sqrt(np.asarray(intensity) * (1 - np.asarray(intensity)) / steps)
    assert (np.abs(train.mean(0) - np.asarray(intensity)) <= 4 * error + 1e-9).all()
    middle = train[:, 2] - 0.5
    assert abs(np.mean(middle[1:] * middle[:-1]) / 0.25) < 4 / np.sqrt(steps)


def test_rate_depends_on_the_key_and_on_nothing_else():
    intensity = jnp.full((50,), 0.5)
    np.testing.assert_array_equal(_train("rate", intensity, 4), _train("rate", intensity, 4))
    assert (_train("rate", intensity, 4) != _train("rate", intensity, 4, jax.random.key(1))).any()


@settings(deadline=None, max_examples=30)
@given(
    intensity=st.lists(st.floats(0, 1, width=32, allow_subnormal=False), min_size=6, max_size=6),
    time_steps=st.sampled_from([1, 2, 7, 30]),
)
def test_latency_gives_one_spike_no_later_for_the_brighter(intensity: list[float], time_steps: int):
    train = _train("latency", jnp.array(intensity, jnp.float32), time_steps)
    values = np.array(intensity, np.float32)
    np.testing.assert_array_equal(train.sum(0), values > 0)
    first = np.where(values > 0, train.argmax(0), time_steps)
    order = np.argsort(-values, kind="stable")
    assert (np.diff(first[order]) >= 0).all()


def test_latency_spans_the_whole_time():
    train = _train("latency", jnp.array([1.0, 0.5, 1e-6]), 11)
    np.testing.assert_array_equal(train.argmax(0), [0, 5, 10])


def test_direct_is_the_input_at_every_step():
    np.testing.assert_array_equal(_train("direct", jnp.array([0.3, 0.8]), 3), np.array([[0.3, 0.8]] * 3, np.float32))


def test_events_are_used_as_they_are():
    recording = np.random.default_rng(0).random((2, 7, 3)) < 0.3
    train = _train("events", jnp.asarray(recording), 7)
    np.testing.assert_array_equal(np.moveaxis(train, 0, 1), recording)
    assert train.dtype == bool
