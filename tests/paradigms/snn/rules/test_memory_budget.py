"""Memory budgets are kept, used, and refused where they do not suffice."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec, Unsupported
from paradigms.snn import Config, build
from paradigms.snn.rules.memory_budget import segments_within

BATCH, CHANNELS = 8, 30


def _program(time_steps: int, hidden: tuple[int, ...], encoding: str, **config):
    """The gradient of a loss, compiled, and its arguments."""
    example = jax.ShapeDtypeStruct((CHANNELS,), jnp.float32)
    inputs = jnp.asarray(np.random.default_rng(0).random((BATCH, CHANNELS)), jnp.float32)
    settings = {"hidden": hidden, "time_steps": time_steps, "encoding": encoding, **config}
    paradigm = build(Config(**settings), Spec(example, "classification", 5))
    params = {name: 2 * value for name, value in paradigm.init(jax.random.key(0)).params.items()}

    def loss(params, inputs):
        output = paradigm.apply(params, {}, inputs, key=jax.random.key(1), train=True)
        return jnp.sum(jnp.square(output.prediction))

    return jax.jit(jax.grad(loss)).lower(params, inputs).compile(), (params, inputs)


def _temporary(compiled) -> int:
    return compiled.memory_analysis().temp_size_in_bytes


def _same_gradient(budgeted, plain, arguments: tuple) -> None:
    ours, exact = budgeted(*arguments), plain(*arguments)
    for name, value in exact.items():
        scale = np.abs(value).max()
        assert scale > 0
        np.testing.assert_allclose(ours[name], value, rtol=1e-5, atol=1e-5 * scale, err_msg=name)


@pytest.mark.parametrize(
    ("hidden", "encoding", "time_steps"),
    [((64,), "direct", 100), pytest.param((48, 32), "latency", 150, marks=pytest.mark.slow)],
)
def test_the_compiled_gradient_stays_within_its_budget_and_is_the_same(
    hidden: tuple[int, ...], encoding: str, time_steps: int
):
    plain, arguments = _program(time_steps, hidden, encoding)
    budget = int(0.6 * _temporary(plain))
    recomputed, _ = _program(time_steps, hidden, encoding, differentiation="checkpointed")
    budgeted, _ = _program(time_steps, hidden, encoding, differentiation="checkpointed", memory_budget_bytes=budget)
    # It is kept, and it is used: without one, memory would be far less.
    assert _temporary(budgeted) <= budget
    assert _temporary(budgeted) > 1.2 * _temporary(recomputed)
    _same_gradient(budgeted, plain, arguments)


def test_more_budget_keeps_more_steps_until_all_are_kept():
    example = jax.ShapeDtypeStruct((CHANNELS,), jnp.float32)
    paradigm = build(Config(hidden=(16,), time_steps=50), Spec(example, "classification", 5))
    variables = paradigm.init(jax.random.key(0))
    runner = paradigm.runner
    arguments = paradigm.arguments(paradigm.network(*variables), jnp.zeros((BATCH, CHANNELS)), jax.random.key(0))
    states = runner.initial_states(arguments.network, BATCH)

    def kept(budget: int, segment: int | None = None) -> int:
        return segments_within(budget, runner, arguments, states, 50, segment_steps=segment, block_steps=5)[1]

    with pytest.raises(Unsupported) as refusal:
        kept(1)
    least = int(str(refusal.value).split("less than the ")[1].split()[0])
    with pytest.raises(Unsupported):
        kept(least - 1)
    # No other segments need less.
    for segment in (1, 3, 7, 12, 50):
        with pytest.raises(Unsupported):
            kept(least - 1, segment)
    steps = [kept(budget) for budget in (least, 2 * least, 4 * least, 10**9)]
    assert steps == sorted(steps)
    assert steps[0] < steps[1] < steps[-1] == 50


def test_too_small_a_budget_is_refused_with_the_number_while_tracing():
    example = jax.ShapeDtypeStruct((CHANNELS,), jnp.float32)
    config = Config(hidden=(16,), time_steps=50, differentiation="checkpointed", memory_budget_bytes=1000)
    paradigm = build(config, Spec(example, "classification", 5))
    variables = jax.eval_shape(paradigm.init, jax.random.key(0))
    sentence = (
        r"^paradigm.memory_budget_bytes=1000 is less than the \d+ bytes that 50 steps in segments of \d+ are predicted "
        r"to need at this batch size; raise it, lower trainer.batch_size, or choose paradigm.differentiation=sltt"
    )
    with pytest.raises(Unsupported, match=sentence):
        jax.eval_shape(
            lambda v, x: paradigm.apply(*v, x, key=jax.random.key(0), train=True),
            variables,
            jax.ShapeDtypeStruct((BATCH, CHANNELS), jnp.float32),
        )


@pytest.mark.slow
def test_sixteen_times_as_many_steps_in_the_memory_of_plain_backpropagation():
    short, _ = _program(128, (128, 128), "rate")
    budget = _temporary(short)
    plain, arguments = _program(2048, (128, 128), "rate")
    rule = {"differentiation": "checkpointed", "memory_budget_bytes": budget}
    budgeted, _ = _program(2048, (128, 128), "rate", **rule)
    assert _temporary(plain) > 10 * budget
    assert _temporary(budgeted) <= budget
    _same_gradient(budgeted, plain, arguments)
