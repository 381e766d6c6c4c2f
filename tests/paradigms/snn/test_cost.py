"""Costs against hand counts, and against the products in the traced programs."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import pytest
from jax.extend import core

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.model import SNN

BATCH, TIME_STEPS, CHANNELS, OUTPUTS = 2, 13, 5, 3


def _paradigm(encoding: str, **config) -> SNN:
    if encoding == "events":
        example = jax.ShapeDtypeStruct((TIME_STEPS, CHANNELS), jnp.bool_)
        return build(Config(**config), Spec(example, "classification", OUTPUTS))
    example = jax.ShapeDtypeStruct((CHANNELS,), jnp.float32)
    return build(Config(time_steps=TIME_STEPS, encoding=encoding, **config), Spec(example, "classification", OUTPUTS))


def _counted(jaxpr: core.Jaxpr) -> int:
    """Multiply-accumulates of all matrix products; a scan's body as often as it runs."""
    total = 0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            total += math.prod(equation.outvars[0].aval.shape) * math.prod(
                equation.invars[0].aval.shape[axis] for axis in contracted
            )
        inside = 0
        for value in equation.params.values():
            for part in value if isinstance(value, tuple | list) else (value,):
                if isinstance(part, core.ClosedJaxpr):
                    inside += _counted(part.jaxpr)
                elif isinstance(part, core.Jaxpr):
                    inside += _counted(part)
        total += inside * (equation.params["length"] if equation.primitive.name == "scan" else 1)
    return total


def test_by_hand():
    cost = _paradigm("rate", hidden=(11, 7)).cost()
    first, second, readout = 13 * 5 * 11, 13 * 11 * 7, 13 * 7 * 3
    assert cost.forward.macs == first + second + readout
    assert cost.gradient.macs == 2 * first + 3 * second + 3 * readout
    assert cost.forward.time_steps == cost.gradient.time_steps == 13
    assert cost.forward.shots is None
    assert cost.forward.circuit_executions is None


@pytest.mark.parametrize("encoding", ["direct", "rate", "events"])
@pytest.mark.parametrize("differentiation", ["bptt", "checkpointed"])
@pytest.mark.parametrize(("learn_decay", "hidden"), [(True, (11, 7)), (False, (11,))])
def test_equals_the_products_of_the_traced_programs(
    encoding: str, differentiation: str, learn_decay: bool, hidden: tuple[int, ...]
):
    paradigm = _paradigm(encoding, hidden=hidden, differentiation=differentiation, learn_decay=learn_decay)
    params, state = paradigm.init(jax.random.key(0))
    inputs = jnp.zeros((BATCH, *paradigm.spec.inputs.shape), paradigm.spec.inputs.dtype)

    def loss(params):
        return jnp.square(paradigm.apply(params, state, inputs, key=jax.random.key(0), train=True).prediction).sum()

    cost = paradigm.cost()
    assert _counted(jax.make_jaxpr(loss)(params).jaxpr) == BATCH * cost.forward.macs
    assert _counted(jax.make_jaxpr(jax.grad(loss))(params).jaxpr) == BATCH * cost.gradient.macs
