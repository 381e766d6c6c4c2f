"""Memory predicted before it is allocated."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from paradigms.interface import Spec, Unsupported
from paradigms.vqc import Config, build
from paradigms.vqc.simulator import memory

DIGITS = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 10)


@pytest.mark.parametrize(
    "changes",
    [
        {"qubits": 16, "layers": 20},
        {"qubits": 14, "layers": 16, "ansatz": "strongly_entangling"},
        {"qubits": 14, "layers": 4, "differentiation": "backprop"},
        {"qubits": 12, "layers": 2, "differentiation": "parameter_shift", "shift_chunk": 8},
    ],
)
def test_prediction_against_what_xla_allocates(changes):
    config = Config(**changes)
    model = build(config, DIGITS)
    params, state = model.init(jax.random.key(0))

    def loss(params, inputs):
        return model.apply(params, state, inputs, key=jax.random.key(0), train=True).prediction.sum()

    compiled = jax.jit(jax.grad(loss)).lower(params, jnp.ones((1, 8, 8, 1))).compile()
    assert memory.gradient_bytes(config) == pytest.approx(compiled.memory_analysis().temp_size_in_bytes, rel=0.2)


def test_too_many_qubits_are_refused_with_the_number():
    with pytest.raises(
        Unsupported, match=r"paradigm\.qubits=40 .* needs [\d,]+\.\d GiB .* the machine has [\d,]+\.\d GiB"
    ):
        build(Config(qubits=40), DIGITS)


def test_the_bound_is_the_memory_of_the_machine(monkeypatch):
    config = Config(qubits=10, layers=2)
    monkeypatch.setattr(memory, "capacity_bytes", lambda: memory.gradient_bytes(config))
    memory.require_memory(config)
    monkeypatch.setattr(memory, "capacity_bytes", lambda: memory.gradient_bytes(config) - 1)
    with pytest.raises(Unsupported, match="use fewer qubits or layers"):
        memory.require_memory(config)
