"""The cases, one after the other; in each, all who take part compile first and are then timed in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import NamedTuple

import jax
import jax.numpy as jnp

from eval.bench.side_by_side.contender import OURS
from eval.bench.side_by_side.participant import Measurement, Participant
from eval.bench.side_by_side.turns import Outputs, gathered, hold_against, prepare, ratio, time_in_turn
from eval.bench.transformer.config import Config
from eval.bench.transformer.contenders import IMPLEMENTATIONS, Contender
from eval.bench.transformer.rows import UpdateTiming
from eval.statistics import intervals
from paradigms import transformer
from paradigms.interface import Spec

TOLERANCE = 1e-3
"""Largest relative difference of loss or gradient's norm that rounding to float32 explains."""


class Size(NamedTuple):
    """The size of a case."""

    vocabulary: int

    def __str__(self) -> str:
        return f"{self.vocabulary:,} words"


def run(config: Config) -> Iterator[list[UpdateTiming]]:
    """Measure case by case; yields one table for each."""
    for threads in sorted(config.threads):
        contenders = [IMPLEMENTATIONS[name].on(threads) for name in config.implementations]
        with gathered(contenders, config) as participants:
            for vocabulary in sorted(config.vocabularies):
                yield measure(participants, Size(vocabulary), config)


def measure(participants: Sequence[Participant[Contender]], size: Size, config: Config) -> list[UpdateTiming]:
    """One row a participant, in one case."""
    names = [participant.contender.implementation for participant in participants]
    measurements = prepare(participants, size, [config.case(size.vocabulary, name) for name in names])
    differences = compare(names, measurements)
    time_in_turn(participants, measurements, size, config.rounds)
    ours = dict(zip(names, measurements, strict=True)).get(OURS)
    return [
        _row(participant, measurement, difference, ours, size, config)
        for participant, measurement, difference in zip(participants, measurements, differences, strict=True)
    ]


def compare(names: Sequence[str], measurements: Sequence[Measurement]) -> list[float | None]:
    """Difference of each from the first that was measured; a large one becomes an ``outcome``."""
    sound = [pair for pair in zip(names, measurements, strict=True) if pair[1].is_sound]
    if not sound:
        return [None] * len(names)
    name, reference = sound[0]
    return [
        hold_against(one, reference, name, relative_difference, TOLERANCE) if one.is_sound else None
        for one in measurements
    ]


def relative_difference(outputs: Outputs, reference: Outputs) -> float:
    """Largest relative difference of a number; infinite where there are not as many."""
    numbers, others = ([number for output in one for number in output] for one in (outputs, reference))
    if len(numbers) != len(others):
        return float("inf")
    return max(abs(number - other) / abs(other) for number, other in zip(numbers, others, strict=True))


def operations(size: Size, config: Config) -> int:
    """Operations of the products of one update: two for each multiply-accumulate of the gradient.

    Args:
        size: The size of the case.
        config: The shape of the model.
    """
    spec = Spec(jax.ShapeDtypeStruct((config.tokens,), jnp.int32), "language", size.vocabulary)
    shape = transformer.Config(width=config.width, layers=config.layers, heads=config.heads)
    macs = transformer.build(shape, spec).cost().gradient.macs
    assert macs is not None, "a transformer multiplies"
    return 2 * config.batch * macs


def _row(
    participant: Participant[Contender],
    measurement: Measurement,
    difference: float | None,
    ours: Measurement | None,
    size: Size,
    config: Config,
) -> UpdateTiming:
    seconds = measurement.step_seconds
    rate = ratio(operations(size, config) / 1e12, seconds)
    tokens = ratio(config.batch * config.tokens, seconds)
    own = ours is measurement
    wall, processor = (None, None) if ours is None or own else _ratios(ours, measurement)
    return UpdateTiming(
        implementation=participant.contender.implementation,
        threads=participant.contender.threads,
        vocabulary=size.vocabulary,
        compile_seconds=measurement.compile_seconds,
        step_seconds=seconds,
        cpu_seconds=measurement.processor_seconds,
        tokens_per_second=None if tokens is None else round(tokens),
        **_named("ratio", wall),
        **_named("cpu_ratio", processor),
        tera_operations_per_second=rate,
        mfu=ratio(rate, config.peak_tflops),
        temp_bytes=measurement.temp_bytes,
        grown_bytes=measurement.resident_bytes,
        page_faults=round(median(measurement.page_faults))
        if measurement.is_sound and measurement.page_faults
        else None,
        core_share=measurement.core_share,
        loss=measurement.outputs[0][0] if measurement.is_sound else None,
        difference=difference,
        dtype=participant.dtype,
        outcome=measurement.outcome,
        versions=participant.versions,
    )


def _ratios(ours: Measurement, other: Measurement) -> tuple[intervals.Interval, intervals.Interval] | tuple[None, None]:
    """Ratios of wall and of processor seconds; nothing where one of the two has none, or one round alone."""
    if not (ours.is_sound and other.is_sound) or len(ours.rounds) < 2:
        return None, None
    return (
        intervals.ratio(ours.rounds, other.rounds),
        intervals.ratio(ours.processor_rounds, other.processor_rounds),
    )


def _named(name: str, interval: intervals.Interval | None) -> dict[str, float | None]:
    found = (None, None, None) if interval is None else interval
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
