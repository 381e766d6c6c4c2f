"""Multiply-accumulates against the products in the traced program, and by hand."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import pytest

from paradigms.interface import Spec
from paradigms.transformer import Config, build

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


@pytest.mark.parametrize("differentiation", ["backprop", "checkpointed"])
@pytest.mark.parametrize("task", list(_SPECS))
def test_counts_equal_the_traced_products(task: str, differentiation: str) -> None:
    spec = _SPECS[task]
    paradigm = build(
        Config(width=16, layers=3, heads=2, hidden=24, event_patch=4, differentiation=differentiation), spec
    )
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
