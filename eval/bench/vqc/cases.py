"""The cases, one after the other; in each, all who take part compile first and are then timed in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from eval.bench.side_by_side.participant import Measurement, Participant
from eval.bench.side_by_side.turns import gathered, hold_against, prepare, ratio, time_in_turn
from eval.bench.vqc.config import Config
from eval.bench.vqc.contenders import BASE, IMPLEMENTATIONS, OURS, Contender, further_circuit
from eval.bench.vqc.rows import CircuitTiming

PRECISE = "complex128"
REFERENCES = ("default.qubit", OURS)
"""Whose value and gradient the others are held against: whoever computed in ``PRECISE`` precision, else the first of
these that was measured. At 20 qubits ``default.qubit`` itself is off by 1.4e-4 in single precision."""
TOLERANCE = 1e-4
"""Largest difference from the reference of the value and of any component of the gradient."""


class Size(NamedTuple):
    """The size of a case, with its depth in layers of RY-RZ-CZ."""

    qubits: int
    depth: int

    def __str__(self) -> str:
        return f"{self.qubits} qubits and {self.depth} layers"


def run(config: Config) -> Iterator[list[CircuitTiming]]:
    """Measure case by case; yields a table of RY-RZ-CZ for each, and one of our further circuits."""
    contenders = [IMPLEMENTATIONS[name] for name in config.implementations]
    contenders += [further_circuit(ansatz) for ansatz in config.ansatze]
    with gathered(contenders, config) as all_of_them:
        for qubits, depth in product(sorted(config.qubits), sorted(config.depths)):
            table = measure(all_of_them, Size(qubits, depth), config)
            for rows in (table[: len(config.implementations)], table[len(config.implementations) :]):
                if rows:
                    yield rows


def measure(participants: Sequence[Participant[Contender]], size: Size, config: Config) -> list[CircuitTiming]:
    """One row a participant, in one case."""
    contenders = [participant.contender for participant in participants]
    cases = [{"angles": angles(contender, size, config.seed).tolist()} for contender in contenders]
    measurements = prepare(participants, size, cases)
    differences = compare(participants, measurements)
    time_in_turn(participants, measurements, size, config.rounds)
    return rows_of(participants, measurements, differences, size)


def angles(contender: Contender, size: Size, seed: int) -> np.ndarray:
    """Angles in radians, ``float32[layers, qubits, rotations]``, uniform and the same for all with the same shape."""
    shape = (contender.depth(size.depth), size.qubits, contender.rotations)
    return np.random.default_rng(seed).uniform(0, 2 * np.pi, shape).astype(np.float32)


def compare(participants: Sequence[Participant[Contender]], measurements: Sequence[Measurement]) -> list[float | None]:
    """Largest difference of each RY-RZ-CZ from the reference; one above ``TOLERANCE`` becomes an ``outcome``."""
    sound = {
        participant.contender.implementation: (participant.dtype, measurement)
        for participant, measurement in zip(participants, measurements, strict=True)
        if participant.contender.ansatz == BASE and measurement.is_sound
    }
    precise = [name for name, (dtype, _) in sound.items() if dtype == PRECISE]
    reference = next((name for name in (*precise, *REFERENCES, *sound) if name in sound), None)
    differences: list[float | None] = []
    for participant, measurement in zip(participants, measurements, strict=True):
        own = sound.get(participant.contender.implementation)
        if reference is None or own is None or own[1] is not measurement:
            differences.append(None)
            continue
        against = sound[reference][1]
        differences.append(hold_against(measurement, against, reference, largest_difference, TOLERANCE))
    return differences


def largest_difference(outputs: list[list[float]], reference: list[list[float]]) -> float:
    """Over all numbers; infinite where there are not as many."""
    if [len(output) for output in outputs] != [len(output) for output in reference]:
        return float("inf")
    return float(np.max(np.abs(np.concatenate(outputs) - np.concatenate(reference))))


def rows_of(
    participants: Sequence[Participant[Contender]],
    measurements: Sequence[Measurement],
    differences: Sequence[float | None],
    size: Size,
) -> list[CircuitTiming]:
    """One row a contender."""
    steps = {
        participant.contender: measurement.step_seconds
        for participant, measurement in zip(participants, measurements, strict=True)
    }
    fastest_peer = min((step for contender, step in steps.items() if contender.is_peer and step), default=None)
    ours = steps.get(IMPLEMENTATIONS[OURS])
    table = []
    for participant, measurement, difference in zip(participants, measurements, differences, strict=True):
        contender = participant.contender
        depth = contender.depth(size.depth)
        step = steps[contender]
        table.append(
            CircuitTiming(
                implementation=contender.implementation,
                ansatz=contender.ansatz,
                qubits=size.qubits,
                depth=depth,
                gates=(contender.rotations + 1) * size.qubits * depth,
                compile_seconds=measurement.compile_seconds,
                step_seconds=step,
                ratio_to_fastest_peer=ratio(step, fastest_peer),
                ratio_to_ry_rz_cz=None if contender.ansatz == BASE else ratio(step, ours),
                temp_bytes=measurement.temp_bytes,
                resident_bytes=measurement.resident_bytes,
                core_share=measurement.core_share,
                difference=difference,
                dtype=participant.dtype,
                outcome=measurement.outcome,
                versions=participant.versions,
            )
        )
    return table
