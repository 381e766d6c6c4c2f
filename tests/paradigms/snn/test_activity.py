"""Spike rates and synaptic operations against counts by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec
from paradigms.snn import Config, build

KEY = jax.random.key(0)


def _constant(values: dict, params: dict) -> dict:
    """Parameters in which each array is filled with one number, zero unless given."""
    return {name: jnp.full_like(array, values.get(name, 0.0)) for name, array in params.items()}


def test_a_network_that_fires_by_hand():
    """Biases alone drive it: layer 0 (3 neurons) receives 1 and fires at each of 4 steps; layer 1 (2 neurons) receives
    1/2, keeps half and never reaches 1. Each layer-0 spike travels to 2 neurons: 3 x 4 x 2 operations."""
    spec = Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "classification", 7)
    paradigm = build(Config(hidden=(3, 2), time_steps=4, rate_penalty=10.0, time_constant=2.0), spec)
    params = _constant({"hidden[0].connection.bias": 1.0, "hidden[1].connection.bias": 0.5}, paradigm.init(KEY).params)
    output = paradigm.apply(params, {}, jnp.ones((6, 5)), key=KEY, train=True)
    expected = {
        "spike_rate_layer_0": 1.0,
        "spike_rate_layer_1": 0.0,
        "spike_rate": 3 * 4 / (5 * 4),
        "synaptic_operations": 24.0,
    }
    # Zero logits: every decay is 1/2, so layer 1 tends to 1/2 / (1 - 1/2) = 1 from below.
    assert output.telemetry.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(output.telemetry[name], value, rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(output.penalty, 10 * 0.6, rtol=1e-6)


def test_events_of_a_recording_are_operations_of_the_first_layer():
    recording = np.zeros((2, 6, 4), bool)
    recording[0, [0, 2, 5], 1] = True
    recording[1, 3, :] = True
    spec = Spec(jax.ShapeDtypeStruct((6, 4), jnp.bool_), "classification", 3)
    paradigm = build(Config(hidden=(5,)), spec)
    output = paradigm.apply(_constant({}, paradigm.init(KEY).params), {}, jnp.asarray(recording), key=KEY, train=False)
    np.testing.assert_allclose(output.telemetry["synaptic_operations"], 5 * (3 + 4) / 2)
    assert output.telemetry["spike_rate"] == 0


@pytest.mark.parametrize(("encoding", "events"), [("direct", 0), ("latency", 3), ("rate", 8 * 2)])
def test_events_of_an_encoded_image(encoding: str, events: int):
    """Of four pixels two are at full intensity, one at 1e-9 and one at 0, over 8 steps."""
    spec = Spec(jax.ShapeDtypeStruct((2, 2), jnp.float32), "classification", 3)
    paradigm = build(Config(hidden=(5,), encoding=encoding, time_steps=8), spec)
    image = jnp.array([[[1.0, 0.0], [1e-9, 1.0]]])
    output = paradigm.apply(_constant({}, paradigm.init(KEY).params), {}, image, key=KEY, train=True)
    np.testing.assert_allclose(output.telemetry["synaptic_operations"], 5 * events)


def test_the_penalty_is_off_by_default_and_lowers_the_rate_when_followed():
    spec = Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "classification", 3)
    inputs = jnp.asarray(np.random.default_rng(0).random((8, 5)), jnp.float32)
    paradigm = build(Config(hidden=(16,), time_steps=6), spec)
    params = {name: 2 * value for name, value in paradigm.init(KEY).params.items()}
    assert paradigm.apply(params, {}, inputs, key=KEY, train=True).penalty == 0

    penalised = build(Config(hidden=(16,), time_steps=6, rate_penalty=1.0), spec)

    @jax.jit
    @jax.value_and_grad
    def penalty(params):
        return penalised.apply(params, {}, inputs, key=KEY, train=True).penalty

    before, _ = penalty(params)
    for _ in range(20):
        params = jax.tree.map(lambda p, g: p - g, params, penalty(params)[1])
    assert penalty(params)[0] < before / 2


def test_telemetry_carries_no_gradient():
    spec = Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "classification", 3)
    paradigm = build(Config(hidden=(4,), time_steps=3, rate_penalty=1.0), spec)

    def measured(params):
        return paradigm.apply(params, {}, jnp.ones((2, 5)), key=KEY, train=True).telemetry["spike_rate"]

    assert not any(leaf.any() for leaf in jax.tree.leaves(jax.grad(measured)(paradigm.init(KEY).params)))
