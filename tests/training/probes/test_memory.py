"""Residual bytes against shapes known by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental import pallas

from training.array_bytes import tree_bytes
from training.probes.memory import compiled_bytes, device_peak_bytes, residual_bytes


def chain(steps, width):
    """sin(W h) repeated: the reverse pass needs the cosine (the sine's derivative) and the input of every step."""

    def loss(params, inputs):
        def step(hidden, _):
            return jnp.sin(hidden @ params), None

        hidden, _ = jax.lax.scan(step, inputs, None, length=steps)
        return jnp.sum(hidden), None

    return loss, jax.ShapeDtypeStruct((width, width), jnp.float32), jax.ShapeDtypeStruct((4, width), jnp.float32)


@pytest.mark.parametrize("steps", [8, 64])
def test_a_scan_keeps_time_times_the_known_shapes(steps):
    loss, params, inputs = chain(steps, 16)
    found = residual_bytes(loss, params, inputs)
    per_step = 4 * 16 * 4
    assert found == 2 * steps * per_step


def test_inputs_and_parameters_are_no_residuals():
    def linear(params, inputs):
        return jnp.sum(inputs @ params), None

    assert residual_bytes(linear, jnp.ones((5, 3)), jnp.ones((7, 5))) == 0
    assert residual_bytes(lambda p, x: jax.jit(linear)(p, x), jnp.ones((5, 3)), jnp.ones((7, 5))) == 0


def test_what_is_kept_twice_counts_once():
    def square(params, inputs):
        hidden = inputs * params
        return jnp.sum(hidden * hidden), None

    # hidden is both factors of the product: 10 floats, kept once.
    assert residual_bytes(square, jnp.ones(10), jnp.ones(10)) == 40


def test_what_a_rule_merely_returns_counts_once():
    """Both products keep the same sine, one of them under the name that a rule of its own gave it."""

    @jax.custom_vjp
    def renamed(x):
        return x

    renamed.defvjp(lambda x: (x, None), lambda _, g: (g,))

    def twice(params, inputs):
        known = jnp.sin(inputs)
        return jnp.sum(params["first"] * known + params["second"] * renamed(known)), None

    params = dict.fromkeys(("first", "second"), jnp.ones(10))
    assert residual_bytes(twice, params, jnp.ones(10)) == 40


@pytest.mark.parametrize(
    "call",
    [
        lambda x: jax.checkpoint(lambda x: x)(x),
        lambda x: jax.jit(lambda x: (jnp.cos(x), x))(x)[1],
        lambda x: jax.jit(jax.checkpoint(lambda x: jax.jit(lambda y, x: (x, y))(jnp.cos(x), x)[0]))(x),
    ],
)
def test_what_a_call_is_given_and_returns_counts_once(call):
    def twice(params, inputs):
        known = jnp.sin(inputs)
        return jnp.sum(params["first"] * known + params["second"] * call(known)), None

    params = dict.fromkeys(("first", "second"), jnp.ones(10))
    assert residual_bytes(twice, params, jnp.ones(10)) == 40
    # And not at all where it is an argument.
    assert residual_bytes(lambda p, x: (jnp.sum(p * call(x)), None), jnp.ones(10), jnp.ones(10)) == 0


def test_numbers_that_stand_in_the_program_are_no_residuals():
    def scaled(params, inputs):
        two = jax.jit(jax.checkpoint(lambda x: (x, np.float32(2))))(inputs)[1]
        return jnp.sum(3.0 * params * two) + jnp.sum(params * jnp.sin(inputs)), None

    assert residual_bytes(scaled, jnp.ones(10), jnp.ones(10)) == 40


@pytest.mark.parametrize(
    "made",
    [
        lambda x: jax.lax.cond(x[0] > 0, lambda x: x, lambda x: 2 * x, x),
        lambda x: jax.lax.while_loop(lambda x: x[0] < 3, lambda x: 2 * x, x),
        lambda x: pallas.pallas_call(double, jax.ShapeDtypeStruct((10,), jnp.float32), interpret=True)(x),
        lambda x: jax.lax.scan(lambda h, _: (2 * h, None), x, None, 3)[0],
    ],
)
def test_what_a_branch_a_loop_or_a_kernel_makes_is_kept(made):
    assert residual_bytes(lambda p, x: (jnp.sum(p * made(x)), None), jnp.ones(10), jnp.ones(10)) == 40


def double(given, out):
    """A kernel: it runs on references, and returns nothing."""
    out[...] = 2 * given[...]


def test_constants_of_the_program_are_no_residuals():
    """They exist whether or not there is a reverse pass."""
    known = jnp.arange(10.0)

    def scaled(params, inputs):
        return jnp.sum(jnp.sin(known * params) * inputs), None

    # The cosine alone: neither what the parameters are multiplied by nor the inputs.
    assert residual_bytes(scaled, jnp.ones(10), jnp.ones(10)) == 40


def test_checkpointing_keeps_less():
    loss, params, inputs = chain(64, 16)

    def checkpointed(params, inputs):
        def segment(hidden, _):
            step = jax.checkpoint(lambda h, _: jax.lax.scan(lambda g, _: (jnp.sin(g @ params), None), h, None, 8))
            return step(hidden, _)[0], None

        hidden, _ = jax.lax.scan(segment, inputs, None, length=8)
        return jnp.sum(hidden), None

    assert residual_bytes(checkpointed, params, inputs) == 8 * 4 * 16 * 4
    assert residual_bytes(checkpointed, params, inputs) < residual_bytes(loss, params, inputs)


def test_nothing_is_allocated_by_counting():
    loss, params, inputs = chain(10**6, 4096)
    assert residual_bytes(loss, params, inputs) == 2 * 10**6 * 4 * 4096 * 4


def test_compiled_bytes_hold_the_arguments():
    compiled = jax.jit(lambda x: jnp.sum(jnp.sort(jnp.sin(x)))).lower(jnp.ones(1000)).compile()
    found = compiled_bytes(compiled)
    assert found["memory/argument_bytes"] == 4000
    assert found["memory/temp_bytes"] >= 4000


def test_tree_bytes_counts_keys_and_shapes():
    tree = {"key": jax.random.key(0), "a": jax.ShapeDtypeStruct((3, 2), jnp.float32), "b": np.zeros(5, np.int8)}
    assert tree_bytes(tree) == 8 + 24 + 5


def test_device_peak_is_a_count_or_none():
    device = jax.devices()[0]
    peak = device_peak_bytes(device)
    assert (peak is None) == (device.memory_stats() is None)
