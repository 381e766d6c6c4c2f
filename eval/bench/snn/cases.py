"""The cases, one after the other; in each, all who take part compile first and are then timed in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from eval.bench.side_by_side.contender import OURS
from eval.bench.side_by_side.participant import Measurement, Participant
from eval.bench.side_by_side.turns import Outputs, gathered, hold_against, prepare, ratio, say, time_in_turn
from eval.bench.snn.config import Config
from eval.bench.snn.contenders import PEER_IMPLEMENTATIONS, SAME, Contender, ours
from eval.bench.snn.rows import NetworkTiming

REFERENCES = ("spikingjelly", OURS)
"""Whose value and gradient the others are held against: the first of these that was measured."""
TOLERANCE = 1e-3
"""Largest relative difference from the reference. Rounding is far smaller; but where a potential meets the threshold to
the last digit one of them fires and the other does not, and what follows differs."""


class Size(NamedTuple):
    """The size of a case."""

    time_steps: int
    input_rate: float

    def __str__(self) -> str:
        return f"{self.time_steps} steps at {100 * self.input_rate:g}%"


def run(config: Config) -> Iterator[list[NetworkTiming]]:
    """Measure case by case; yields one table for each."""
    contenders: list[Contender] = []
    for name in config.implementations:
        contenders += map(ours, config.differentiations) if name == OURS else [PEER_IMPLEMENTATIONS[name]]
    with gathered(contenders, config) as participants:
        for contender in contenders:
            if contender.semantics != SAME:
                say(f"{contender.title} computes something else: {contender.semantics}")
        for time_steps, input_rate in product(sorted(config.time_steps), sorted(config.input_rates)):
            yield measure(participants, Size(time_steps, input_rate), config)


def measure(participants: Sequence[Participant[Contender]], size: Size, config: Config) -> list[NetworkTiming]:
    """One row a participant, in one case."""
    contenders = [participant.contender for participant in participants]
    cases = [config.case(*size, None if contender.is_peer else contender.differentiation) for contender in contenders]
    measurements = prepare(participants, size, cases)
    for measurement in measurements:
        if measurement.is_sound and (flaw := flaw_of(measurement.outputs, layers=len(config.hidden) + 1)):
            measurement.outcome = f"error: {flaw}"
    differences = compare(contenders, measurements)
    time_in_turn(participants, measurements, size, config.rounds)
    return rows_of(participants, measurements, differences, size)


def flaw_of(outputs: Outputs, layers: int) -> str | None:
    """What is wrong with a value and its gradient, whatever the semantics; ``None`` for nothing."""
    if len(outputs) != 1 + layers:
        return f"it returned {len(outputs)} arrays, not a value and {layers} gradients"
    if not all(np.isfinite(output).all() for output in outputs):
        return "its value or gradient is not finite"
    if not all(np.any(output) for output in outputs[1:]):
        return "its gradient with respect to a whole layer is zero"
    return None


def compare(contenders: Sequence[Contender], measurements: Sequence[Measurement]) -> list[float | None]:
    """Difference of each from the reference, as far as it is comparable; a large one becomes an ``outcome``."""
    pairs = list(zip(contenders, measurements, strict=True))
    reference = next(
        (pair for name in REFERENCES for pair in pairs if pair[0].implementation == name and pair[1].is_sound), None
    )
    differences: list[float | None] = []
    for contender, measurement in pairs:
        if reference is None or not measurement.is_sound or contender.comparable == "nothing":
            differences.append(None)
            continue
        distance = relative_difference if contender.comparable == "value and gradient" else relative_difference_of_value
        differences.append(hold_against(measurement, reference[1], reference[0].title, distance, TOLERANCE))
    return differences


def relative_difference(outputs: Outputs, reference: Outputs) -> float:
    """Largest over the arrays, each by its norm; infinite where they have not the same sizes."""
    if [len(output) for output in outputs] != [len(output) for output in reference]:
        return float("inf")
    return max(
        float(np.linalg.norm(np.subtract(output, other)) / np.linalg.norm(other))
        for output, other in zip(outputs, reference, strict=True)
    )


def relative_difference_of_value(outputs: Outputs, reference: Outputs) -> float:
    """Compute the relative difference of the first array alone."""
    return relative_difference(outputs[:1], reference[:1])


def rows_of(
    participants: Sequence[Participant[Contender]],
    measurements: Sequence[Measurement],
    differences: Sequence[float | None],
    size: Size,
) -> list[NetworkTiming]:
    """One row a contender."""
    pairs = list(zip(participants, measurements, strict=True))
    peers = [
        measurement for participant, measurement in pairs if participant.contender.is_peer and measurement.is_sound
    ]
    fastest_peer = min((step for peer in peers if (step := peer.step_seconds)), default=None)
    smallest_peer = min((temp for peer in peers if (temp := peer.temp_bytes)), default=None)
    table = []
    for participant, measurement, difference in zip(participants, measurements, differences, strict=True):
        contender = participant.contender
        table.append(
            NetworkTiming(
                implementation=contender.implementation,
                differentiation=contender.differentiation,
                time_steps=size.time_steps,
                input_rate=size.input_rate,
                compile_seconds=measurement.compile_seconds,
                step_seconds=measurement.step_seconds,
                ratio_to_fastest_peer=ratio(measurement.step_seconds, fastest_peer),
                temp_bytes=measurement.temp_bytes,
                memory_ratio_to_best_peer=ratio(measurement.temp_bytes, smallest_peer),
                resident_bytes=measurement.resident_bytes,
                core_share=measurement.core_share,
                loss=measurement.outputs[0][0] if measurement.is_sound else None,
                difference=difference,
                semantics=contender.semantics,
                dtype=participant.dtype,
                outcome=measurement.outcome,
                versions=participant.versions,
            )
        )
    return table
