"""Which rules have a forward mode, whatever the size of the input: where there are many, products may be of events."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import pytest

from paradigms.interface import Spec
from paradigms.snn import Config, build
from paradigms.snn.connections.event_product import LEAST_INPUTS
from paradigms.snn.neurons.populations import NEURONS
from paradigms.snn.rules import RULES
from training.errors import BadInput
from training.gradients import require_forward_mode

HAVE_ONE = {"bptt", "packed", "checkpointed"}
CASES = [
    *product(RULES, [LEAST_INPUTS - 1, LEAST_INPUTS], ["lif"]),
    *(("packed", LEAST_INPUTS, neuron) for neuron in NEURONS if neuron != "lif"),
]


@pytest.mark.parametrize(("rule", "inputs", "neuron"), CASES)
def test_a_rule_has_a_forward_mode_at_any_size_of_the_input_or_is_refused_with_those_that_have(rule, inputs, neuron):
    config = Config(hidden=(3,), time_steps=2, encoding="rate", differentiation=rule, neuron=neuron)
    paradigm = build(config, Spec(jax.ShapeDtypeStruct((inputs,), jnp.float32), "classification", 2))
    params, state = jax.eval_shape(paradigm.init, jax.random.key(0))

    def loss(params, state, images, key):
        output = paradigm.apply(params, state, images, key=key, train=True)
        return jnp.sum(output.prediction), output.telemetry

    shapes = params, state, jax.ShapeDtypeStruct((2, inputs), jnp.float32), jax.eval_shape(lambda: jax.random.key(0))
    if rule in HAVE_ONE:
        require_forward_mode(loss, *shapes)
        return
    with pytest.raises(BadInput, match=f"paradigm.differentiation that has one: .*{', .*'.join(['bptt', 'packed'])}"):
        require_forward_mode(loss, *shapes)
