"""Seconds of a gradient on this machine, for each rule."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pennylane as qml

from eval.recorder import Row
from eval.studies.executions.circuits import hardware_efficient
from eval.studies.executions.shots import on_device
from paradigms.vqc.device import ScanQubit
from training.gradients import spsa
from training.pricing import Program, Timing, prices

RULES = ("reverse", "parameter_shift", "spsa")
SECONDS = 0.5
"""Spent on timing one depth, if its turns take no longer. A turn is a window of calls: after the milliseconds of a
parameter-shift gradient a single call of microseconds would find nothing of its own in the processor's cache."""


def measure(qubits: int, layers: int, *, repeats: int, seed: int) -> list[Row]:
    """Time value and gradient by each rule beside the value alone, all in turn; compile time apart.

    ``reverse`` is exact reverse mode through the device; ``spsa`` two values in a random direction.
    """
    circuit = hardware_efficient(qubits)
    exact = qml.QNode(circuit, ScanQubit(wires=qubits), interface="jax")
    angles = jax.random.uniform(jax.random.key(seed), (layers, qubits, 3), maxval=2 * jnp.pi)

    def two_points(angles: Any) -> Any:
        return spsa(lambda angles, key: (exact(angles), None), angles, jax.random.key(seed))

    functions = {
        "reverse": jax.value_and_grad(exact),
        "parameter_shift": jax.value_and_grad(on_device(circuit, qubits, chunk=64)),
        "spsa": two_points,
    }
    forward = Program(exact, angles)
    programs = {rule: Program(functions[rule], angles, forward=forward) for rule in RULES}
    found = prices(programs, counted=False, timing=Timing(repeats, SECONDS))
    return [
        {
            "rule": rule,
            "parameters": angles.size,
            "compile_seconds": found[rule].compile_seconds,
            "gradient_seconds": found[rule].gradient_seconds,
            "forward_seconds": found[rule].forward_seconds,
            "gradient_to_forward": found[rule].gradient_to_forward,
        }
        for rule in RULES
    ]
