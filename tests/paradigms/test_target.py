from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from paradigms.capacity import capacity_bytes
from paradigms.interface import Unsupported
from paradigms.snn.encodings import recorded
from paradigms.target import Target, aimed_at, target, target_platform
from paradigms.vqc.config import Config
from paradigms.vqc.simulator.memory import gradient_bytes, require_memory

TPU = Target("tpu", devices=4, device_bytes=1000)


def test_without_a_target_programs_are_made_for_this_machine():
    assert (target(), target_platform()) == (None, jax.default_backend())
    with aimed_at(TPU), aimed_at(None):
        assert target_platform() == jax.default_backend()


def test_memory_is_that_of_the_target_s_devices():
    here = capacity_bytes()
    with aimed_at(TPU):
        assert capacity_bytes() == 4 * 1000
        assert capacity_bytes([object(), object()]) == 2 * 1000
    assert capacity_bytes() == here != 4000


def test_what_was_traced_for_one_machine_is_not_taken_for_another():
    @jax.jit
    def platform(x: jax.Array) -> jax.Array:
        return x + {"cpu": 1, "gpu": 2, "tpu": 3}[target_platform()]

    with aimed_at(TPU):
        assert platform(jnp.zeros(())) == 3
    assert platform(jnp.zeros(())) == 1
    with aimed_at(Target("gpu", 1, 1)):
        assert platform(jnp.zeros(())) == 2


def test_the_target_and_not_this_machine_decides_how_a_recording_is_read():
    def program() -> str:
        recording, start = jnp.ones((2, 5, 3)), jnp.int32(1)
        return str(jax.make_jaxpr(lambda r, t: recorded(r, t, 2, jax.random.key(0), 5))(recording, start))

    assert "scan" in program()
    with aimed_at(TPU):
        assert "scan" not in program()


def test_a_circuit_is_refused_for_the_memory_of_the_target():
    config = Config(qubits=12, layers=4)
    require_memory(config)
    needed = gradient_bytes(config)
    with aimed_at(Target("tpu", 2, needed // 2 + 1)):
        require_memory(config)
    with aimed_at(Target("tpu", 1, needed - 1)), pytest.raises(Unsupported, match=r"and the machine has 0\.0 GiB"):
        require_memory(config)
