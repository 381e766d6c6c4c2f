"""Seconds of a gradient on this machine, for each rule."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp
import pennylane as qml

from eval.recorder import Row
from eval.studies.executions.circuits import hardware_efficient
from eval.studies.executions.shots import on_device
from paradigms.vqc.device import ScanQubit

RULES = ("reverse", "parameter_shift", "spsa")
_RADIUS = 1e-2


def measure(qubits: int, layers: int, *, repeats: int, seed: int) -> list[Row]:
    """Seconds of value and gradient by each rule, and of the value alone; compile time apart.

    ``reverse`` is exact reverse mode through the device; ``spsa`` two values in a random direction.
    """
    circuit = hardware_efficient(qubits)
    exact = qml.QNode(circuit, ScanQubit(wires=qubits), interface="jax")
    angles = jax.random.uniform(jax.random.key(seed), (layers, qubits, 3), maxval=2 * jnp.pi)

    def two_points(angles: Any) -> Any:
        direction = jax.random.rademacher(jax.random.key(seed), angles.shape, angles.dtype)
        plus, minus = exact(angles + _RADIUS * direction), exact(angles - _RADIUS * direction)
        return (plus + minus) / 2, (plus - minus) / (2 * _RADIUS) * direction

    functions = {
        "reverse": jax.value_and_grad(exact),
        "parameter_shift": jax.value_and_grad(on_device(circuit, qubits, chunk=64)),
        "spsa": two_points,
    }
    _, forward_seconds = _timed(exact, angles, repeats)
    rows: list[Row] = []
    for rule in RULES:
        compile_seconds, gradient_seconds = _timed(functions[rule], angles, repeats)
        rows.append(
            {
                "rule": rule,
                "parameters": angles.size,
                "compile_seconds": compile_seconds,
                "gradient_seconds": gradient_seconds,
                "forward_seconds": forward_seconds,
                "gradient_to_forward": gradient_seconds / forward_seconds,
            }
        )
    return rows


def _timed(function: Any, angles: Any, repeats: int) -> tuple[float, float]:
    start = time.perf_counter()
    compiled = jax.jit(function).lower(angles).compile()
    compile_seconds = time.perf_counter() - start
    jax.block_until_ready(compiled(angles))
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(compiled(angles))
        seconds.append(time.perf_counter() - start)
    return compile_seconds, median(seconds)
