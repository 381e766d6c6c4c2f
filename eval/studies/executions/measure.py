"""Every point of the study, through its recorder."""

from __future__ import annotations

from typing import Any

from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.executions import counts, shots, timing, training
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.config import Config
from eval.studies.executions.rows import (
    METHODS,
    OF_BLOCK,
    OF_CIRCUIT,
    BlockCount,
    BlockEstimate,
    CircuitCount,
    CircuitEstimate,
    GradientTiming,
    OfBlock,
    OfCircuit,
)


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure executions, seconds, shots for an error, and shots for an energy."""
    rows: list[Row] = []
    depths = sorted(set(config.layers))
    # A block holds 2^(n-1) of them.
    generators = sorted({2 ** (config.qubits - 1 - halvings) for halvings in (0, 2, 4) if halvings < config.qubits})
    for family in FAMILIES:
        for depth in depths:
            point = {"counted": family.name, "qubits": config.qubits, "layers": depth}

            def count(family=family, depth=depth) -> CircuitCount:
                return counts.measure(
                    family, config.qubits, depth, tracked_occurrences=config.tracked_occurrences, seed=config.seed
                )

            rows += recorder.measure(point, count)
    for number in generators:
        point = {"counted": counts.COMMUTING, "qubits": config.qubits, "generators": number}

        def block(number=number) -> BlockCount:
            return counts.measure_commuting(config.qubits, number)

        rows += recorder.measure(point, block)
    for depth in depths:

        def time(depth=depth) -> list[GradientTiming]:
            return timing.measure(config.qubits, depth, repeats=config.timing_repeats, seed=config.seed)

        rows += recorder.measure({"timed": FAMILIES[0].name, "qubits": config.qubits, "layers": depth}, time)
    accuracy: dict[str, Any] = {
        "shots": config.shots, "repeats": config.repeats, "draws": config.draws, "error": config.error,
        "seed": config.seed,
    }  # fmt: skip
    for rule in OF_CIRCUIT:
        for depth in depths:
            if 3 * config.qubits * depth > config.shot_parameters:
                continue

            def errors(rule: OfCircuit = rule, depth=depth) -> list[CircuitEstimate]:
                return shots.measure(rule, config.qubits, depth, **accuracy)

            point = {"estimated": FAMILIES[0].name, "differentiation": rule, "error": config.error}
            rows += recorder.measure(point | {"qubits": config.qubits, "layers": depth}, errors)
    for rule in OF_BLOCK:
        for number in generators:

            def together(rule: OfBlock = rule, number=number) -> list[BlockEstimate]:
                return shots.measure_commuting(rule, config.qubits, number, **accuracy)

            point = {"estimated": counts.COMMUTING, "differentiation": rule, "error": config.error}
            rows += recorder.measure(point | {"qubits": config.qubits, "generators": number}, together)
    for method in METHODS:
        point = {"trained": method, "qubits": config.training_qubits, "target": config.target}
        rows += recorder.measure(point, lambda method=method: training.measure(method, config))
    return rows
