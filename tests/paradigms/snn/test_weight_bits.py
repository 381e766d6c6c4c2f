"""Spiking networks whose weights have few bits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec, Unsupported
from paradigms.quantisers import GAUSSIAN_STEPS, quantised_weight
from paradigms.snn import Config, build

DENSE = Config(hidden=(7, 5), neuron="if", time_steps=4, recurrent=True)
IMAGES = Config("convolutional", hidden=(3,), time_steps=3, pool=1)


def model(config):
    shape = (6,) if config.architecture == "dense" else (5, 4, 2)
    paradigm = build(config, Spec(jax.ShapeDtypeStruct(shape, jnp.float32), "classification", 3))
    params, state = jax.jit(paradigm.init)(jax.random.key(0))
    # Recurrent weights are zero at the start.
    params = {name: array + 0.1 * jax.random.normal(jax.random.key(1), array.shape) for name, array in params.items()}
    return paradigm, params, state, jax.random.uniform(jax.random.key(2), (4, *shape))


def rounded(weight, bits):
    """The grid by NumPy in double precision: each output's own, codes within the range."""
    weight = np.asarray(weight, np.float64)
    axes = tuple(range(weight.ndim - 1))
    if bits == 1:
        return np.where(weight >= 0, 1, -1) * np.abs(weight).mean(axes)
    step = GAUSSIAN_STEPS[bits] * np.sqrt((weight**2).mean(axes))
    return step * np.floor(np.clip(weight / step, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) + 0.5)


@partial(jax.jit, static_argnums=1)
def _quantised(weight, bits):
    """The rounded weight, and the gradient of its product with the weight that was not."""
    return quantised_weight(weight, bits), jax.grad(lambda w: jnp.sum(quantised_weight(w, bits) * weight))(weight)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("shape", [(9, 4), (3, 3, 2, 5)])
def test_weights_lie_on_a_grid_of_each_output_and_gradients_pass_inside_it(bits, shape):
    weight = jax.random.normal(jax.random.key(bits), shape)
    found, gradient = _quantised(weight, bits)
    np.testing.assert_allclose(found, rounded(weight, bits), rtol=1e-5, atol=1e-6)
    assert all(len(np.unique(channel)) <= 2**bits for channel in np.asarray(found).reshape(-1, shape[-1]).T)
    codes = np.asarray(weight) / (
        GAUSSIAN_STEPS[bits] * np.sqrt((np.asarray(weight) ** 2).mean(tuple(range(len(shape) - 1))))
    )
    inside = (bits == 1) | ((codes > -(2 ** (bits - 1))) & (codes < 2 ** (bits - 1) - 1))
    np.testing.assert_allclose(gradient, np.where(inside, weight, 0), rtol=1e-5)


@pytest.mark.parametrize("config", [DENSE, replace(DENSE, differentiation="packed"), IMAGES])
def test_a_network_computes_and_differentiates_with_its_rounded_weights(config):
    paradigm, params, state, x = model(replace(config, weight_bits=3))
    plain = build(config, paradigm.spec)
    weights = {name for name in params if name.endswith(".weight")}
    assert len(weights) == (5 if config.architecture == "dense" else 2)
    few = {name: jnp.asarray(rounded(one, 3), jnp.float32) if name in weights else one for name, one in params.items()}

    def loss(paradigm, params):
        return jnp.sum(paradigm.apply(params, state, x, key=jax.random.key(3), train=True).prediction ** 2)

    found, gradient = jax.jit(jax.value_and_grad(partial(loss, paradigm)))(params)
    expected, at_rounded = jax.jit(jax.value_and_grad(partial(loss, plain)))(few)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for name, own in gradient.items():
        if name in weights:
            # Where a weight is beyond the grid nothing passes.
            own, there = np.asarray(own), np.asarray(at_rounded[name])
            passed = own != 0
            assert passed.mean() > 0.6 * (there != 0).mean()
            np.testing.assert_allclose(own[passed], there[passed], rtol=2e-4, atol=1e-5)
        else:
            np.testing.assert_allclose(own, at_rounded[name], rtol=2e-4, atol=1e-5)


def test_the_footprint_counts_the_bits_of_weights():
    def footprint(bits):
        paradigm, params, state, x = model(replace(DENSE, weight_bits=bits))
        apply = jax.jit(partial(paradigm.apply, key=jax.random.key(3), train=False))
        return float(apply(params, state, x).telemetry["footprint_bytes"])

    weights = 6 * 7 + 7 * 7 + 7 * 5 + 5 * 5 + 5 * 3
    assert footprint(None) - footprint(4) == pytest.approx(weights * (32 - 4) / 8)


@pytest.mark.parametrize("bits", [0, 9, 17, -1])
def test_other_bits_are_refused(bits):
    with pytest.raises(Unsupported, match=rf"paradigm\.weight_bits={bits} must be between 1 and 8, or null"):
        replace(DENSE, weight_bits=bits)
