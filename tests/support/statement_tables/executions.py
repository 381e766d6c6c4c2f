"""Tables of the study of executions whose outcome is known by construction."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from eval.rows import Row
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.config import Config
from eval.studies.executions.counts import COMMUTING
from eval.studies.executions.rows import (
    OF_BLOCK,
    OF_CIRCUIT,
    BlockCount,
    BlockEstimate,
    CircuitCount,
    CircuitEstimate,
    OfBlock,
    OfCircuit,
)

PAULI = FAMILIES[0].name
SIZES = (10, 20, 40)
DRAWS = (0, 1, 2)
ERRORS = {
    "qubits": 6, "error": 0.1, "estimate_shots": 100, "gradient_norm": 1.0, "worst_component_variance": 0.01,
    "infinity_error": 0.1, "l2_error": 0.1, "relative_error": 0.1, "relative_shots": 100.0,
}  # fmt: skip


def count(family: str, parameters: int, executions: int, tracked: int | None) -> CircuitCount:
    """Make a row of so many circuits without the forward pass, and of those that the tracker counts with it."""
    return CircuitCount(
        family=family, qubits=6, layers=1, parameters=parameters, occurrences=parameters, terms=executions, groups=1,
        gradient_executions=executions, circuit_executions=executions + 1, light_cone_executions=executions + 1,
        tracked_executions=tracked,
    )  # fmt: skip


def commuting(parameters: int, executions: int) -> BlockCount:
    """Make a row of a block of commuting generators that takes so many circuits without the forward pass."""
    return BlockCount(
        family=COMMUTING, qubits=6, parameters=parameters, occurrences=parameters, terms=2 * parameters, groups=1,
        gradient_executions=executions, circuit_executions=executions + 1, parameter_shift_executions=2 * parameters,
    )  # fmt: skip


def estimate(rule: OfCircuit, parameters: int, draw: int, l2_shots: float, infinity_shots: float) -> CircuitEstimate:
    """Make a row of the shots that a gradient of Pauli rotations takes for the error."""
    return CircuitEstimate(
        **ERRORS, layers=1, parameters=parameters, draw=draw, differentiation=rule, l2_shots=l2_shots,
        infinity_shots=infinity_shots,
    )  # fmt: skip


def block_estimate(rule: OfBlock, parameters: int, draw: int, l2_shots: float, infinity_shots: float) -> BlockEstimate:
    """Make a row of the shots that a gradient of commuting generators takes for the error."""
    return BlockEstimate(
        **ERRORS, parameters=parameters, draw=draw, differentiation=rule, l2_shots=l2_shots,
        infinity_shots=infinity_shots,
    )  # fmt: skip


def table(
    *,
    pauli: Callable[[int], int] = lambda number: 2 * number,
    others: float = 4.0,
    block: int = 1,
    together: float = 0.1,
    tracked: int | None = 0,
    shots: Callable[[int], float] = lambda number: 100.0 * number**2,
    spread: float = 0.02,
) -> list[Row]:
    """Make a table.

    Args:
        pauli: Executions of N Pauli rotations.
        others: Executions per parameter of every other family.
        block: Circuits of a block of commuting generators.
        together: Shots of that block's one circuit over those of parameter shift.
        tracked: What PennyLane's tracker counts beyond us; ``None`` where it was not asked.
        shots: Shots of N Pauli rotations for the error.
        spread: How far draws of the angles are from each other: in the exponent of the shots, and in the logarithm of
            the ratio of shots.
    """
    rows: list[Row] = []
    for family in FAMILIES:
        for number in SIZES:
            executions = pauli(number) if family.name == PAULI else round(others * number)
            beyond = None if tracked is None else executions + 1 + tracked
            rows.append(count(family.name, number, executions, beyond))
    factors: dict[OfBlock, float] = {"parameter_shift": 1.0, "one_circuit": together}
    for number in (2, 8, 32):
        rows.append(commuting(number, block))
        for rule in OF_BLOCK:
            for draw in DRAWS:
                factor = factors[rule] * (math.exp(spread * draw) if rule == "one_circuit" else 1.0)
                rows.append(block_estimate(rule, number, draw, factor * 100.0 * number, 50.0 * number))
    for rule in OF_CIRCUIT:
        for draw in DRAWS:
            rows += [estimate(rule, number, draw, shots(number) * number ** (spread * draw), 10.0) for number in SIZES]
    return rows


def without(rows: list[Row], **fields: Any) -> list[Row]:
    """Drop the rows that have all of these values; ``part`` is the kind's."""
    absent = object()
    return [row for row in rows if any(getattr(row, name, absent) != value for name, value in fields.items())]


CONFIG = Config()
TABLES = {
    "C2.pauli_rotations": {
        "holds": (table(), CONFIG),
        "fails": (table(pauli=lambda number: 2 * number + 1), CONFIG),
        "undecided": (table(tracked=None), CONFIG),
        "not measured": (without(table(), part="circuit_counts", family=PAULI), CONFIG),
    },
    "C2.growth": {
        "holds": (table(), CONFIG),
        "fails": (table(pauli=lambda number: number**2), CONFIG),
        "undecided": (table(pauli=lambda number: {10: 20, 20: 60, 40: 80}[number]), CONFIG),
        "not measured": (without(table(), part="circuit_counts", parameters=20), CONFIG),
    },
    "C2.other_circuits": {
        "holds": (table(), CONFIG),
        "fails": (table(others=2.0), CONFIG),
        "undecided": (table(tracked=None), CONFIG),
        "not measured": (without(table(), part="circuit_counts", family=FAMILIES[1].name), CONFIG),
    },
    "C2.commuting_generators": {
        "holds": (table(), CONFIG),
        "fails": (table(block=64), CONFIG),
        "undecided": (table(together=0.9, spread=0.2), CONFIG),
        "not measured": (without(table(), part="block_counts"), CONFIG),
    },
    "C2.shots": {
        "holds": (table(), CONFIG),
        "fails": (table(shots=lambda number: 10.0 * number**0.5), CONFIG),
        "undecided": (table(spread=0.8), CONFIG),
        "not measured": (without(table(), part="circuit_estimates"), CONFIG),
    },
}
