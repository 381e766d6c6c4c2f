"""Seconds of a gradient on this machine, for each rule."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import pennylane as qml

from eval.studies.executions.circuits import hardware_efficient
from eval.studies.executions.rows import SIMULATED, GradientTiming, Simulated
from eval.studies.executions.shots import on_device
from paradigms.vqc.device import ScanQubit
from training.gradients import spsa
from training.pricing import Price, Program, Timing, prices

SECONDS = 0.5
"""Spent on timing one depth, if its turns take no longer. A turn is a window of calls: after the milliseconds of a
parameter-shift gradient a single call of microseconds would find nothing of its own in the processor's cache."""


def measure(qubits: int, layers: int, *, repeats: int, seed: int) -> list[GradientTiming]:
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
    programs = {rule: Program(functions[rule], angles, forward=forward) for rule in SIMULATED}
    found = prices(programs, counted=False, timing=Timing(repeats, SECONDS))
    return [_row(rule, qubits, layers, angles.size, found[rule]) for rule in SIMULATED]


def _row(rule: Simulated, qubits: int, layers: int, parameters: int, price: Price) -> GradientTiming:
    gradient, forward = price.gradient_seconds, price.forward_seconds
    if gradient is None or forward is None:
        raise ValueError(f"{rule} was not timed: {price.unavailable}")
    return GradientTiming(
        qubits=qubits,
        layers=layers,
        parameters=parameters,
        differentiation=rule,
        compile_seconds=price.compile_seconds,
        gradient_seconds=gradient,
        forward_seconds=forward,
        gradient_to_forward=gradient / forward,
    )
