"""Simulating circuits by truncated Pauli propagation, against a reference."""

from __future__ import annotations

import time

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.recorder import Recorder, Row
from eval.second_moment import Unqualified, propagate
from eval.studies.barren_plateaus.circuits import ANSAETZE, words_of
from eval.studies.surrogates_of_circuits.config import Config
from eval.studies.surrogates_of_circuits.settings import Setting, all_settings

FINER = 0.1
"""The threshold of the reference where no state vector fits, as a share of the threshold that is judged."""
LARGEST_ERROR = CLAIMS["C4"].thresholds["surrogate_error"]
COLUMNS = (
    "setting", "plateau_free", "qubits", "depth", "observable", "sigma", "threshold", "reference", "samples",
    "error", "spread", "relative_error", "simulated", "words", "updates", "seconds", "refused",
)  # fmt: skip
"""``error``: root mean square of surrogate − reference over random angles; ``spread``: standard deviation of the
reference over them; ``relative_error``: their ratio, and ``simulated`` whether it is at most the threshold of C4;
``words``: most Pauli words held, ``updates``: words visited summed over gates, ``seconds``: of one simulation, all
means over angles; ``refused``: why there is no value."""


def run(config: Config, recorder: Recorder) -> list[Row]:
    """Every setting at every threshold."""
    rows: list[Row] = []
    for setting in all_settings(config):
        for threshold in config.thresholds:
            point = {
                "setting": setting.name,
                "qubits": setting.qubits,
                "depth": setting.layers,
                "threshold": threshold,
            }

            def measure(setting: Setting = setting, threshold: float = threshold) -> Row:
                return simulate(setting, threshold, config)

            rows += recorder.measure(point, measure)
    return [{column: row.get(column) for column in COLUMNS} for row in rows]


def simulate(setting: Setting, threshold: float, config: Config) -> Row:
    """The surrogate's error and cost over random angles; a setting that takes too many words is refused."""
    angles = setting.angles(config.samples, config.seed)
    exact = setting.qubits <= config.state_vector_qubits
    row: Row = {
        "plateau_free": setting.plateau_free,
        "observable": setting.observable,
        "sigma": setting.sigma,
        "samples": config.samples,
        "reference": "state vector" if exact else "finer threshold",
    }
    try:
        values, cost = surrogate(setting, angles, threshold, config.most_words)
        if exact:
            reference = state_vector_values(setting, angles)
        else:
            # The words' number grows about as the threshold falls.
            reference, _ = surrogate(setting, angles, FINER * threshold, round(config.most_words / FINER))
    except Unqualified as refusal:
        return row | {"refused": str(refusal), "simulated": False}
    error, spread = float(np.sqrt(np.mean((values - reference) ** 2))), float(np.std(reference, ddof=1))
    relative = error / spread
    return row | cost | {
        "error": error, "spread": spread, "relative_error": relative, "simulated": relative <= LARGEST_ERROR
    }  # fmt: skip


def surrogate(
    setting: Setting, angles: Float[np.ndarray, "samples layers qubits 2"], threshold: float, most_words: int
) -> tuple[Float[np.ndarray, " samples"], Row]:
    """Values at every angle vector, and the mean cost of one.

    Raises:
        Unqualified: More than ``most_words`` words.
    """
    circuit = ANSAETZE["ry_rz_cz"].random_circuit(setting.qubits, setting.layers, 0.0)
    words = words_of(setting.observable, setting.qubits)
    # A word of the local cost has a coefficient of 1/2n: what is dropped is judged relative to that.
    scale = max(words.values())
    start = time.perf_counter()
    found = [
        propagate(circuit, words, one.reshape(-1), threshold=threshold * scale, most_words=most_words) for one in angles
    ]
    cost: Row = {
        "words": float(np.mean([each.most_words for each in found])),
        "updates": float(np.mean([each.updates for each in found])),
        "seconds": (time.perf_counter() - start) / len(found),
    }
    return np.array([each.value for each in found]), cost


def state_vector_values(
    setting: Setting, angles: Float[np.ndarray, "samples layers qubits 2"]
) -> Float[np.ndarray, " samples"]:
    """The same by ``scan.qubit``."""
    expectation = ANSAETZE["ry_rz_cz"].expectation(setting.qubits, setting.observable)
    values = jax.jit(lambda angles: jax.lax.map(expectation, angles))(jnp.asarray(angles, jnp.float32))
    return np.asarray(values, np.float64)
