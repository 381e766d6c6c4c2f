"""Single neurons by hand, and decays that stay between 0 and 1."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.snn.neurons import LIF, Leak, LeakyIntegrator


def _lif(reset: str, detach: bool = True) -> LIF:
    leak = Leak(1, time_constant=1 / np.log(2))  # decay 1/2
    return LIF(leak, neurons=2, surrogate="arctan", width=1.0, reset=reset, detach_reset=detach)


@pytest.mark.parametrize(("reset", "after"), [("subtract", 0.5), ("zero", 0.0)])
def test_a_neuron_above_threshold_fires_and_resets(reset: str, after: float):
    spikes, state = _lif(reset)(jnp.array([1.0, 0.2]), jnp.array([1.0, 1.0]))
    np.testing.assert_allclose(spikes, [1, 0])
    np.testing.assert_allclose(state, [after, 0.7], atol=1e-6)


def test_exactly_at_threshold_it_fires():
    spikes, _ = _lif("subtract")(jnp.array([1.0, 1.0 - 1e-6]), jnp.zeros(2))
    np.testing.assert_array_equal(spikes, [1, 0])


@pytest.mark.parametrize(
    ("reset", "detach", "expected"),
    [
        ("subtract", True, 1.0),
        ("subtract", False, 1 - 1 / (1 + (0.5 * np.pi) ** 2)),
        ("zero", True, 0.0),
        ("zero", False, -1.5 / (1 + (0.5 * np.pi) ** 2)),
    ],
)
def test_gradient_through_the_reset(reset: str, detach: bool, expected: float):
    """At u = 1.5, above threshold by 1/2: dv/dI is 1 - h, or (1 - s) - u h, with h = 0 where the reset is detached."""
    neuron = _lif(reset, detach)
    gradient = jax.grad(lambda current: neuron(jnp.array([current, 0.0]), jnp.array([1.0, 0.0]))[1][0])(1.0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_the_leaky_integrator_sums_with_decay_and_never_fires():
    neuron = LeakyIntegrator(Leak(1, time_constant=1 / np.log(2)), neurons=1)
    state = neuron.initial_state(())
    outputs = []
    for _ in range(3):
        output, state = neuron(jnp.array([4.0]), state)
        outputs.append(float(output[0]))
    np.testing.assert_allclose(outputs, [4, 6, 7], rtol=1e-6)


@settings(deadline=None)
@given(time_constant=st.floats(0.1, 1e6))
def test_decay_starts_at_the_exponential_of_the_time_constant_and_within_the_unit_interval(time_constant: float):
    decay = float(Leak(1, time_constant)()[0])
    assert 0 < decay < 1
    np.testing.assert_allclose(decay, np.exp(-1 / time_constant), rtol=1e-5)


@settings(deadline=None)
@given(updates=st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=8))
def test_no_update_takes_a_decay_out_of_the_unit_interval(updates: list[float]):
    logit = Leak(1, 5.0).logit
    for update in updates:
        logit = logit + update
    decay = jax.nn.sigmoid(logit)[0]
    assert 0 < decay < 1


def test_initial_state_is_zero_and_has_the_batch_axes():
    assert _lif("zero").initial_state((3, 4)).shape == (3, 4, 2)
    assert not _lif("zero").initial_state((3,)).any()
