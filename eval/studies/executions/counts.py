"""Circuits of one gradient: counted by our formula, and by PennyLane's tracker where that is affordable."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import pennylane as qml

from eval.studies.executions.circuits import Family, commuting, commuting_derivatives
from eval.studies.executions.rows import BlockCount, CircuitCount
from paradigms.vqc.gradients.executions import executions

COMMUTING = "commuting generators, one block"


def measure(family: Family, qubits: int, layers: int, *, tracked_occurrences: int, seed: int) -> CircuitCount:
    """Circuits of one gradient, without and with the forward pass, and as the tracker counts them."""
    shape = family.shape(qubits, layers)
    params = jax.random.uniform(jax.random.key(seed), shape, maxval=2 * jnp.pi)
    stock = qml.device("default.qubit", wires=qubits)
    circuit = qml.QNode(family.circuit(qubits), stock, interface="jax", diff_method="parameter-shift")
    counted = executions(circuit, params)
    reachable = executions(circuit, params, light_cone=True)
    tracked = None
    if counted.occurrences <= tracked_occurrences:
        with qml.Tracker(stock) as tracker:
            jax.grad(circuit)(params)
        tracked = int(tracker.totals["executions"])
    return CircuitCount(
        family=family.name,
        qubits=qubits,
        layers=layers,
        parameters=math.prod(shape),
        occurrences=counted.occurrences,
        terms=counted.terms,
        groups=counted.groups,
        gradient_executions=counted.gradient - counted.forward,
        circuit_executions=counted.gradient,
        light_cone_executions=reachable.gradient,
        tracked_executions=tracked,
    )


def measure_commuting(qubits: int, count: int) -> BlockCount:
    """``count`` commuting generators in one block: 2B - 1 = 1 circuit, against those of parameter shift."""
    angles = jnp.zeros(count)
    device = qml.device("default.qubit", wires=qubits)
    counted = executions(qml.QNode(commuting(qubits), device), angles)
    together = executions(qml.QNode(commuting_derivatives(qubits, count), device), angles).forward
    return BlockCount(
        family=COMMUTING,
        qubits=qubits,
        parameters=count,
        occurrences=counted.occurrences,
        terms=counted.terms,
        groups=counted.groups,
        gradient_executions=together,
        circuit_executions=together + counted.forward,
        parameter_shift_executions=counted.gradient - counted.forward,
    )
