"""Tables of the study of executions whose outcome is known by construction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eval.recorder import Row
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.config import Config
from eval.studies.executions.counts import COMMUTING

PAULI = FAMILIES[0].name
SIZES = (10, 20, 40)


def table(
    *,
    pauli: Callable[[int], int] = lambda number: 2 * number,
    others: float = 4.0,
    block: int = 1,
    together: float = 0.1,
    tracked: int = 0,
    shots: Callable[[int], float] = lambda number: 100.0 * number**2,
) -> list[Row]:
    """Make a table.

    Args:
        pauli: Executions of N Pauli rotations.
        others: Executions per parameter of every other family.
        block: Circuits of a block of commuting generators.
        together: Shots of that block's one circuit over those of parameter shift.
        tracked: What PennyLane's tracker counts beyond us.
        shots: Shots of N Pauli rotations for the error.
    """
    rows: list[Row] = []
    for family in FAMILIES:
        for number in SIZES:
            count = pauli(number) if family.name == PAULI else round(others * number)
            counts = {"executions": count + 1, "light_cone_executions": count + 1}
            rows.append(
                {"part": "executions", "family": family.name, "parameters": number, "gradient_executions": count}
                | counts
                | {"tracked_executions": count + 1 + tracked}
            )
    for number in (2, 8, 32):
        rows.append(
            {"part": "executions", "family": COMMUTING, "parameters": number, "gradient_executions": block}
            | {"executions": block + 1, "light_cone_executions": block + 1, "tracked_executions": None}
            | {"parameter_shift_executions": 2 * number}
        )
        for rule, factor in (("parameter_shift", 1.0), ("one_circuit", together)):
            spent = {"l2_shots": factor * 100.0 * number, "infinity_shots": 50.0 * number}
            rows.append({"part": "shots", "family": COMMUTING, "rule": rule, "parameters": number} | spent)
    for rule in ("parameter_shift", "spsa"):
        for number in SIZES:
            spent = {"l2_shots": shots(number), "infinity_shots": 10.0 * number}
            rows.append({"part": "shots", "family": PAULI, "rule": rule, "parameters": number} | spent)
    return rows


def without(rows: list[Row], **columns: Any) -> list[Row]:
    """Drop the rows that have all of these values."""
    return [row for row in rows if any(row.get(name) != value for name, value in columns.items())]


NOISY = {10: 1e3, 20: 8e3, 40: 9e3}
CONFIG = Config()
TABLES = {
    "C2.pauli_rotations": {
        "holds": (table(), CONFIG),
        "fails": (table(pauli=lambda number: 2 * number + 1), CONFIG),
        "undecided": (table(tracked=1), CONFIG),
        "not measured": (without(table(), part="executions", family=PAULI), CONFIG),
    },
    "C2.growth": {
        "holds": (table(), CONFIG),
        "fails": (table(pauli=lambda number: number**2), CONFIG),
        "undecided": (table(pauli=lambda number: {10: 20, 20: 60, 40: 80}[number]), CONFIG),
        "not measured": (without(table(), part="executions", parameters=20), CONFIG),
    },
    "C2.other_circuits": {
        "holds": (table(), CONFIG),
        "fails": (table(others=2.0), CONFIG),
        "undecided": (table(tracked=1), CONFIG),
        "not measured": (without(table(), part="executions", family=FAMILIES[1].name), CONFIG),
    },
    "C2.commuting_generators": {
        "holds": (table(), CONFIG),
        "fails": (table(block=64), CONFIG),
        "undecided": (without(table(), part="shots", family=COMMUTING), CONFIG),
        "not measured": (without(table(), part="executions", family=COMMUTING), CONFIG),
    },
    "C2.shots": {
        "holds": (table(), CONFIG),
        "fails": (table(shots=lambda number: 10.0 * number**0.5), CONFIG),
        "undecided": (table(shots=NOISY.__getitem__), CONFIG),
        "not measured": (without(table(), part="shots", family=PAULI), CONFIG),
    },
}
