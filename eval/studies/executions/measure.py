"""Every point of the study, through its recorder."""

from __future__ import annotations

from eval.recorder import Recorder, Row
from eval.studies.executions import counts, shots, timing, training
from eval.studies.executions.circuits import FAMILIES
from eval.studies.executions.config import Config

METHODS = ("parameter shift", "SPSA", "coordinate descent", "natural gradient")
SHOT_RULES = ("parameter_shift", "spsa")
COMMUTING_RULES = ("parameter_shift", "one_circuit")


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Executions, seconds, shots for an error, shots for an energy; ``part`` says which a row is."""
    rows: list[Row] = []
    depths = sorted(set(config.layers))
    # A block holds 2^(n-1) of them.
    generators = sorted({2 ** (config.qubits - 1 - halvings) for halvings in (0, 2, 4) if halvings < config.qubits})
    for family in FAMILIES:
        for depth in depths:
            point = {"part": "executions", "family": family.name, "qubits": config.qubits, "layers": depth}

            def count(family=family, depth=depth) -> Row:
                return counts.measure(
                    family, config.qubits, depth, tracked_occurrences=config.tracked_occurrences, seed=config.seed
                )

            rows += recorder.measure(point, count)
    for number in generators:
        point = {"part": "executions", "family": counts.COMMUTING, "qubits": config.qubits, "generators": number}
        rows += recorder.measure(point, lambda number=number: counts.measure_commuting(config.qubits, number))
    for depth in depths:
        point = {"part": "seconds", "qubits": config.qubits, "layers": depth}

        def time(depth=depth) -> list[Row]:
            return timing.measure(config.qubits, depth, repeats=config.timing_repeats, seed=config.seed)

        rows += recorder.measure(point, time)
    accuracy = {"shots": config.shots, "repeats": config.repeats, "error": config.error, "seed": config.seed}
    for rule in SHOT_RULES:
        for depth in depths:
            if 3 * config.qubits * depth > config.shot_parameters:
                continue
            point = {
                "part": "shots",
                "family": FAMILIES[0].name,
                "rule": rule,
                "error": config.error,
                "qubits": config.qubits,
            }

            def errors(rule=rule, depth=depth) -> Row:
                return shots.measure(rule, config.qubits, depth, **accuracy)

            rows += recorder.measure({**point, "layers": depth}, errors)
    for rule in COMMUTING_RULES:
        for number in generators:
            point = {
                "part": "shots",
                "family": counts.COMMUTING,
                "rule": rule,
                "error": config.error,
                "qubits": config.qubits,
            }

            def together(rule=rule, number=number) -> Row:
                return shots.measure_commuting(rule, config.qubits, number, **accuracy)

            rows += recorder.measure({**point, "generators": number}, together)
    for method in METHODS:
        point = {"part": "training", "method": method, "qubits": config.training_qubits, "target": config.target}
        rows += recorder.measure(point, lambda method=method: training.measure(method, config))
    return rows
