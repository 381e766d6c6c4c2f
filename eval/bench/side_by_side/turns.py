"""A case, taken by everybody: all compile and run once, are compared, and are then timed in turn."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from eval.bench.side_by_side.limits import Limits
from eval.bench.side_by_side.participant import C, Measurement, Participant, Size
from eval.peers.process import pinned_cores

Outputs = list[list[float]]
QUIET = 0.9
"""Smallest share of its core that an implementation must have had for its times to be relied on."""


def say(sentence: str) -> None:
    """Tell whoever waits what is going on."""
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def gathered(contenders: Sequence[C], limits: Limits) -> Iterator[list[Participant[C]]]:
    """One for each contender, their processes ended in the end."""
    threads = max((contender.threads for contender in contenders), default=1)
    cores, many = pinned_cores(threads), "s" if threads > 1 else ""
    where = f"pinned to core{many} {', '.join(cores)}" if cores else "unpinned"
    say(f"one process each, {threads if many else 'one'} thread{many}, {where}")
    with ExitStack() as stack:
        all_of_them = [Participant(contender, limits, say) for contender in contenders]
        for participant in all_of_them:
            stack.callback(participant.close)
        yield all_of_them


def prepare(participants: Sequence[Participant], size: Size, cases: Sequence[dict[str, Any]]) -> list[Measurement]:
    """Everybody compiles its case and runs it once, one after the other."""
    measurements = []
    for participant, case in zip(participants, cases, strict=True):
        measurement = participant.prepare(size, case)
        measurements.append(measurement)
        compiled = measurement.compile_seconds
        news = f"compiled in {compiled:.3g} s" if measurement.is_sound and compiled else measurement.outcome
        say(f"{size}: {participant.contender.title} {news}")
    return measurements


def time_in_turn(
    participants: Sequence[Participant], measurements: Sequence[Measurement], size: Size, rounds: int
) -> None:
    """Every round times everybody with whom nothing has gone wrong."""
    for _ in range(rounds):
        for participant, measurement in zip(participants, measurements, strict=True):
            participant.time_round(measurement)
    shares = [share for measurement in measurements if (share := measurement.core_share) is not None]
    if min(shares, default=1) < QUIET:
        say(f"{size}: these times are rough, for one of them had {min(shares):.0%} of its core, as on a busy machine")


def hold_against(
    measurement: Measurement,
    reference: Measurement,
    name: str,
    distance: Callable[[Outputs, Outputs], float],
    tolerance: float,
) -> float | None:
    """How far the outputs are from the reference's, if that is finite; more than ``tolerance`` becomes the outcome.

    Args:
        measurement: What was measured of the one that is held against it.
        reference: What was measured of the one that is believed.
        name: The name of the reference.
        distance: Between two lists of outputs.
        tolerance: Largest distance that rounding explains.
    """
    difference = distance(measurement.outputs, reference.outputs)
    if not difference <= tolerance:
        measurement.outcome = f"error: differs from {name} by {difference:.3g}, more than {tolerance:g}"
    return difference if math.isfinite(difference) else None


def ratio(amount: int | float | None, others: int | float | None) -> float | None:
    """``amount`` over ``others``, if both are known."""
    return amount / others if amount and others else None
