"""Multiply-accumulates against the products in the traced program, and by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest

from paradigms.interface import Spec
from paradigms.transformer import Config, build
from paradigms.transformer.cost import advance_macs, start_macs

_BATCH = 2
_SPECS = {
    "image": Spec(jax.ShapeDtypeStruct((8, 6, 2), jnp.float32), "classification", 5),
    "recording": Spec(jax.ShapeDtypeStruct((10, 3), jnp.bool_), "classification", 4),
    "text": Spec(jax.ShapeDtypeStruct((9,), jnp.int32), "language", 11),
}


def _macs(jaxpr) -> int:
    """Multiply-accumulates of every product in a jaxpr, a scan's body counted once a trip."""
    total = 0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            summed = math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
            total += summed * math.prod(equation.outvars[0].aval.shape)
        trips = equation.params["length"] if equation.primitive.name == "scan" else 1
        total += trips * sum(_macs(inner) for inner in _bodies(equation))
    return total


def _bodies(equation) -> list:
    values = [equation.params[name] for name in ("jaxpr", "call_jaxpr") if name in equation.params]
    return [getattr(value, "jaxpr", value) for value in values]


_LLAMA = Config(width=16, layers=2, heads=4, key_value_heads=2, hidden=24, norm="rms", feed_forward="swiglu", tied=True)


@pytest.mark.parametrize("changes", [{}, {"tied": False, "key_value_heads": 1, "layers": 5, "bias": False}])
def test_decoding_is_counted_like_the_traced_products(changes) -> None:
    spec, config = _SPECS["text"], replace(_LLAMA, **changes)
    paradigm = build(config, spec)
    variables = jax.eval_shape(paradigm.init, jax.random.key(0))
    prompts, ones = (jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((_BATCH, 5), (_BATCH,)))
    reading = jax.make_jaxpr(lambda *given: paradigm.start(*given, 9))(variables, prompts, ones)
    assert _macs(reading.jaxpr) == _BATCH * start_macs(config, spec, 5)
    _, memory = jax.eval_shape(lambda *given: paradigm.start(*given, 9), variables, prompts, ones)
    advancing = jax.make_jaxpr(paradigm.advance)(variables, ones, memory)
    assert _macs(advancing.jaxpr) == _BATCH * advance_macs(config, spec, 9)


def test_decoding_by_hand() -> None:
    # A token: queries and back 2 x 4 x 4, keys and values 2 x 4 x 2, gate, up and down 3 x 4 x 3; read-out 4 x 11.
    config = Config(width=4, layers=1, heads=2, key_value_heads=1, hidden=3, feed_forward="swiglu")
    a_token = 32 + 16 + 36
    assert start_macs(config, _SPECS["text"], 3) == 3 * a_token + 2 * 9 * 4 + 44
    assert advance_macs(config, _SPECS["text"], 5) == a_token + 2 * 5 * 4 + 44


@pytest.mark.parametrize("differentiation", ["backprop", "checkpointed"])
def test_other_blocks_are_counted_like_the_traced_products(differentiation) -> None:
    _check(_SPECS["text"], replace(_LLAMA, differentiation=differentiation))


@pytest.mark.parametrize("differentiation", ["backprop", "checkpointed"])
@pytest.mark.parametrize("task", list(_SPECS))
def test_counts_equal_the_traced_products(task: str, differentiation: str) -> None:
    config = Config(width=16, layers=3, heads=2, hidden=24, event_patch=4, differentiation=differentiation)
    _check(_SPECS[task], config)


@pytest.mark.parametrize("policy", ["linear", "products"])
def test_what_a_policy_keeps_is_not_counted_again(policy: str) -> None:
    config = Config(width=16, layers=2, heads=2, hidden=24, differentiation="checkpointed", remat_policy=policy)
    _check(_SPECS["text"], config)


def _check(spec: Spec, config: Config) -> None:
    paradigm = build(config, spec)
    params, state = jax.eval_shape(paradigm.init, jax.random.key(0))
    inputs = jax.ShapeDtypeStruct((_BATCH, *spec.inputs.shape), spec.inputs.dtype)

    def total(params, inputs, key):
        return jnp.sum(jnp.sin(paradigm.apply(params, state, inputs, key=key, train=True).prediction))

    forward = jax.make_jaxpr(total)(params, inputs, jax.random.key(0))
    gradient = jax.make_jaxpr(jax.value_and_grad(total))(params, inputs, jax.random.key(0))
    cost = paradigm.cost()
    assert _macs(forward.jaxpr) == _BATCH * cost.forward.macs
    assert _macs(gradient.jaxpr) == _BATCH * cost.gradient.macs


def test_a_count_by_hand() -> None:
    # Text of 2 tokens, width 2, hidden 3, 5 words, 1 layer: projections 2·(6+2)·2 = 32, scores and values 2·2·2·2 = 16,
    # feed-forward 2·2·3·2 = 24, read-out 2·2·5 = 20.
    spec = Spec(jax.ShapeDtypeStruct((2,), jnp.int32), "language", 5)
    cost = build(Config(width=2, layers=1, heads=1, hidden=3), spec).cost()
    assert cost.forward.macs == 32 + 16 + 24 + 20
    assert cost.gradient.macs == 3 * 92
