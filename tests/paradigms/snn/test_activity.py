"""Spike rates and synaptic operations against counts by hand."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from programs import applied, initialised

from paradigms.interface import Spec
from paradigms.snn import Config, build

KEY = jax.random.key(0)


def _constant(values: dict, params: dict) -> dict:
    """Parameters in which each array is filled with one number: unless given, zero, and weights too small to matter."""
    other = {name: 1e-30 if name.endswith("weight") else 0.0 for name in params}
    return {name: jnp.full_like(array, (other | values)[name]) for name, array in params.items()}


def test_a_network_that_fires_by_hand():
    """Biases alone drive it: layer 0 (3 neurons) receives 1 and fires at each of 4 steps; layer 1 (2 neurons) receives
    1/2, keeps half and never reaches 1. Each layer-0 spike travels to 2 neurons: 3 x 4 x 2 operations."""
    spec = Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "classification", 7)
    paradigm = build(Config(hidden=(3, 2), time_steps=4, rate_penalty=10.0, time_constant=2.0), spec)
    params = _constant(
        {"hidden[0].connection.bias": 1.0, "hidden[1].connection.bias": 0.5}, initialised(paradigm, KEY).params
    )
    output = applied(paradigm, params, {}, jnp.ones((6, 5)), key=KEY, train=True)
    expected = {
        "spike_rate_layer_0": 1.0,
        "spike_rate_layer_1": 0.0,
        "spike_rate": 3 * 4 / (5 * 4),
        "activation_sparsity": 0.4,
        "synaptic_operations": 24.0,
        "synaptic_operations_layer_0": 0.0,
        "synaptic_operations_layer_1": 24.0,
        "synaptic_operations_layer_2": 0.0,
        "effective_macs": 5 * 3.0,  # the image is multiplied once
        "connection_sparsity": 0.0,
        # (5 x 3 + 3 x 2 + 2 x 7 weights, 3 + 2 + 7 biases, as many decays, 3 + 2 potentials) x 4 bytes
        "footprint_bytes": 4.0 * (35 + 12 + 12 + 5),
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
    output = applied(
        paradigm, _constant({}, initialised(paradigm, KEY).params), {}, jnp.asarray(recording), key=KEY, train=False
    )
    np.testing.assert_allclose(output.telemetry["synaptic_operations"], 5 * (3 + 4) / 2)
    assert output.telemetry["spike_rate"] == 0


@pytest.mark.parametrize(("encoding", "events"), [("direct", 0), ("latency", 3), ("rate", 8 * 2)])
def test_events_of_an_encoded_image(encoding: str, events: int):
    """Of four pixels two are at full intensity, one at 1e-9 and one at 0, over 8 steps."""
    spec = Spec(jax.ShapeDtypeStruct((2, 2), jnp.float32), "classification", 3)
    paradigm = build(Config(hidden=(5,), encoding=encoding, time_steps=8), spec)
    image = jnp.array([[[1.0, 0.0], [1e-9, 1.0]]])
    output = applied(paradigm, _constant({}, initialised(paradigm, KEY).params), {}, image, key=KEY, train=True)
    np.testing.assert_allclose(output.telemetry["synaptic_operations"], 5 * events)


def test_the_penalty_is_off_by_default_and_lowers_the_rate_when_followed():
    spec = Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "classification", 3)
    inputs = jnp.asarray(np.random.default_rng(0).random((8, 5)), jnp.float32)
    paradigm = build(Config(hidden=(16,), time_steps=6), spec)
    params = {name: 2 * value for name, value in initialised(paradigm, KEY).params.items()}
    assert applied(paradigm, params, {}, inputs, key=KEY, train=True).penalty == 0

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

    assert not any(
        leaf.any() for leaf in jax.tree.leaves(jax.jit(jax.grad(measured))(initialised(paradigm, KEY).params))
    )


def test_only_weights_that_are_not_zero_are_counted():
    """Two of the six weights of the second layer are zero, those that leave neuron 0: its spikes travel nowhere."""
    spec = Spec(jax.ShapeDtypeStruct((5,), jnp.float32), "classification", 7)
    paradigm = build(Config(hidden=(3, 2), time_steps=4, time_constant=2.0), spec)
    params = _constant({"hidden[0].connection.bias": 1.0}, initialised(paradigm, KEY).params)
    params["hidden[1].connection.weight"] = params["hidden[1].connection.weight"].at[0].set(0.0)
    telemetry = applied(paradigm, params, {}, jnp.ones((6, 5)), key=KEY, train=True).telemetry
    np.testing.assert_allclose(telemetry["synaptic_operations_layer_1"], 2 * 4 * 2)
    np.testing.assert_allclose(telemetry["connection_sparsity"], 2 / 35, rtol=1e-6)


def test_products_of_currents_are_multiplications():
    """Rows of an image enter as currents: three non-zero values in all, each on its way to four neurons."""
    spec = Spec(jax.ShapeDtypeStruct((6, 2, 1), jnp.float32), "classification", 3)
    paradigm = build(Config(hidden=(4,), encoding="rows"), spec)
    image = jnp.zeros((1, 6, 2, 1)).at[0, 1:4, 0, 0].set(0.5)
    telemetry = applied(
        paradigm, _constant({}, initialised(paradigm, KEY).params), {}, image, key=KEY, train=True
    ).telemetry
    np.testing.assert_allclose(telemetry["effective_macs"], 3 * 4)
    assert telemetry["synaptic_operations"] == 0


@pytest.mark.parametrize(("architecture", "binary"), [("convolutional", 0), ("residual", 3)])
def test_what_follows_a_sum_of_spikes_is_multiplied(architecture: str, binary: int):
    """After the first residual block values are 0, 1 and 2: the next block's first product and the read-out's."""
    spec = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 3)
    paradigm = build(Config(architecture=architecture, hidden=(3, 3), time_steps=3), spec)
    params = {name: 3 * value for name, value in initialised(paradigm, KEY).params.items()}
    image = jnp.asarray(np.random.default_rng(0).random((2, 8, 8, 1)), jnp.float32)
    telemetry = applied(paradigm, params, {}, image, key=KEY, train=True).telemetry
    layers = {name: float(value) for name, value in telemetry.items() if name.startswith("synaptic_operations_layer")}
    assert [index for index, value in enumerate(layers.values()) if value == 0] == (
        [0] if binary == 0 else [0, binary, len(layers) - 1]
    )


@pytest.mark.parametrize(("rate", "product", "share"), [(0.02, "auto", 1.0), (0.5, "auto", 0.0), (0.02, "dense", 0.0)])
def test_it_is_told_how_the_first_product_was_taken(rate: float, product: str, share: float):
    spec = Spec(jax.ShapeDtypeStruct((7, 100), jnp.bool_), "classification", 3)
    paradigm = build(Config(hidden=(4,), input_product=product, block_steps=3), spec)
    recording = jnp.asarray(np.random.default_rng(0).random((2, 7, 100)) < rate)
    params, state = initialised(paradigm, KEY)
    output = jax.jit(lambda x: paradigm.apply(params, state, x, key=KEY, train=True))(recording)
    np.testing.assert_allclose(output.telemetry["event_driven"], share)
