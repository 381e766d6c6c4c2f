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
from paradigms.vqc.circuit.gate_powers import is_power
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.simulator.adjoint import Reverse, evolve
from paradigms.vqc.simulator.fused import Numbers
from paradigms.vqc.simulator.fusion import plan
from paradigms.vqc.simulator.native_gates import Computed, Primitive, described, read
from paradigms.vqc.simulator.statevector import Planes, complex_dtype, from_vector, zero_state
from paradigms.vqc.simulator.traced_layers import stacked, trace_layers

Method = Literal["best", "adjoint", "backprop"]
"""How a circuit is to be differentiated. ``adjoint`` undoes gates and so takes unitary ones alone; ``best`` is that
where gates are known to be unitary, and ``backprop`` for any run of neighbouring gates, or repeated layers, with one
that is not."""

LARGEST_MATRIX = 4
"""Gates on more wires than this are decomposed where they can be, rather than applied as one matrix."""


def runs_natively(operation: Operator) -> bool:
    """Whether :func:`run` takes the operation anywhere on a tape; others must be decomposed first."""
    if isinstance(operation, RepeatedLayers | GlobalPhase | Identity):
        return True
    if is_power(operation):
        return False
    small = len(operation.wires) <= LARGEST_MATRIX or not operation.has_decomposition
    return operation.has_matrix and small


def run(operations: Iterable[Operator], wires: Wires, method: Method) -> tuple[Planes, Float[Array, ""] | None]:
    """The state after ``operations``, from |0…0⟩; the first of ``wires`` is the most significant bit.

    With it the probability of the outcomes that projectors select, ``None`` without any.

    A ``Projector`` scales what it leaves to unit norm, as on ``default.qubit``: it selects an outcome. Any other
    operator acts as its matrix does, unitary or not.

    Raises:
        Unsupported: The method is ``adjoint``, and an operator is not known to be unitary.
    """
    planes = zero_state(len(wires))
    probability: Array | None = None
    waiting: list[Operator] = []
    for position, operation in enumerate(operations):
        if position == 0 and isinstance(operation, StatePrepBase):
            prepared = operation.state_vector(wire_order=wires)
            planes = from_vector(jnp.asarray(prepared, complex_dtype()).reshape(-1))
        elif isinstance(operation, RepeatedLayers | Projector):
            planes = run_gates(waiting, planes, wires, method)
            waiting = []
            if isinstance(operation, RepeatedLayers):
                planes = _run_layers(operation, planes, wires, method)
            else:
                planes, selected = _project(operation, planes, wires, method)
                probability = selected if probability is None else probability * selected
        else:
            waiting.append(operation)
    return run_gates(waiting, planes, wires, method), probability


def run_gates(gates: Sequence[Operator], planes: Planes, wires: Wires, method: Method) -> Planes:
    """The state after gates that no operation repeats: one layer of their own."""
    if not gates:
        return planes
    reading = read(gates, wires)
    one = Numbers(stacked(reading.angles)[None], tuple(matrix[None] for matrix in reading.matrices))
    return evolve(plan([reading.primitives], len(wires)), planes, one, _reverse(method, reading.doubtful))


def _reverse(method: Method, doubtful: Iterable[str]) -> Reverse:
    """How JAX is to differentiate gates, of which the ``doubtful`` are not known to be unitary."""
    names = ", ".join(dict.fromkeys(doubtful))
    if method == "backprop" or (method == "best" and names):
        return "backprop"
    require(
        not names,
        f"diff_method='adjoint' undoes gates, and {names} is not known to be unitary; use diff_method='best' or "
        "diff_method='backprop'",
    )
    return "adjoint"


def _project(operation: Projector, planes: Planes, wires: Wires, method: Method) -> tuple[Planes, Array]:
    matrix = jnp.asarray(operation.matrix(), complex_dtype())
    one = Numbers(stacked([])[None], (matrix[None],))
    stages = plan([[Computed(tuple(wires.indices(operation.wires)), 0)]], len(wires))
    projected = evolve(stages, planes, one, _reverse(method, [described(operation)]))
    probability = sum((jnp.sum(jnp.square(plane)) for plane in projected), jnp.zeros(()))
    return Planes(*(plane / jnp.sqrt(probability) for plane in projected)), probability


def _run_layers(operation: RepeatedLayers, planes: Planes, wires: Wires, method: Method) -> Planes:
    def take(gates: Sequence[Operator]) -> tuple[tuple[list[Primitive], list[str]], list[Any], list[Array]]:
        reading = read(gates, wires)
        return (reading.primitives, reading.doubtful), reading.angles, reading.matrices

    layers = trace_layers(operation, take)
    if not layers.made:
        return planes
    stages = plan([primitives for primitives, _ in layers.made], len(wires), operation.hyperparameters["width"])
    doubtful = (name for _, names in layers.made for name in names)
    return evolve(stages, planes, layers.numbers(), _reverse(method, doubtful))
