"""Delays against explicit loops in NumPy, whole and fractional, and across blocks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Spec, Unsupported
from paradigms.snn import Config, build
from paradigms.snn.layers.delayed import delayed

STEPS, BATCH, LONGEST = 7, 2, 3


def _by_hand(inputs: np.ndarray, delay: np.ndarray) -> np.ndarray:
    out = np.zeros_like(inputs)
    for t, c in np.ndindex(inputs.shape[0], inputs.shape[2]):
        d = min(max(delay[c], 0.0), LONGEST)
        before, after = int(np.floor(d)), int(np.floor(d)) + 1
        for steps, share in ((before, after - d), (after, d - before)):
            if t >= steps and share:
                out[t, :, c] += share * inputs[t - steps, :, c]
    return out


@settings(deadline=None, max_examples=20)
@given(delay=st.lists(st.floats(-1, LONGEST + 1, width=32), min_size=3, max_size=3), block=st.sampled_from([1, 3, 7]))
def test_delays_are_those_of_a_loop_whatever_the_blocks(delay: list[float], block: int):
    inputs = np.random.default_rng(0).random((STEPS, BATCH, 3)).astype(np.float32)
    history, pieces = jnp.zeros((LONGEST + 1, BATCH, 3)), []
    for start in range(0, STEPS, block):
        piece, history = delayed(jnp.asarray(inputs[start : start + block]), history, jnp.asarray(delay))
        pieces.append(piece)
    expected = _by_hand(inputs, np.asarray(delay, np.float32))
    np.testing.assert_allclose(np.concatenate(pieces), expected, rtol=1e-5, atol=1e-6)


def test_the_gradient_of_a_delay_is_the_slope_between_two_steps():
    inputs = jnp.asarray(np.random.default_rng(0).random((STEPS, BATCH, 1)), jnp.float32)
    history = jnp.zeros((LONGEST + 1, BATCH, 1))
    weights = jnp.asarray(np.random.default_rng(1).random((STEPS, BATCH, 1)), jnp.float32)

    def value(delay):
        return jnp.sum(weights * delayed(inputs, history, delay)[0])

    slope = value(jnp.array([2.0])) - value(jnp.array([1.0]))
    np.testing.assert_allclose(jax.grad(value)(jnp.array([1.25])), [slope], rtol=1e-5)


def test_a_network_with_delays_has_one_gradient_under_the_exact_rules():
    spec = Spec(jax.ShapeDtypeStruct((9, 5), jnp.bool_), "classification", 3)
    inputs = jnp.asarray(np.random.default_rng(0).random((BATCH, 9, 5)) < 0.4)

    def gradient(**config):
        paradigm = build(Config(hidden=(6, 4), longest_delay=LONGEST, block_steps=4, **config), spec)
        params, state = paradigm.init(jax.random.key(0))
        params = {name: 3 * value if name.endswith("weight") else value for name, value in params.items()}

        def loss(params):
            output = paradigm.apply(params, state, inputs, key=jax.random.key(0), train=True)
            return jnp.sum(jnp.square(output.prediction - 1))

        return jax.jit(jax.grad(loss))(params)

    exact = gradient(differentiation="bptt")
    assert jnp.abs(exact["hidden[1].delay"]).max() > 0
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), gradient(differentiation="compact"), exact
    )


@pytest.mark.parametrize(
    "config", [{"hidden": (4,)}, {"hidden": (4, 4), "differentiation": "sltt"}, {"hidden": (4, 4), "longest_delay": -1}]
)
def test_delays_are_refused_where_they_have_no_place(config: dict):
    with pytest.raises(Unsupported, match="longest_delay"):
        Config(**{"longest_delay": 2, **config})
