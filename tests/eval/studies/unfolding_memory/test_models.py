"""Units without spikes against NumPy, and bytes against counts by hand."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from eval.studies.unfolding_memory import memory
from eval.studies.unfolding_memory.models import GATED, LEAKY, RULES, SNN, TRANSFORMER, Sizes, examples, problem
from eval.studies.unfolding_memory.neurons import GRU, LeakyUnit
from eval.studies.unfolding_memory.peak import in_own_process, peak_of
from training.pricing import NO_PEAK

SMALL = Sizes(time_steps=16, channels=3, width=4, depth=2, batch=2, block_steps=4)
RECURRENT = (SNN, LEAKY, GATED)


@pytest.fixture
def x64():
    """64-bit JAX for one test."""
    with jax.enable_x64(True):
        yield


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.usefixtures("x64")
def test_the_gru_is_its_equations():
    random = np.random.default_rng(0)
    unit = GRU(3, key=jax.random.key(1))
    weight, bias = random.normal(size=(3, 9)), random.normal(size=9)
    unit = eqx.tree_at(lambda u: (u.recurrent.weight, u.recurrent.bias), unit, (jnp.asarray(weight), jnp.asarray(bias)))
    current, state = random.normal(size=(5, 9)), random.normal(size=(5, 3))
    inner = state @ weight + bias
    reset = sigmoid(current[:, :3] + inner[:, :3])
    update = sigmoid(current[:, 3:6] + inner[:, 3:6])
    candidate = np.tanh(current[:, 6:] + reset * inner[:, 6:])
    expected = (1 - update) * candidate + update * state
    output, after = unit(jnp.asarray(current), jnp.asarray(state))
    np.testing.assert_allclose(output, expected, atol=1e-14)
    np.testing.assert_allclose(after, expected, atol=1e-14)


@pytest.mark.usefixtures("x64")
def test_the_leaky_unit_is_its_equation():
    random = np.random.default_rng(0)
    current, state = random.normal(size=(2, 3)), random.normal(size=(2, 3))
    expected = np.exp(-1 / 5.0) * state + current
    output, after = LeakyUnit(3, 5.0)(jnp.asarray(current), jnp.asarray(state))
    np.testing.assert_allclose(after, expected, atol=1e-14)
    np.testing.assert_allclose(output, np.tanh(expected), atol=1e-14)


def gradient(model, rule, sizes):
    posed = problem(model, rule, sizes)
    params = posed.init(jax.random.key(0))
    return jax.tree.leaves(jax.jit(jax.grad(posed.loss, has_aux=True))(params, *examples(sizes, 1))[0])


@pytest.mark.parametrize("model", [LEAKY, GATED])
def test_checkpoints_leave_the_gradient_as_it_is(model):
    # 11 steps: segments of 3 and a rest, blocks of 4 and a rest.
    sizes = Sizes(11, 3, 4, 1, 2, 4)
    plain, checkpointed = (gradient(model, rule, sizes) for rule in ("bptt", "checkpointed"))
    assert max(float(jnp.abs(leaf).max()) for leaf in plain) > 1e-3
    for one, other in zip(plain, checkpointed, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_rule_that_a_model_has_not_is_refused():
    with pytest.raises(KeyError, match="GRU has no rule ottt"):
        problem(GATED, "ottt", SMALL)


def kept(model, rule, steps, **changes):
    sizes = Sizes(**{**SMALL.__dict__, "time_steps": steps, **changes})
    return memory.trace([(model, rule)], sizes)[0].residual_bytes


STATE = 2 * 4 * 2 * 4
"""Bytes of a state by hand: batch 2, width 4, 2 layers, float32."""


@pytest.mark.parametrize("model", RECURRENT)
def test_plain_unfolding_keeps_as_much_for_every_step(model):
    sixteen, thirty_two, sixty_four = (kept(model, "bptt", steps) for steps in (16, 32, 64))
    assert sixty_four - thirty_two == 2 * (thirty_two - sixteen)
    # At the least the state that its derivative is taken at.
    assert (thirty_two - sixteen) / 16 >= STATE


@pytest.mark.parametrize("model", RECURRENT)
def test_checkpoints_keep_a_state_a_segment(model):
    # 4, 8 and 16 segments.
    sixteen, sixty_four, long = (kept(model, "checkpointed", steps) for steps in (16, 64, 256))
    assert sixty_four - sixteen == 4 * (STATE + 4)  # and the number of the segment's first step, int32
    assert long - sixty_four == 8 * (STATE + 4)


def test_compact_keeps_a_state_a_block_and_online_rules_nothing():
    assert kept(SNN, "compact", 64) - kept(SNN, "compact", 16) == 12 * STATE
    for rule in ("sltt", "ottt"):
        assert kept(SNN, rule, 64) == kept(SNN, rule, 16)


def test_attention_keeps_the_square_and_checkpoints_only_what_enters_a_block():
    lengths = (16, 32, 48)
    plain = [kept(TRANSFORMER, "backprop", steps) for steps in lengths]
    # Second difference of c T² at a distance of 16 tokens: 2 · 16² numbers for each of batch 2, 4 heads and 2 blocks,
    # for each of the arrays kept.
    arrays = (plain[2] - 2 * plain[1] + plain[0]) / (2 * 16**2 * 2 * 4 * 2 * 4)
    assert arrays >= 1
    assert arrays == pytest.approx(round(4 * arrays) / 4)  # masks are of bytes
    checkpointed = [kept(TRANSFORMER, "checkpointed", steps) for steps in lengths]
    assert checkpointed[2] - checkpointed[1] == checkpointed[1] - checkpointed[0] > 0


def test_the_priced_gradient(compiled_anew):
    rows = memory.measure([(SNN, "bptt"), (SNN, "sltt")], SMALL, repeats=1, seed=0)
    plain, online = rows
    assert [row.differentiation for row in rows] == ["bptt", "sltt"]
    # bool recordings and int32 classes, by hand.
    assert plain.input_bytes == 2 * 16 * 3 + 2 * 4
    # Two dense layers and a read-out, biases and decays: (3·4 + 4 + 4) + (4·4 + 4 + 4) + (4·10 + 10 + 10).
    assert plain.parameters == 104
    assert plain.argument_bytes >= 4 * 104 + plain.input_bytes
    assert plain.residual_bytes == kept(SNN, "bptt", 16)
    assert min(row.compile_seconds for row in rows) > 0
    assert plain.seconds_to_plain == 1
    assert online.seconds_to_plain == pytest.approx(online.gradient_seconds / plain.gradient_seconds)
    peak = peak_of(SNN, "bptt", SMALL, 0)
    assert (plain.device_peak_bytes or plain.device_peak_unavailable) == peak
    assert None in (plain.device_peak_bytes, plain.device_peak_unavailable)


def test_every_model_has_a_plain_rule_and_checkpoints():
    for model, rules in RULES.items():
        assert "checkpointed" in rules[1:]
        assert rules[0] == ("backprop" if model == TRANSFORMER else "bptt")


def test_the_peak_is_asked_of_a_process_of_its_own():
    if jax.local_devices()[0].memory_stats() is None:
        assert peak_of(SNN, "bptt", SMALL, 0) == NO_PEAK
        assert in_own_process(SNN, "sltt", SMALL, 0) == NO_PEAK
    else:
        peak = in_own_process(SNN, "sltt", SMALL, 0)
        assert isinstance(peak, int)
        assert peak > 0
