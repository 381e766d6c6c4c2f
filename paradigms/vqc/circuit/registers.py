"""The order of wires: which wire of a circuit is which qubit of its state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pennylane.operation import Operator
from pennylane.queuing import QueuingManager
from pennylane.tape import QuantumScript
from pennylane.wires import Wires

from paradigms.vqc.circuit.layers import gates_of, period_of
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers


def standard_wires(tape: QuantumScript) -> Wires:
    """Order the wires of a tape as PennyLane's devices do that were given none.

    Returns:
        0…n-1 where the wires that gates act on are so numbered and those that are only measured follow. Otherwise the
        wires that gates act on, in order of first use, and then those that are only measured (integers in ascending
        order).
    """
    acted = Wires.all_wires([operation.wires for operation in tape.operations])
    measured = Wires.all_wires([measurement.wires for measurement in tape.measurements])
    rest = [wire for wire in measured if wire not in acted]
    if all(isinstance(wire, int) for wire in rest):
        rest = sorted(rest)
    numbers = range(len(acted) + len(rest))
    if set(acted) == set(numbers[: len(acted)]) and rest == list(numbers[len(acted) :]):
        return Wires(numbers)
    with QueuingManager.stop_recording():
        first_used = Wires.all_wires([gate.wires for gate in _gates(tape.operations)])
    # What a decomposition leaves out (an identity) is still a wire of the circuit.
    return Wires.all_wires([first_used, acted, rest])


def _gates(operations: Iterable[Operator]) -> Iterator[Operator]:
    """Yield the operations, templates replaced by their gates."""
    for operation in operations:
        if isinstance(operation, RepeatedLayers):
            yield from _gates(_first_layers(operation))
        elif operation.has_matrix or not operation.has_decomposition:
            yield operation
        else:
            yield from _gates(operation.decomposition())


def _first_layers(operation: RepeatedLayers) -> list[Operator]:
    """List the gates of one period of the layers: later ones use no further wire."""
    weights: Any = operation.data[0]
    layer, wires = operation.layer, operation.wires
    period = period_of(layer, wires, len(weights))
    return [gate for index in range(period) for gate in gates_of(layer, weights[index], wires, index)]
