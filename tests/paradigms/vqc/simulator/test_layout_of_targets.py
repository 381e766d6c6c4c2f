"""A program may be laid out for another machine; what it computes stays the same, as running it here shows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from paradigms.interface import Spec
from paradigms.target import Target, aimed_at
from paradigms.vqc import build
from paradigms.vqc.config import Config

SPEC = Spec(jax.ShapeDtypeStruct((12,), jnp.float32), "classification", 2)
TPU = Target("tpu", 1, 2**34)


@pytest.mark.parametrize("embedding", ["reuploading", pytest.param("amplitude", marks=pytest.mark.slow)])
def test_what_is_laid_out_for_a_tpu_has_the_same_values_and_gradients(x64, embedding: str):
    inputs = jnp.asarray(np.random.default_rng(0).uniform(0.1, 1, (3, 12)))

    def value_and_gradient() -> tuple:
        model = build(Config(qubits=4, layers=2, embedding=embedding), SPEC)
        params, state = model.init(jax.random.key(0))

        def loss(params):
            predicted = model.apply(params, state, inputs, key=jax.random.key(1), train=True).prediction
            return jnp.sum(jnp.sin(predicted))

        jitted = jax.jit(jax.value_and_grad(loss))
        return jitted(params), str(jitted.trace(params).jaxpr)

    here, program = value_and_gradient()
    with aimed_at(TPU):
        there, other = value_and_gradient()
    assert other != program
    assert jax.tree.leaves(there)[0] != 0
    jax.tree.map(lambda one, two: np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-10), here, there)


def test_no_product_of_a_state_is_rounded_to_fewer_bits():
    model = build(Config(qubits=4, layers=2), SPEC)
    params, state = jax.eval_shape(model.init, jax.random.key(0))
    inputs = jax.ShapeDtypeStruct((3, 12), jnp.float32)

    def loss(params, inputs):
        return jnp.sum(model.apply(params, state, inputs, key=jax.random.key(1), train=True).prediction)

    for aim in (None, TPU, Target("gpu", 1, 2**36)):
        with aimed_at(aim):
            lowered = jax.jit(jax.grad(loss)).lower(params, inputs).as_text()
        products = [line for line in lowered.splitlines() if "stablehlo.dot_general" in line]
        assert products
        assert [line for line in products if "precision = [HIGHEST, HIGHEST]" not in line] == []
