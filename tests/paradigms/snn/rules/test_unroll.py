"""The rules of differentiation agree, and keep what they say they keep."""

from __future__ import annotations

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.rules import RULES
from paradigms.snn.rules.rule import TimeSteps
from paradigms.snn.rules.unroll import bptt, checkpointed, compact, online

BATCH, CHANNELS, NEURONS = 2, 37, 11
EXACT = ("bptt", "packed", "checkpointed", "compact")


def _counting(base, states, start, steps):
    """Writes the number of every step as a digit; sums the numbers."""
    numbers = start + jnp.arange(steps)
    for number in numbers:
        states = states * base + number
    return states, jnp.sum(numbers)


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 9])
def test_steps_run_in_order_from_zero(steps: int):
    rules = [
        bptt(_counting, jnp.asarray(10), jnp.asarray(0), 5, block_steps=steps),
        checkpointed(_counting, jnp.asarray(10), jnp.asarray(0), 5, segment_steps=steps),
        checkpointed(_counting, jnp.asarray(10), jnp.asarray(0), 5, plain_steps=steps % 5, block_steps=2),
        compact(_counting, jnp.asarray(10), jnp.asarray(0), 5, block_steps=steps),
        online(_counting, jnp.asarray(10), jnp.asarray(0), 5, block_steps=steps),
    ]
    assert [(int(states), int(sums)) for states, sums in rules] == [(1234, 10)] * 5


@given(total=st.integers(1, 300), most=st.integers(1, 40))
def test_blocks_are_of_one_length_where_three_quarters_as_many_steps_or_more_divide_all(total: int, most: int):
    steps = TimeSteps.in_blocks(total, most)
    most = min(most, total)
    divisors = [length for length in range(1, most + 1) if total % length == 0 and length >= 0.75 * most]
    assert (steps.total, steps.block) == (total, max(divisors, default=most))


def test_blocks_of_one_length_are_one_program():
    def program(steps: int) -> str:
        spec = Spec(jax.ShapeDtypeStruct((CHANNELS,), jnp.float32), "classification", 3)
        paradigm = build(Config(hidden=(NEURONS,), time_steps=steps), spec)
        batch = jax.ShapeDtypeStruct((BATCH, CHANNELS), jnp.float32)
        params, state = jax.eval_shape(paradigm.init, jax.random.key(0))
        apply = partial(paradigm.apply, key=jax.random.key(0), train=True)
        return str(jax.make_jaxpr(apply)(params, state, batch))

    assert len(program(32)) < 1.05 * len(program(20)) < len(program(23))


def _rotate(matrix, carry, start, steps):
    """Steps that depend on the arguments, on the states and on time, none of them linearly."""
    total = jnp.zeros(())
    for t in range(steps):
        carry = jnp.tanh(matrix @ carry + jnp.cos(start + t))
        total = total + jnp.sum(jnp.square(carry))
    return carry, total


@settings(deadline=None, max_examples=4)
@given(
    time_steps=st.integers(1, 12),
    segment=st.integers(1, 15),
    block=st.sampled_from([1, 3, 15]),
    plain=st.integers(0, 12),
)
def test_the_exact_rules_agree(time_steps: int, segment: int, block: int, plain: int):
    matrix = jnp.asarray(np.random.default_rng(0).standard_normal((3, 3)), jnp.float32)
    carry = jnp.array([0.1, -0.2, 0.3])

    def gradients(rule, **settings):
        def value(matrix, carry):
            states, total = rule(_rotate, matrix, carry, time_steps, **settings)
            return jnp.sum(jnp.sin(states)) + jnp.sin(total)

        return jax.jit(jax.value_and_grad(value, argnums=(0, 1)))(matrix, carry)

    exact = gradients(bptt, block_steps=1)
    for ours in (
        gradients(bptt, block_steps=block),
        gradients(checkpointed, segment_steps=segment, plain_steps=min(plain, time_steps), block_steps=block),
        gradients(compact, block_steps=block),
    ):
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5), ours, exact)


@pytest.mark.parametrize("block", [1, 4])
def test_online_sums_the_gradients_of_its_blocks(block: int):
    """Each block's gradient with its states held fixed, weighted by the cotangent of the sum."""
    matrix = jnp.asarray(np.random.default_rng(0).standard_normal((3, 3)), jnp.float32)
    carry = jnp.array([0.1, -0.2, 0.3])

    def value(matrix, carry):
        states, total = online(_rotate, matrix, carry, 10, block_steps=block)
        return jnp.sum(states) + 3 * total

    to_matrix, to_carry = jax.jit(jax.grad(value, argnums=(0, 1)))(matrix, carry)
    expected, states = jnp.zeros_like(matrix), carry
    for start in range(0, 10, block):
        steps = min(block, 10 - start)
        expected += 3 * jax.grad(lambda m, s=states, f=start, n=steps: _rotate(m, s, f, n)[1])(matrix)
        states, _ = _rotate(matrix, states, start, steps)
    np.testing.assert_allclose(to_matrix, expected, rtol=1e-5, atol=1e-5)
    assert not to_carry.any()


