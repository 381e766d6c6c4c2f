"""The elementary gates of a circuit: those of one parameter or none, into which others are decomposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
from pennylane.operation import Operator
from pennylane.ops import Pow
from pennylane.queuing import QueuingManager

from paradigms.interface import Unsupported, require
from paradigms.vqc.circuit.gate_powers import has_power, is_decomposed
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.exponentials import exponential, is_tracer


def is_traced(operation: Operator) -> bool:
    """Tell whether a number of the operation is a tracer: it depends on what is differentiated, or on an input."""
    return any(map(is_tracer, numbers_of(operation)))


def numbers_of(operation: Operator) -> list[Any]:
    """List the numbers of an operation; coefficients under ``qml.evolve`` and exponents are no data of its own."""
    base = getattr(operation, "base", None)
    exponent = [operation.z] if isinstance(operation, Pow) else []
    return [*operation.data, *exponent, *(numbers_of(base) if isinstance(base, Operator) else ())]


def is_rotation(operation: Operator) -> bool:
    """Tell whether the gate is exp(iφG) of one angle φ, with its generator G stated."""
    return operation.num_params == 1 and not has_power(operation) and operation.has_generator


def decomposition(operation: Operator) -> list[Operator]:
    """List the gates that a traced gate is made of.

    Raises:
        Unsupported: If there are none, or PennyLane needs numbers to find them.
    """
    way_out = "differentiate by adjoint or backprop"
    with QueuingManager.stop_recording():
        try:
            parts = operation.decomposition() if operation.has_decomposition else None
        except jax.errors.JAXTypeError as error:
            raise Unsupported(
                f"{type(operation).__name__} on wires {operation.wires.tolist()} is not decomposed while its "
                f"parameters are traced; {way_out}"
            ) from error
    if parts is None:
        raise Unsupported(f"{type(operation).__name__} has no shift rule and no decomposition; {way_out}")
    # Layers within layers, and adjoints within the adjoint of a template, are of one kind and still others.
    require(
        isinstance(operation, RepeatedLayers)
        or all(part.name != operation.name or part.wires != operation.wires for part in parts),
        f"{operation.name} has no shift rule and is decomposed into itself; {way_out}",
    )
    return parts


def elementary(gates: Sequence[Operator]) -> list[Operator]:
    """Decompose gates into those of one parameter or none; what cannot be decomposed is left."""
    result = []
    for gate in gates:
        whole = gate.num_params == 0 or exponential(gate) is not None or is_rotation(gate)
        if whole or not is_decomposed(gate):
            result.append(gate)
        else:
            result.extend(elementary(decomposition(gate)))
    return result
