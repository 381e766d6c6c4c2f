"""Every point of the study, through its recorder."""

from __future__ import annotations

import functools

from eval.recorder import Recorder
from eval.rows import Row
from eval.studies.initialisations import training_curves, variance
from eval.studies.initialisations.config import Config
from eval.studies.initialisations.rows import Look, Variance
from paradigms.vqc.circuit.initialisations import Initialisation

SHALLOW = "uniform, shallow"
"""Label of the circuit whose depth does not grow with its width."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Measure variances first, then training curves.

    Args:
        config: What is measured.
        recorder: Keeps what was measured before.

    Returns:
        The table.
    """
    rows: list[Row] = []
    for qubits in config.qubits:
        for name in config.initialisations:
            rows += _variance(name, name, qubits, config.layers_per_qubit * qubits, config, recorder)
        rows += _variance(SHALLOW, "uniform", qubits, config.shallow_layers, config, recorder)
    for name in config.initialisations:
        point = {
            "part": Look.part,
            "setting": name,
            "qubits": config.training_qubits,
            "layers": config.training_layers,
            "learning_rate": config.learning_rate,
        }
        rows += recorder.measure(point, functools.partial(training_curves.measure, name, config))
    return rows


def _variance(
    setting: str, name: Initialisation, qubits: int, layers: int, config: Config, recorder: Recorder
) -> list[Variance]:
    def measured() -> Variance:
        found = variance.measure(
            name,
            qubits,
            layers,
            seed=config.seed,
            relative_error=config.relative_error,
            least_samples=config.least_samples,
            most_samples=config.most_samples,
        )
        return Variance(
            setting=setting,
            qubits=qubits,
            layers=layers,
            variance_over_initialisations=found.variance,
            relative_error=found.relative_error,
            mean_square=found.mean_square,
            first_component=found.first_component,
            samples=found.samples,
            effective_samples=found.effective_samples,
        )

    return recorder.measure({"part": Variance.part, "setting": setting, "qubits": qubits, "layers": layers}, measured)
