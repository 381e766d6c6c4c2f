"""A tangent map with a transpose of its own, in every mode and order that JAX differentiates in."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Unsupported
from paradigms.tangents import with_tangent_map, without_derivative
from training.probes.flops import count_flops
from training.probes.memory import residual_bytes

runs: list[str] = []


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def plain(rows, weight, shift):
    """Sines of a product; ``rows`` are booleans."""
    return {"sines": jnp.sin(rows.astype(float) @ weight + shift)}


def _tangent(residuals, tangents):
    runs.append("forward")
    rows, cosines = residuals
    return {"sines": cosines * (rows.astype(float) @ tangents[1] + tangents[2])}


def _transpose(residuals, cotangents):
    runs.append("back")
    rows, cosines = residuals
    to_product = cosines * cotangents["sines"]
    return None, rows.T.astype(float) @ to_product, jnp.sum(to_product, axis=0)


def _keep(rows, weight, shift):
    product = rows.astype(float) @ weight + shift
    return {"sines": jnp.sin(product)}, (rows, jnp.cos(product))


ours = with_tangent_map(plain, _keep, _tangent, _transpose)
RANDOM = np.random.default_rng(0)
ROWS = RANDOM.random((5, 4)) < 0.5
WEIGHT, SHIFT = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=3)
DIRECTION = RANDOM.normal(size=(4, 3))


def loss(function, weight, shift=SHIFT, rows=ROWS):
    return jnp.sum(jnp.exp(function(rows, weight, shift)["sines"]))


def along(function):
    return lambda weight: jax.jvp(function, (weight,), (jnp.asarray(DIRECTION),))[1]


def inner(function):
    return lambda weight: jnp.vdot(jax.grad(function)(weight), DIRECTION)


MODES = {
    "reverse": jax.grad,
    "forward": along,
    "forward over reverse": lambda f: along(jax.grad(f)),
    "reverse over forward": lambda f: jax.grad(along(f)),
    "reverse over reverse": lambda f: jax.grad(inner(f)),
    "forward over forward": lambda f: along(along(f)),
    "batch of reverse": lambda f: lambda w: jax.vmap(jax.grad(f))(jnp.stack([w, 2 * w])),
    "batch of forward": lambda f: lambda w: jax.vmap(along(f))(jnp.stack([w, 2 * w])),
    "reverse of batch": lambda f: jax.grad(lambda w: jnp.sum(jax.vmap(f)(jnp.stack([w, 2 * w])))),
    "directions": jax.jacfwd,
    "recomputed": lambda f: jax.grad(jax.checkpoint(f)),
    "in a loop": lambda f: jax.grad(
        lambda w: jax.lax.scan(lambda c, scale: (c * jnp.cos(f(w * scale)), None), 1.0, jnp.arange(1.0, 3.0))[0]
    ),
    "linear twice": lambda f: lambda w: jax.linear_transpose(jax.linearize(f, w)[1], w)(1.0)[0],
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_agrees_with_what_jax_derives(x64, mode):
    mine, theirs = (
        jax.jit(MODES[mode](lambda weight, f=function: loss(f, weight)))(jnp.asarray(WEIGHT))
        for function in (ours, plain)
    )
    np.testing.assert_allclose(mine, theirs, atol=1e-10)


def test_a_batch_of_what_is_not_differentiated_adds_up(x64):
    batch = jnp.asarray(RANDOM.random((3, 5, 4)) < 0.5)
    results = []
    for function in (ours, plain):

        def total(weight, shift, function=function):
            return jnp.sum(jax.vmap(lambda rows: loss(function, weight, shift, rows))(batch))

        given = jnp.asarray(WEIGHT), jnp.asarray(SHIFT)
        results.append((jax.grad(total, (0, 1))(*given), jax.jvp(total, given, given)))
    for mine, theirs in zip(jax.tree.leaves(results[0]), jax.tree.leaves(results[1]), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-10)


def test_either_mode_traces_its_own_map_alone():
    for mode, run in ((jax.grad, "back"), (along, "forward")):
        runs.clear()
        jax.jit(mode(lambda weight: loss(ours, weight))).lower(jnp.asarray(WEIGHT))
        assert set(runs) == {run}


def test_what_it_does_is_counted_and_what_it_keeps():
    def forward(function):
        return count_flops(along(lambda weight: loss(function, weight)), jnp.asarray(WEIGHT))

    # Two products forward, of the value and of the derivative; JAX's own rule counts the same.
    assert 2 * 2 * 5 * 4 * 3 <= forward(ours) <= forward(plain) + 2 * 15
    kept = residual_bytes(lambda weight: (loss(ours, weight), None), jnp.asarray(WEIGHT))
    assert kept == residual_bytes(lambda weight: (loss(plain, weight), None), jnp.asarray(WEIGHT))


@pytest.mark.parametrize("derivative", [jax.grad, jax.jacfwd, jax.hessian])
def test_a_derivative_that_would_be_zero_is_refused(derivative):
    drawn = without_derivative("nothing moves here: leave it out")
    np.testing.assert_array_equal(jax.jit(jax.vmap(drawn))(jnp.arange(3.0)), np.arange(3.0))
    with pytest.raises(Unsupported, match="nothing moves here: leave it out"):
        derivative(lambda x: drawn(x) ** 2)(1.0)
