"""Simulating circuits by truncated Pauli propagation, against a reference."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from eval.models.plateau_circuits import ANSAETZE, words_of
from eval.recorder import Recorder
from eval.second_moment import Unqualified, propagate
from eval.statistics.intervals import jackknife
from eval.studies.surrogates_of_circuits.config import Config
from eval.studies.surrogates_of_circuits.rows import Simulation
from eval.studies.surrogates_of_circuits.simulated_circuits import Setting, all_settings

FINER = 0.1
"""The threshold of the reference where no state vector fits, as a share of the threshold that is judged."""
ROUNDING = 1e-12
"""Of an expectation value in double precision: smaller deviations count as this."""


def run(config: Config, recorder: Recorder) -> list[Simulation]:
    """Simulate every setting at every threshold.

    Args:
        config: What is simulated.
        recorder: Keeps what was measured before.

    Returns:
        The table.
    """
    rows: list[Simulation] = []
    for setting in all_settings(config):
        for threshold in config.thresholds:
            point = {
                "setting": setting.name,
                "qubits": setting.qubits,
                "depth": setting.layers,
                "threshold": threshold,
            }

            def measure(setting: Setting = setting, threshold: float = threshold) -> Simulation:
                return simulate(setting, threshold, config)

            rows += recorder.measure(point, measure)
    return rows


def simulate(setting: Setting, threshold: float, config: Config) -> Simulation:
    """Measure the surrogate's error and cost over random angles.

    Args:
        setting: The circuit, its observable and its angles.
        threshold: The threshold of a word's coefficient, relative to the observable's.
        config: How many angles are drawn, and when a simulation is given up.

    Returns:
        A row; a setting that takes too many words has no error and says why.
    """
    angles = setting.angles(config.samples, config.seed)
    exact = setting.qubits <= config.state_vector_qubits
    row = Simulation(
        setting=setting.name,
        plateau_free=setting.plateau_free,
        qubits=setting.qubits,
        depth=setting.layers,
        observable=setting.observable,
        sigma=setting.sigma,
        threshold=threshold,
        reference="state vector" if exact else "finer threshold",
        samples=config.samples,
    )
    try:
        values, cost = surrogate(setting, angles, threshold, config.most_words)
    except Unqualified as refusal:
        return replace(row, refused=str(refusal))
    try:
        # The words' number grows about as the threshold falls.
        reference = (
            state_vector_values(setting, angles)
            if exact
            else surrogate(setting, angles, FINER * threshold, round(config.most_words / FINER))[0]
        )
    except Unqualified as refusal:
        return replace(row, **cost, refused=f"of the reference: {refusal}")
    return replace(row, **cost, **errors(values, reference))


def errors(values: Float[np.ndarray, " samples"], reference: Float[np.ndarray, " samples"]) -> dict[str, float]:
    """Compare a surrogate's values with the reference over random angles.

    Args:
        values: The surrogate's, at least 3.
        reference: What they should be, not all the same.

    Returns:
        The fields ``error``, ``spread`` and ``relative_error``, the last with its 95% interval: the jackknife's over
        angles, on a logarithmic scale (Miller 1968, Ann. Math. Stat. 39, 567), so that both ends are positive.
    """
    squares = np.maximum(np.square(values - reference), ROUNDING**2)
    correction = len(values) / (len(values) - 1)

    def logarithm(square: float, mean: float, mean_square: float) -> float:
        return math.log(square / (correction * (mean_square - mean**2))) / 2

    # About the mean, which changes no variance, so that rounding takes nothing from a narrow spread.
    centred = reference - reference.mean()
    relative, low, high = np.exp(jackknife(logarithm, squares, centred, np.square(centred))).tolist()
    return {
        "error": math.sqrt(squares.mean()),
        "spread": float(np.std(reference, ddof=1)),
        "relative_error": relative,
        "relative_error_low": low,
        "relative_error_high": high,
    }


def surrogate(
    setting: Setting, angles: Float[np.ndarray, "samples layers qubits 2"], threshold: float, most_words: int
) -> tuple[Float[np.ndarray, " samples"], dict[str, float]]:
    """Simulate a circuit classically at every angle vector.

    Args:
        setting: The circuit and its observable.
        angles: The angles of every sample, in radians.
        threshold: The threshold of a word's coefficient, relative to the observable's.
        most_words: Words beyond which the simulation is given up.

    Returns:
        The values, and the mean cost of one: the fields ``words``, ``updates`` and ``seconds``.

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
    cost = {
        "words": float(np.mean([each.most_words for each in found])),
        "updates": float(np.mean([each.updates for each in found])),
        "seconds": (time.perf_counter() - start) / len(found),
    }
    return np.array([each.value for each in found]), cost


def state_vector_values(
    setting: Setting, angles: Float[np.ndarray, "samples layers qubits 2"]
) -> Float[np.ndarray, " samples"]:
    """Compute the same values by ``scan.qubit``, a state vector."""
    expectation = ANSAETZE["ry_rz_cz"].expectation(setting.qubits, setting.observable)
    values = jax.jit(lambda angles: jax.lax.map(expectation, angles))(jnp.asarray(angles, jnp.float32))
    return np.asarray(values, np.float64)
