"""Which outputs of a program are elements of its input: found exactly, and never claimed of another number."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.vqc.simulator.jaxpr_dataflow import copied_elements, depends_on_tracers

SHAPE = (3, 4)


@jax.custom_vjp
def reversed_gradient(w):
    return w


reversed_gradient.defvjp(lambda w: (w, None), lambda _, g: (-g,))

MOVES = {
    "slices": lambda w: w[1:, ::2],
    "negative": lambda w: w[-1, -2],
    "rows": lambda w: jnp.stack(list(w)[::-1]),
    "indices": lambda w: w[np.array([0, 2]), jnp.array([1, -1])],
    "mask": lambda w: w[np.array([True, False, True])],
    "take": lambda w: jnp.take(w, jnp.arange(2) + 1, axis=0),
    "dynamic": lambda w: jax.lax.dynamic_index_in_dim(w, 2),
    "past the end": lambda w: jax.lax.dynamic_slice(w, (2, 3), (2, 2)),
    "roll": lambda w: jnp.roll(w, 1, axis=1).T.ravel(),
    "split": lambda w: jnp.split(w, 2, axis=1)[1],
    "unstack": lambda w: jnp.unstack(w, axis=1)[3],
    "repeat": lambda w: jnp.repeat(w, 2),
    "flip and copy": lambda w: jnp.copy(jnp.flip(w))[:, None],
    "converted": lambda w: w.astype(jnp.float32),
    "compiled": jax.jit(lambda w: w.reshape(4, 3).swapaxes(0, 1)),
}
OTHERS = {
    "clip": lambda w: jnp.clip(w, -1e9, 1e9),
    "abs": jnp.abs,
    "relu": jax.nn.relu,
    "where": lambda w: jnp.where(w > 1e9, 0.0, w),
    "maximum": lambda w: jnp.maximum(w, -1e9),
    "times one": lambda w: w * 1.0,
    "mod": lambda w: jnp.mod(w, 1e9),
    "round trip": lambda w: w.astype(jnp.float16).astype(jnp.float32),
    "integer": lambda w: w.astype(jnp.int32).astype(jnp.float32),
    "sorted": lambda w: jnp.sort(w, axis=None),
    "largest": lambda w: w.max(axis=0),
    "chosen by weights": lambda w: w[0, jnp.argmax(w[1])],
    "constant": lambda w: jnp.zeros(2),
    "no gradient": jax.lax.stop_gradient,
    "other gradient": reversed_gradient,
}


def places(function):
    (found,) = copied_elements(jax.make_jaxpr(function)(jax.ShapeDtypeStruct(SHAPE, jnp.float32)))
    return found


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_what_only_moves_is_followed(move):
    numbers = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    np.testing.assert_array_equal(places(move), move(jnp.asarray(numbers, jnp.float32)))


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_changes_a_number_or_its_gradient_is_not(other):
    assert np.all(places(other) == -1)


def test_only_the_elements_that_are_the_inputs_have_places():
    np.testing.assert_array_equal(places(lambda w: jnp.stack([w[0, 1], 0.5, 2 * w[0, 2], w[2, 3]])), [1, -1, -1, 11])


@settings(max_examples=6, deadline=None)
@given(st.lists(st.sampled_from([*MOVES][:-1] + [*OTHERS][:9]), min_size=1, max_size=3), st.integers(0, 99))
def test_a_claimed_place_is_right_for_any_numbers(names, seed):
    def function(w):
        for name in names:
            one = (MOVES | OTHERS)[name](w).ravel()
            w = jnp.concatenate([one] * 12)[:12].reshape(SHAPE)
        return w

    found = places(function)
    numbers = np.random.default_rng(seed).normal(scale=10.0 ** (seed % 12), size=SHAPE).astype(np.float32)
    claimed = found >= 0
    assert claimed.all() or any(name in OTHERS for name in names)
    np.testing.assert_array_equal(np.asarray(function(jnp.asarray(numbers)))[claimed], numbers.ravel()[found[claimed]])


def test_what_depends_on_a_tracer_is_told_apart():
    seen = {}

    def outer(x):
        program = jax.make_jaxpr(lambda w: (w[0], 2.0, x * 1.0, jnp.sin(w[1]) + x))(jnp.ones(2))
        seen[True], seen[False] = depends_on_tracers(program, True), depends_on_tracers(program, False)
        return x

    jax.grad(outer)(0.3)
    assert seen == {True: [True, False, True, True], False: [False, False, True, True]}
