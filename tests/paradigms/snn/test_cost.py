"""Costs against hand counts, and against the products in the traced programs."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest
from live_products import live_products

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.model import SNN
from paradigms.snn.rules import RULES

BATCH, TIME_STEPS, CHANNELS, OUTPUTS = 2, 13, 5, 3
IMAGE = (6, 4, 2)


def _paradigm(encoding: str, shape: tuple[int, ...] = (CHANNELS,), **config) -> SNN:
    if encoding == "events":
        example = jax.ShapeDtypeStruct((TIME_STEPS, CHANNELS), jnp.bool_)
        return build(Config(**config), Spec(example, "classification", OUTPUTS))
    example = jax.ShapeDtypeStruct(shape, jnp.float32)
    return build(Config(time_steps=TIME_STEPS, encoding=encoding, **config), Spec(example, "classification", OUTPUTS))


def test_a_dense_network_by_hand():
    cost = _paradigm("rate", hidden=(11, 7)).cost()
    first, second, readout = 13 * 5 * 11, 13 * 11 * 7, 13 * 7 * 3
    assert cost.forward.macs == first + second + readout
    assert cost.gradient.macs == 2 * first + 3 * second + 3 * readout
    assert cost.forward.time_steps == cost.gradient.time_steps == 13
    assert cost.forward.shots is None
    assert cost.forward.circuit_executions is None


def test_a_convolutional_network_by_hand():
    """A 6 x 4 image of 2 channels: 3 x 3 kernels at all 24 places to 5 channels, at the 6 pooled places to 3."""
    cost = _paradigm("direct", IMAGE, architecture="convolutional", hidden=(5, 3)).cost()
    first, second, readout = 24 * 9 * 2 * 5, 13 * 6 * 9 * 5 * 3, 13 * 3 * 3
    assert cost.forward.macs == first + second + readout


def test_a_transformer_by_hand():
    """2 x 2 patches are 6 tokens of 8; query, key, value and output; two products a head of 4; then 8 -> 32 -> 8."""
    cost = _paradigm("direct", IMAGE, architecture="transformer", hidden=(8,), patch=2, heads=2).cost()
    embedding, projections = 6 * (2 * 2 * 2) * 8, 4 * 6 * 8 * 8
    attention, dense = 2 * (2 * 6 * 4 * 4), 2 * 6 * 8 * 32
    assert cost.forward.macs == embedding + 13 * (projections + attention + dense) + 13 * 8 * 3


def _check(paradigm: SNN) -> None:
    variables = jax.eval_shape(paradigm.init, jax.random.key(0))
    inputs = jax.ShapeDtypeStruct((BATCH, *paradigm.spec.inputs.shape), paradigm.spec.inputs.dtype)

    def loss(params, state, inputs):
        output = paradigm.apply(params, state, inputs, key=jax.random.key(0), train=True)
        return jnp.square(output.prediction).sum()

    cost = paradigm.cost()
    assert live_products(jax.make_jaxpr(loss)(*variables, inputs)) == BATCH * cost.forward.macs
    assert live_products(jax.make_jaxpr(jax.grad(loss))(*variables, inputs)) == BATCH * cost.gradient.macs


def _every_other(cases: list[tuple[str, dict]]) -> list:
    """Every rule with every case, of which the slow tests take one half."""
    return [
        pytest.param(rule, *case, marks=[pytest.mark.slow] if (i + j) % 2 else [])
        for i, rule in enumerate(RULES)
        for j, case in enumerate(cases)
    ]


DENSE = [
    ("direct", {"hidden": (11, 7)}),
    ("events", {"hidden": (11, 7)}),
    ("events", {"hidden": (11,), "learn_decay": False}),
    ("direct", {"hidden": (11, 7), "recurrent": True}),
    ("events", {"hidden": (11, 7), "neuron": "synaptic", "recurrent": True, "learn_decay": False}),
]
IMAGES = [
    ("rate", {"architecture": "convolutional", "hidden": (5, 3)}),
    ("direct", {"architecture": "transformer", "hidden": (8,), "patch": 2, "heads": 2}),
]
RESIDUAL = ("rate", {"architecture": "residual", "hidden": (5, 5)})


@pytest.mark.parametrize(("rule", "encoding", "config"), _every_other(DENSE))
def test_dense_networks_take_the_products_of_the_traced_programs(rule: str, encoding: str, config: dict):
    _check(_paradigm(encoding, differentiation=rule, **config))


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.exact])
def test_delays_take_no_products_of_their_own(rule: str):
    _check(_paradigm("rate", hidden=(11, 7), longest_delay=2, differentiation=rule))


@pytest.mark.parametrize(
    ("rule", "encoding", "config"),
    [*_every_other(IMAGES), *(pytest.param(rule, *RESIDUAL, marks=pytest.mark.slow) for rule in RULES)],
)
def test_networks_on_images_take_the_products_of_the_traced_programs(rule: str, encoding: str, config: dict):
    _check(_paradigm(encoding, IMAGE, differentiation=rule, **config))