def _loss(encoding: str, time_steps: int, **config):
    """A loss of the parameters, and parameters."""
    settings = {"hidden": (NEURONS,), "time_steps": time_steps, **config}
    if encoding == "events":
        example = jax.ShapeDtypeStruct((time_steps, CHANNELS), jnp.bool_)
        inputs = jnp.asarray(np.random.default_rng(0).random((BATCH, *example.shape)) < 0.3)
    else:
        settings["encoding"] = encoding
        example = jax.ShapeDtypeStruct((CHANNELS,), jnp.float32)
        inputs = jnp.asarray(np.random.default_rng(0).random((BATCH, *example.shape)), jnp.float32)
    paradigm = build(Config(**settings), Spec(example, "classification", 3))
    variables = paradigm.init(jax.random.key(0))

    def loss(params):
        output = paradigm.apply(params, variables.state, inputs, key=jax.random.key(1), train=True)
        return jnp.sum(jnp.square(output.prediction)) + output.penalty

    return loss, variables.params


def _residuals(encoding: str, time_steps: int, **config) -> list[jax.ShapeDtypeStruct]:
    """What the reverse pass is given, found by tracing: nothing is computed."""
    loss, params = _loss(encoding, time_steps, **config)
    return jax.tree.leaves(jax.eval_shape(lambda params: jax.vjp(loss, params)[1], params))


def _bytes(leaves: list[jax.ShapeDtypeStruct]) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in leaves)


def test_residuals_grow_with_time_as_each_rule_says():
    def growth(rule: str) -> list[int]:
        return [_bytes(_residuals("direct", steps, block_steps=8, differentiation=rule)) for steps in (64, 256, 1024)]

    kept = {rule: growth(rule) for rule in RULES}
    for rule, (first, second, third) in kept.items():
        if RULES[rule].kept == "O(1)":
            assert first == second == third < kept["bptt"][0]
            continue
        # Differences, so that what does not depend on time cancels: x4 from one to the next if linear, x2 if a root.
        factor = {"O(T)": 4, "O(√T)": 2}[RULES[rule].kept]
        assert 0.98 * factor < (third - second) / (second - first) < 1.02 * factor, rule
    assert kept["packed"][2] < kept["bptt"][2]
    assert kept["checkpointed"][2] < kept["bptt"][2] / 10
    assert kept["compact"][2] < kept["bptt"][2] / 20
    assert kept["ottt"] == kept["sltt"]


@pytest.mark.parametrize("encoding", ["direct", "rate", "latency", "events"])
@pytest.mark.parametrize("rule", [*EXACT, "sltt"])
def test_no_encoded_input_is_kept_over_time(encoding: str, rule: str):
    """Only a recording has both a time and a channel axis, and it is kept as it came, one byte a value."""
    time_steps = 49
    kept = [leaf for leaf in _residuals(encoding, time_steps, differentiation=rule) if CHANNELS in leaf.shape]
    per_step = [leaf for leaf in kept if leaf.size > BATCH * CHANNELS and leaf.shape != (CHANNELS, NEURONS)]
    assert [(leaf.dtype, leaf.shape) for leaf in per_step] == (
        [(bool, (BATCH, time_steps, CHANNELS))] if encoding == "events" else []
    )


@pytest.mark.parametrize("encoding", ["rate", "events"])
def test_memory_of_the_compiled_gradient_does_not_hold_the_encoded_input(encoding: str):
    """Temporary bytes may grow by what the neurons keep, not by ``channels`` floats a step (which would dominate)."""

    def temporary(steps: int) -> int:
        loss, params = _loss(encoding, steps)
        analysis = jax.jit(jax.grad(loss)).lower(params).compile().memory_analysis()
        assert analysis is not None
        return analysis.temp_size_in_bytes

    growth = (temporary(400) - temporary(200)) / (200 * BATCH * 4)
    assert growth < CHANNELS + 2 * NEURONS


@cache
def _exact() -> tuple:
    loss, params = _loss("rate", 12, rate_penalty=3.0)
    return jax.jit(jax.value_and_grad(loss))(params)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "bptt"])
def test_the_network_has_the_same_gradient_under_the_exact_rules_and_no_other(rule: str):
    """With random spikes, drawn again in the reverse pass; other encodings are compared by hand in test_network.py."""
    settings = {"segment_steps": 4} if RULES[rule].has_segments else {"block_steps": 4}
    loss, params = _loss("rate", 12, rate_penalty=3.0, differentiation=rule, **settings)
    (ours, gradient), (value, exact) = jax.jit(jax.value_and_grad(loss))(params), _exact()
    np.testing.assert_allclose(ours, value, rtol=1e-6)
    equal = [np.allclose(gradient[name], exact[name], rtol=1e-6, atol=1e-6) for name in exact]
    assert all(equal) == RULES[rule].exact
