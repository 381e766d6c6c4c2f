"""The product of spikes and weights event by event, against the dense product, forward and backward."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.connections import Convolution, Dense
from paradigms.snn.connections import event_product as module
from paradigms.snn.connections.event_product import CHUNK, DENSEST, LEAST_INPUTS, connect, event_product

SHAPES = [(5, 70), (33, CHUNK), (3, CHUNK + 77)]
"""Rows and inputs: less than a word and not whole words, whole words in one piece, and more than one piece."""


@cache
def _always_by_events(rows: int, inputs: int, dtype: type):
    """Product and VJP as the event branch takes them at any density; compiled once a shape."""

    def both(spikes, weight, bias, cotangent):
        product, pullback = jax.vjp(lambda w, b: event_product(spikes, w, b), weight, bias)
        return product, *pullback(cotangent)

    shapes = (
        jax.ShapeDtypeStruct((rows, inputs), bool),
        jax.ShapeDtypeStruct((inputs, 4), dtype),
        jax.ShapeDtypeStruct((4,), dtype),
        jax.ShapeDtypeStruct((rows, 4), dtype),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "is_sparse", lambda words, inputs: jnp.asarray(True))
        return jax.jit(both).lower(*shapes).compile()


def _spikes(random: np.random.Generator, shape: tuple[int, ...], density: float) -> np.ndarray:
    return random.random(shape) < density


@pytest.mark.parametrize(
    ("shape", "dtype"), [(SHAPES[0], np.float64), (SHAPES[1], np.float32), (SHAPES[2], np.float64)]
)
def test_events_add_up_to_the_dense_product_and_so_do_their_cotangents(shape: tuple[int, int], dtype: type):
    @settings(deadline=None, max_examples=25)
    @given(
        seed=st.integers(0, 2**32 - 1),
        density=st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
        alone=st.integers(0, shape[1] - 1),
    )
    def check(seed: int, density: float, alone: int):
        random = np.random.default_rng(seed)
        spikes = _spikes(random, shape, density)
        spikes[0], spikes[0, alone] = False, True
        weight, bias, cotangent = (
            random.standard_normal(one).astype(dtype) for one in ((shape[1], 4), 4, (shape[0], 4))
        )
        product, to_weight, to_bias = _always_by_events(*shape, dtype)(spikes, weight, bias, cotangent)
        assert product.dtype == to_weight.dtype == to_bias.dtype == dtype
        tolerance = {"rtol": 1e-12, "atol": 1e-11} if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-3}
        expected = spikes.astype(float) @ weight.astype(float) + bias.astype(float)
        np.testing.assert_allclose(product, expected, **tolerance)
        np.testing.assert_array_equal(product[0], bias + weight[alone])
        np.testing.assert_allclose(to_weight, spikes.T.astype(float) @ cotangent.astype(float), **tolerance)
        np.testing.assert_allclose(to_bias, cotangent.astype(float).sum(axis=0), **tolerance)

    with jax.enable_x64(dtype == np.float64):
        check()


@pytest.mark.parametrize("density", [0.02, 0.7])
def test_a_batch_of_products_under_vmap(density: float):
    random = np.random.default_rng(0)
    spikes = _spikes(random, (3, 6, 100), density)
    spikes[1] = False
    weight, bias = random.standard_normal((100, 4)).astype(np.float32), jnp.arange(4.0)

    def loss(spikes, weight):
        product = event_product(spikes, weight, bias)
        return jnp.sum(jnp.square(product)), product

    gradient, product = jax.jit(jax.vmap(jax.grad(loss, argnums=1, has_aux=True), (0, None)))(spikes, weight)
    dense = spikes.astype(float) @ weight.astype(float) + bias
    np.testing.assert_allclose(product, dense, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(gradient, 2 * np.swapaxes(spikes, 1, 2).astype(float) @ dense, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("events", "by_events"), [(0, True), (20, True), (21, False), (100, False)])
def test_the_busiest_row_decides_at_run_time(events: int, by_events: bool, monkeypatch: pytest.MonkeyPatch):
    """Of 100 inputs at most a fifth may spike. What the event branch would return is replaced, to be recognised."""
    assert DENSEST == 0.2
    monkeypatch.setattr(module, "_by_events", lambda words, table, start: jnp.full((8, table.shape[1]), -7.0))
    spikes = np.zeros((8, 100), bool)
    spikes[3, 100 - events :] = True
    product = jax.jit(event_product)(spikes, jnp.ones((100, 2)), jnp.ones(2))
    np.testing.assert_array_equal(product, np.full((8, 2), -7.0) if by_events else spikes @ np.ones((100, 2)) + 1)

    connection = Dense(100, 2, key=jax.random.key(0))
    currents, said = connect(connection, jnp.asarray(spikes[:, None]), event_driven=True)
    assert bool(said) == by_events
    assert bool((currents == -7).all()) == by_events


@pytest.mark.parametrize(
    ("connection", "shape", "event_driven"),
    [
        (Dense(LEAST_INPUTS - 1, 2, key=jax.random.key(0)), (4, 2, LEAST_INPUTS - 1), True),
        (Dense(LEAST_INPUTS, 2, key=jax.random.key(0)), (4, 2, LEAST_INPUTS), False),
        (Convolution((4, 5, 64), 3, kernel=3, key=jax.random.key(0)), (4, 2, 4, 5, 64), True),
    ],
)
def test_small_unasked_or_convolved_products_are_dense(
    connection: eqx.Module, shape: tuple[int, ...], event_driven: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delattr(module, "event_product")
    values = _spikes(np.random.default_rng(0), shape, 0.01)
    currents, said = connect(connection, jnp.asarray(values), event_driven=event_driven)
    assert not said
    np.testing.assert_allclose(currents, connection(jnp.asarray(values, jnp.float32)), rtol=1e-6)


@pytest.mark.parametrize("rule", ["bptt", "checkpointed", "packed"])
def test_the_derivative_along_a_direction_is_the_gradient_times_it(rule: str):
    with jax.enable_x64(True):
        config = Config(hidden=(6,), time_steps=5, encoding="rate", differentiation=rule)
        paradigm = build(config, Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 3))
        variables = paradigm.init(jax.random.key(0))
        images = jnp.asarray(0.2 * np.random.default_rng(0).random((4, 8, 8, 1)), jnp.float32)

        def loss(params, model):
            output = model.apply(params, variables.state, images, key=jax.random.key(1), train=True)
            return jnp.sum(jnp.sin(3 * output.prediction)), output.telemetry

        def forward(params):
            direction = jax.tree.map(jnp.cos, params)
            _, slope, aux = jax.jvp(lambda p: loss(p, paradigm), (params,), (direction,), has_aux=True)
            return slope, direction, aux

        dense = build(replace(config, input_product="dense", differentiation="bptt"), paradigm.spec)
        slope, direction, telemetry = jax.jit(forward)(variables.params)
        gradient, _ = jax.jit(jax.grad(lambda p: loss(p, dense), has_aux=True))(variables.params)
        assert float(telemetry["event_driven"]) > 0
        expected = sum(jnp.vdot(gradient[name], direction[name]) for name in gradient)
        np.testing.assert_allclose(slope, expected, rtol=1e-10)
