"""A tape's operations on a state vector, in traceable JAX."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import jax.numpy as jnp
from jaxtyping import Array, Float
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops import GlobalPhase, Identity, Projector
from pennylane.wires import Wires

from paradigms.interface import require
from paradigms.vqc.circuit.gate_powers import has_power
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.circuit.unitarity import is_decomposed_rightly
from paradigms.vqc.simulator.adjoint import Reverse, apply_layers
from paradigms.vqc.simulator.fused import GateParameters
from paradigms.vqc.simulator.fusion import fuse
from paradigms.vqc.simulator.native_gates import ComputedMatrix, NativeGate, described, translate
from paradigms.vqc.simulator.statevector import StateVector, complex_dtype, from_vector, zero_state
from paradigms.vqc.simulator.traced_layers import stacked, trace_layers

DifferentiationMethod = Literal["best", "adjoint", "backprop"]
"""How a circuit is to be differentiated.

``adjoint`` undoes gates, and so takes unitary ones alone; ``best`` is ``adjoint`` where gates are known to be unitary,
and ``backprop`` for any run of neighbouring gates, or repeated layers, with one that is not.
"""

LARGEST_MATRIX = 4
"""Gates on more wires than this are decomposed where they rightly can be, rather than applied as one matrix."""


def runs_natively(operation: Operator) -> bool:
    """Tell whether :func:`simulate` takes the operation anywhere on a tape; others must be decomposed first."""
    if isinstance(operation, RepeatedLayers | GlobalPhase | Identity):
        return True
    if has_power(operation):
        return False
    small = len(operation.wires) <= LARGEST_MATRIX or not operation.has_decomposition
    return operation.has_matrix and (small or not is_decomposed_rightly(operation))


def simulate(
    operations: Iterable[Operator], wires: Wires, method: DifferentiationMethod
) -> tuple[StateVector, Float[Array, ""] | None]:
    """Simulate operations from the state |0…0⟩.

    A ``Projector`` scales what it leaves to unit norm, as on ``default.qubit``: it selects an outcome. Any other
    operator acts as its matrix does, unitary or not.

    Args:
        operations: What acts, in order.
        wires: The register; its first wire is the most significant bit.
        method: How the simulation is to be differentiated.

    Returns:
        The state, and the probability of the outcomes that projectors select (``None`` without any).

    Raises:
        Unsupported: If the method is ``adjoint`` and an operator is not known to be unitary.
    """
    state = zero_state(len(wires))
    probability: Array | None = None
    waiting: list[Operator] = []
    for position, operation in enumerate(operations):
        if position == 0 and isinstance(operation, StatePrepBase):
            prepared = operation.state_vector(wire_order=wires)
            state = from_vector(jnp.asarray(prepared, complex_dtype()).reshape(-1))
        elif isinstance(operation, RepeatedLayers | Projector):
            state = apply_gates(waiting, state, wires, method)
            waiting = []
            if isinstance(operation, RepeatedLayers):
                state = _run_layers(operation, state, wires, method)
            else:
                state, selected = _project(operation, state, wires, method)
                probability = selected if probability is None else probability * selected
        else:
            waiting.append(operation)
    return apply_gates(waiting, state, wires, method), probability


def apply_gates(
    gates: Sequence[Operator], state: StateVector, wires: Wires, method: DifferentiationMethod
) -> StateVector:
    """Apply gates that no operation repeats to a state: they are one layer of their own."""
    if not gates:
        return state
    translation = translate(gates, wires)
    one = GateParameters(stacked(translation.angles)[None], tuple(matrix[None] for matrix in translation.matrices))
    return apply_layers(fuse([translation.gates], len(wires)), state, one, _reverse(method, translation.doubtful))


def _reverse(method: DifferentiationMethod, doubtful: Iterable[str]) -> Reverse:
    """Choose how JAX differentiates gates, of which the ``doubtful`` are not known to be unitary."""
    names = ", ".join(dict.fromkeys(doubtful))
    if method == "backprop" or (method == "best" and names):
        return "backprop"
    require(
        not names,
        f"diff_method='adjoint' undoes gates, and {names} is not known to be unitary; use diff_method='best' or "
        "diff_method='backprop'",
    )
    return "adjoint"


def _project(
    operation: Projector, state: StateVector, wires: Wires, method: DifferentiationMethod
) -> tuple[StateVector, Array]:
    matrix = jnp.asarray(operation.matrix(), complex_dtype())
    one = GateParameters(stacked([])[None], (matrix[None],))
    gates = fuse([[ComputedMatrix(tuple(wires.indices(operation.wires)), 0)]], len(wires))
    projected = apply_layers(gates, state, one, _reverse(method, [described(operation)]))
    probability = sum((jnp.sum(jnp.square(part)) for part in projected), jnp.zeros(()))
    return StateVector(*(part / jnp.sqrt(probability) for part in projected)), probability


def _run_layers(
    operation: RepeatedLayers, state: StateVector, wires: Wires, method: DifferentiationMethod
) -> StateVector:
    def take(gates: Sequence[Operator]) -> tuple[tuple[list[NativeGate], list[str]], list[Any], list[Array]]:
        translation = translate(gates, wires)
        return (translation.gates, translation.doubtful), translation.angles, translation.matrices

    layers = trace_layers(operation, take)
    if not layers.made:
        return state
    gates = fuse([gates for gates, _ in layers.made], len(wires), operation.hyperparameters["width"])
    doubtful = (name for _, names in layers.made for name in names)
    return apply_layers(gates, state, layers.parameters(), _reverse(method, doubtful))
