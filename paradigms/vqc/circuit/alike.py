"""Circuits that differ in numbers alone are one program, which is run several times.

PennyLane hands over a circuit for every example of a broadcast parameter and for every term of a shift rule. Within a
function that JAX compiles, circuits that are written out one after another would take as many times as long to compile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from pennylane import pytrees
from pennylane.tape import QuantumScript

AMPLITUDES = 2**20
"""Circuits of at most this many amplitudes in all are run side by side, and others one after another."""


def executed(
    circuits: Sequence[QuantumScript], execute: Callable[[QuantumScript], Any], qubits: Callable[[QuantumScript], int]
) -> tuple[Any, ...]:
    """Execute circuits, those that are alike by one program.

    Circuits are alike if they have the same gates on the same wires and the same measurements, if some of their numbers
    are traced, and if those that differ are angles or traced. Circuits without a traced number are executed one by one,
    as are those with shots, which draw one after another.

    Args:
        circuits: The circuits.
        execute: What executes one of them; its results are arrays.
        qubits: How many qubits one of them is simulated on.

    Returns:
        The results of ``execute``, in the order of the circuits.
    """
    results: dict[int, Any] = {}
    for places in _groups(circuits):
        if len(places) == 1:
            results[places[0]] = execute(circuits[places[0]])
            continue
        group = [circuits[place] for place in places]
        results |= zip(places, _together(group, execute, len(group) << qubits(group[0]) <= AMPLITUDES), strict=True)
    return tuple(results[place] for place in range(len(circuits)))


def _groups(circuits: Sequence[QuantumScript]) -> list[list[int]]:
    """The places of circuits that are alike."""
    groups: list[tuple[Any, list[int]]] = []
    for place, circuit in enumerate(circuits):
        form = _form(circuit)
        for known, places in groups:
            if form is not None and known is not None and _equal(form, known):
                places.append(place)
                break
        else:
            groups.append((form, [place]))
    return [places for _, places in groups]


def _form(circuit: QuantumScript) -> Any:
    """Return what circuits that are alike have in common, or ``None`` for a circuit that is executed alone."""
    numbers = circuit.get_parameters(trainable_only=False)
    if circuit.shots or not any(isinstance(number, Tracer) for number in numbers):
        return None
    leaves, structure = pytrees.flatten(circuit)
    leaves = [leaf for leaf in leaves if leaf is not None]
    if len(leaves) != len(numbers) or any(leaf is not number for leaf, number in zip(leaves, numbers, strict=True)):
        return None
    return structure, tuple(map(_kind, numbers))


def _kind(number: Any) -> Any:
    """What numbers in one place of circuits that are alike have in common."""
    shape, dtype = np.shape(number), jnp.result_type(number)
    weak = isinstance(number, float) or getattr(number, "weak_type", False)
    if isinstance(number, Tracer) or (shape == () and jnp.issubdtype(dtype, jnp.floating)):
        return shape, dtype, weak
    # Of a known matrix it is known whether it is unitary, and a known state is checked: these stay known.
    return shape, dtype, np.asarray(number).tobytes()


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except (TypeError, ValueError):  # a gate that is made with an array, known or traced
        return False


def _together(circuits: list[QuantumScript], execute: Callable[[QuantumScript], Any], side_by_side: bool) -> list[Any]:
    first = circuits[0].get_parameters(trainable_only=False)
    columns = list(zip(*(circuit.get_parameters(trainable_only=False) for circuit in circuits), strict=True))
    moving = [place for place, column in enumerate(columns) if not _is_one(column)]

    def one(numbers: list[jax.Array]) -> Any:
        given: list[Any] = list(first)
        for place, number in zip(moving, numbers, strict=True):
            given[place] = number
        return execute(circuits[0].bind_new_parameters(given, range(len(given))))

    if not moving:
        return [execute(circuits[0])] * len(circuits)
    stacked = [jnp.stack(columns[place]) for place in moving]
    found = jax.vmap(one)(stacked) if side_by_side else jax.lax.map(one, stacked)
    return [jax.tree.map(lambda result, place=place: result[place], found) for place in range(len(circuits))]


def _is_one(column: tuple[Any, ...]) -> bool:
    """Whether all circuits have the same number here."""
    head, *others = column
    if any(isinstance(number, Tracer) for number in column):
        return all(number is head for number in others)
    return all(number is head or np.array_equal(number, head) for number in others)
