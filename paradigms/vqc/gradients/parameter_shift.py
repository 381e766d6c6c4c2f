"""QNodes and tapes differentiated by parameter shift, exactly or from finite shots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pennylane as qml
from jaxtyping import PRNGKeyArray, PyTree
from pennylane.devices import Device
from pennylane.measurements import StateMP
from pennylane.tape import QuantumScript

from paradigms.interface import Unsupported, require
from paradigms.vqc.circuit.registers import standard_wires
from paradigms.vqc.circuit.tapes import Build, tapes_of
from paradigms.vqc.gradients.gate_angles import gate_angles_of
from paradigms.vqc.gradients.shifted_circuits import Angles, shifted
from paradigms.vqc.measurement.sampling import estimates


def differentiable(
    build: Build,
    device: Device | None = None,
    *,
    chunk: int = 16,
    shots: int | None = None,
) -> Callable[..., PyTree]:
    """Make a circuit a function of its arguments that JAX differentiates by parameter shift.

    It works for any gates that have a generator; a parameter may enter several gates and any differentiable expression.
    The function is traceable: it may be compiled, vectorised and differentiated by JAX.

    Args:
        build: A QNode, whose transforms are applied and whose results go through what they make of them; or a function
            from the arguments to a tape.
        device: Where circuits run: ``scan.qubit`` by default, or any device that JAX can trace.
        chunk: How many circuits are evaluated at once, which bounds memory.
        shots: Estimate every circuit, shifted or not, from this many shots per measurement group; by default values are
            exact. With shots the function takes a keyword ``key``, the only source of randomness.

    Returns:
        ``(*arguments) -> values``, or ``(*arguments, key=key) -> values`` with shots; values are as the QNode's or the
        tape's.

    Raises:
        Unsupported: When called, if a traced gate or a measurement has no shift rule, a key is missing with shots, or
            the circuit has shots of its own. When differentiated, if that asks shots for a gradient with respect to an
            initial state.
    """
    where = device or qml.device("scan.qubit")
    require(
        shots is None or (isinstance(shots, int | np.integer) and shots >= 1),
        f"shots={shots} must be a whole number of at least 1; leave it out for exact values",
    )
    require(chunk >= 1, f"chunk={chunk} must be at least 1: that many circuits are evaluated at once")

    def call(*arguments: Any, key: PRNGKeyArray | None = None) -> PyTree:
        if shots is not None and key is None:
            raise Unsupported(f"shots={shots} needs key=jax.random.key(...): it is the only source of randomness")
        read = tapes_of(build, arguments)
        values = []
        for number, tape in enumerate(read.tapes):
            require(
                not tape.shots,
                f"the circuit has shots={tape.shots.total_shots} of its own: leave them out there, and write "
                f"differentiable(circuit, shots={tape.shots.total_shots}), called with key=jax.random.key(...)",
            )
            values.append(evaluate(tape, None if key is None else jax.random.fold_in(key, number)))
        return read.combine(values)

    def evaluate(tape: QuantumScript, key: PRNGKeyArray | None) -> PyTree:
        taken = gate_angles_of(tape, sampled=shots is not None)

        def circuit(angles: Angles, others: PyTree, key: PRNGKeyArray | None) -> PyTree:
            return run(taken.tape(angles, others), where, shots, key)

        return shifted(circuit, taken.rules, chunk)(taken.angles, taken.others, key)

    return call


def run(tape: QuantumScript, device: Device, shots: int | None, key: PRNGKeyArray | None) -> PyTree:
    """Run a tape, exactly or with shots.

    Args:
        tape: The circuit.
        device: Where it runs.
        shots: Estimate results from this many shots per measurement group; exact where ``None``.
        key: The source of randomness; needed with shots.

    Returns:
        The results of the tape.
    """
    if shots is None:
        (values,) = qml.execute((tape,), device, diff_method="backprop", interface="jax")
        return values
    wires = device.wires or standard_wires(tape)
    prepared = QuantumScript(tape.operations, [StateMP(wires=wires)])
    (state,) = qml.execute((prepared,), device, diff_method="backprop", interface="jax")
    assert key is not None, "checked by the caller"
    values = estimates(tape.measurements, state, wires, key, shots)
    return values[0] if len(values) == 1 else values
