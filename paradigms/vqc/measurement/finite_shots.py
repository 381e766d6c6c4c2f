"""A tape's measurements estimated from finite shots, in the forms that PennyLane's devices return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Complex, Int, PRNGKeyArray
from pennylane.exceptions import DeviceError
from pennylane.measurements import (
    CountsMP,
    MeasurementProcess,
    ProbabilityMP,
    SampleMeasurement,
    SampleMP,
    VarianceMP,
)
from pennylane.pauli import PauliWord
from pennylane.queuing import QueuingManager
from pennylane.wires import Wires

from paradigms.vqc.measurement.grouping import computational_word, is_computational, measured_word, pauli_sum
from paradigms.vqc.measurement.sampling import bits, draw, odd_parity, pauli_mean, sample
from paradigms.vqc.simulator.simulation import apply_gates
from paradigms.vqc.simulator.statevector import from_vector


def sample_measurements(
    measurements: Sequence[MeasurementProcess],
    vector: Complex[Array, " amplitudes"],
    wires: Wires,
    key: PRNGKeyArray,
    shots: int,
) -> tuple[Any, ...]:
    """Estimate every measurement from ``shots`` shots.

    Measurements that commute qubit by qubit share their shots (:func:`~paradigms.vqc.measurement.grouping.groups_of`).
    So do other observables on different wires, each in its own eigenbasis.

    Args:
        measurements: The measurements of one tape.
        vector: The state that is measured.
        wires: The register, first most significant.
        key: The only source of randomness.
        shots: The number of shots of every setting of the hardware.

    Returns:
        One value per measurement, in order, as PennyLane's post-processing makes it of the shots.

    Raises:
        DeviceError: If ``qml.counts`` is asked for under ``jax.jit`` or ``jax.vmap``.
    """
    for measurement in measurements:
        if isinstance(measurement, CountsMP) and (isinstance(vector, Tracer) or isinstance(key, Tracer)):
            raise DeviceError(
                f"{measurement} looks at the outcomes, whose values jax.jit and jax.vmap do not know: take qml.sample, "
                "or qml.probs times the number of shots, or leave jax.jit and jax.vmap away"
            )
    drawn = draw(measurements, vector, wires, jax.random.fold_in(key, 0), shots)
    values: dict[int, Any] = {}
    others: dict[int, SampleMeasurement] = {}
    for position, measurement in enumerate(measurements):
        assert isinstance(measurement, SampleMeasurement), "validated by the device"
        word, sentence = measured_word(measurement), pauli_sum(measurement)
        if sentence is not None:
            values[position] = pauli_mean(sentence, drawn, wires, vector.real.dtype)
        elif word is not None:
            values[position] = _from_word(measurement, word, drawn[word], wires)
        elif is_computational(measurement):
            outcomes: Any = bits(drawn[computational_word(measurements)], len(wires))
            values[position] = measurement.process_samples(outcomes, wires)
        else:
            others[position] = measurement
    for number, group in enumerate(_on_different_wires(others), start=1):
        gates = [gate for measurement in group.values() for gate in measurement.diagonalizing_gates()]
        state = apply_gates(gates, from_vector(vector), wires, "backprop")
        probabilities = (jnp.square(state.real) + jnp.square(state.imaginary)).reshape(-1)
        samples: Any = bits(sample(probabilities, jax.random.fold_in(key, number), shots), len(wires))
        for position, measurement in group.items():
            values[position] = measurement.process_samples(samples, wires)
    return tuple(values[position] for position in range(len(measurements)))


def _on_different_wires(measurements: Mapping[int, SampleMeasurement]) -> list[dict[int, SampleMeasurement]]:
    groups: list[dict[int, SampleMeasurement]] = []
    for position, measurement in measurements.items():
        free = (group for group in groups if not any(one.wires & measurement.wires for one in group.values()))
        group = next(free, None)
        if group is None:
            groups.append(group := {})
        group[position] = measurement
    return groups


def _from_word(measurement: MeasurementProcess, word: PauliWord, outcomes: Int[Array, " shots"], wires: Wires) -> Any:
    """Estimate a measurement from shots in the basis of the word that its observable is a multiple of.

    The word's eigenvalues are ±1.
    """
    observable: Any = measurement.obs
    with QueuingManager.stop_recording():
        if isinstance(measurement, ProbabilityMP):
            samples: Any = bits(outcomes, len(wires))
            return ProbabilityMP(wires=observable.wires).process_samples(samples, wires)
        samples = odd_parity(outcomes, word, wires)[:, None]
        options = {"all_outcomes": measurement.all_outcomes} if isinstance(measurement, CountsMP) else {}
        kind: Any = type(measurement)
        values: Any = kind(wires=[0], eigvals=[1.0, -1.0] if word else [1.0, 1.0], **options)
        values = values.process_samples(samples, Wires([0]))
    (scale,) = observable.pauli_rep.values()
    if isinstance(measurement, CountsMP):
        return {float(np.real(scale)) * value: count for value, count in values.items()}
    scale = jnp.asarray(scale).real
    values = values * (jnp.square(scale) if isinstance(measurement, VarianceMP) else scale)
    dtype = measurement._dtype if isinstance(measurement, SampleMP) else None
    return values if dtype is None else values.astype(dtype)
