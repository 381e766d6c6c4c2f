"""A tape's measurements on a state vector, in traceable JAX."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Complex, Float, Int, PRNGKeyArray
from pennylane.exceptions import DeviceError
from pennylane.measurements import (
    CountsMP,
    ExpectationMP,
    MeasurementProcess,
    ProbabilityMP,
    SampleMeasurement,
    StateMeasurement,
    StateMP,
    VarianceMP,
)
from pennylane.operation import Operator
from pennylane.pauli import PauliSentence, PauliWord
from pennylane.queuing import QueuingManager
from pennylane.wires import Wires

from paradigms.vqc.grouping import computational_word, is_computational, measured_word, pauli_sum
from paradigms.vqc.observables import has_action, is_hermitian, is_traced, moments
from paradigms.vqc.planes import Plane, Planes, from_vector, moved, real_dtype, to_vector
from paradigms.vqc.sampling import bits, draw, odd_parity, pauli_mean, sample
from paradigms.vqc.simulation import Method, run_gates


def is_supported(measurement: MeasurementProcess) -> bool:
    """Whether :func:`measure` can evaluate it exactly."""
    observable = measurement.obs
    if isinstance(measurement, ExpectationMP | VarianceMP) and isinstance(observable, Operator):
        return observable.pauli_rep is not None or has_action(observable)
    return isinstance(measurement, StateMeasurement) and _has_basis(measurement)


def can_sample(measurement: MeasurementProcess) -> bool:
    """Whether :func:`sample_measurements` can estimate it from shots."""
    if isinstance(measurement, ExpectationMP) and pauli_sum(measurement) is not None:
        return True
    return isinstance(measurement, SampleMeasurement) and _has_basis(measurement)


def refusal(measurement: MeasurementProcess, shots: bool) -> str | None:
    """Why the measurement has no value, in a sentence; ``None`` where it has."""
    observable = measurement.obs
    if not isinstance(observable, Operator):
        return None
    if not is_hermitian(observable):
        return (
            f"{measurement} has complex values, as {observable} is not Hermitian: measure Hermitian observables, such "
            "as its real and imaginary parts (A + A†)/2 and (A - A†)/2i, and give real coefficients"
        )
    exact = isinstance(measurement, ExpectationMP | VarianceMP) and not shots
    if is_traced(observable) and not exact and pauli_sum(measurement) is None and measured_word(measurement) is None:
        return (
            f"{measurement} needs the eigenvectors of {observable.name}, whose entries are traced: take expval or var "
            "without shots, or give numbers"
        )
    return None


def _has_basis(measurement: MeasurementProcess) -> bool:
    observable = measurement.obs
    return observable is None or (isinstance(observable, Operator) and observable.has_diagonalizing_gates)


def sample_measurements(
    measurements: Sequence[MeasurementProcess],
    state: Complex[Array, " amplitudes"],
    wires: Wires,
    key: PRNGKeyArray,
    shots: int,
) -> tuple[Any, ...]:
    """Estimates from ``shots`` shots, one a measurement, in order.

    What commutes qubit by qubit is of the same shots (:func:`~paradigms.vqc.grouping.groups_of`), and so are other
    observables on different wires, each in its own eigenbasis. Values are what PennyLane's post-processing makes of
    the shots.

    Raises:
        DeviceError: Of ``qml.counts`` under ``jax.jit`` or ``jax.vmap``.
    """
    for measurement in measurements:
        if isinstance(measurement, CountsMP) and (isinstance(state, Tracer) or isinstance(key, Tracer)):
            raise DeviceError(
                f"{measurement} looks at the outcomes, whose values jax.jit and jax.vmap do not know: take qml.sample, "
                "or qml.probs times the number of shots, or leave jax.jit and jax.vmap away"
            )
    drawn = draw(measurements, state, wires, jax.random.fold_in(key, 0), shots)
    values: dict[int, Any] = {}
    others: dict[int, SampleMeasurement] = {}
    for position, measurement in enumerate(measurements):
        assert isinstance(measurement, SampleMeasurement), "validated by the device"
        word, sentence = measured_word(measurement), pauli_sum(measurement)
        if sentence is not None:
            values[position] = pauli_mean(sentence, drawn, wires, state.real.dtype)
        elif word is not None:
            values[position] = _from_word(measurement, word, drawn[word], wires)
        elif is_computational(measurement):
            outcomes: Any = bits(drawn[computational_word(measurements)], len(wires))
            values[position] = measurement.process_samples(outcomes, wires)
        else:
            others[position] = measurement
    for number, group in enumerate(_on_different_wires(others), start=1):
        gates = [gate for measurement in group.values() for gate in measurement.diagonalizing_gates()]
        planes = run_gates(gates, from_vector(state), wires, "backprop")
        probabilities = (jnp.square(planes.real) + jnp.square(planes.imaginary)).reshape(-1)
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
    """Of shots in the basis of the word that the observable is a multiple of; its eigenvalues are ±1."""
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
    return values * (jnp.square(scale) if isinstance(measurement, VarianceMP) else scale)


def measure(
    measurements: Sequence[MeasurementProcess], planes: Planes, wires: Wires, method: Method
) -> tuple[Array, ...]:
    """Exact results, one a measurement, in order.

    Expectation values of Pauli words and of real sums of them are taken together; those of other observables, and
    variances, by their action on the state. Probabilities, states and entropies are PennyLane's own post-processing
    of the rotated state, which is traceable.
    """
    sentences = {
        position: sentence
        for position, measurement in enumerate(measurements)
        if isinstance(measurement, ExpectationMP) and (sentence := _pauli_rep(measurement)) is not None
    }
    values = dict(zip(sentences, pauli_expectations(list(sentences.values()), planes, wires), strict=True))
    for position, measurement in enumerate(measurements):
        if position not in values:
            values[position] = _measure_one(measurement, planes, wires, method)
    return tuple(values[position] for position in range(len(measurements)))


def _pauli_rep(measurement: MeasurementProcess) -> PauliSentence | None:
    return measurement.obs.pauli_rep if isinstance(measurement.obs, Operator) else None


def _measure_one(measurement: MeasurementProcess, planes: Planes, wires: Wires, method: Method) -> Array:
    assert isinstance(measurement, StateMeasurement), "validated by the device"
    if isinstance(measurement, ExpectationMP | VarianceMP) and isinstance(measurement.obs, Operator):
        mean, variance = moments(measurement.obs, to_vector(planes), wires)
        return mean if isinstance(measurement, ExpectationMP) else variance
    # A basis is unitary by definition, which its matrix may show only nearly.
    chosen = "backprop" if method == "backprop" else "best"
    vector: Any = to_vector(run_gates(measurement.diagonalizing_gates(), planes, wires, chosen))
    if type(measurement) is StateMP and measurement.wires in (wires, Wires([])):
        return vector
    # PennyLane's entropies take a wire's label for its place, whatever order they are told.
    placed: Any = measurement.map_wires({wire: place for place, wire in enumerate(wires)})
    return jnp.asarray(placed.process_state(vector, Wires(range(len(wires)))))


def pauli_expectations(sentences: Sequence[PauliSentence], planes: Planes, wires: Wires) -> list[Float[Array, ""]]:
    """⟨ψ|H|ψ⟩ for every real sum H of Pauli words.

    A word acts as P|i⟩ = i^(#Y) (-1)^(ones of i under its Y and Z bits) |i ⊕ its X and Y bits⟩. Words with the same
    flipped bits share one pass over the state; those without any need its probabilities only.
    """
    terms: dict[int, list[tuple[int, PauliWord, Any]]] = defaultdict(list)
    for row, sentence in enumerate(sentences):
        for word, coefficient in sentence.items():
            terms[_mask(word, "XY", wires)].append((row, word, coefficient))
    values: list[Array] = [jnp.zeros((), real_dtype()) for _ in sentences]
    for flipped, members in terms.items():
        members_values = _words(flipped, [word for _, word, _ in members], planes, wires)
        for (row, _, coefficient), value in zip(members, members_values, strict=True):
            values[row] = values[row] + (coefficient * value).real
    return values


def _mask(word: PauliWord, letters: str, wires: Wires) -> int:
    """The bits of an amplitude's index under the word's ``letters``."""
    return sum(1 << (len(wires) - 1 - wires.index(wire)) for wire, letter in word.items() if letter in letters)


def _words(flipped: int, words: Sequence[PauliWord], planes: Planes, wires: Wires) -> list[Float[Array, ""]]:
    """Expectation values of words that flip the same bits."""
    # ⟨ψ|P|ψ⟩ = i^(#Y) Σ_i conj(ψ_{i ⊕ x}) (-1)^(…) ψ_i, which is real: of the products, the real parts for an even
    # number of Y and the imaginary parts for an odd one.
    real, imaginary = planes
    turned = moved(planes, jnp.arange(real.size).reshape(real.shape) ^ flipped) if flipped else planes
    ys = [sum(letter == "Y" for letter in word.values()) for word in words]
    parts: list[Array | None] = [None, None]
    if any(count % 2 == 0 for count in ys):
        parts[0] = real * turned.real + imaginary * turned.imaginary
    if any(count % 2 for count in ys):
        parts[1] = imaginary * turned.real - real * turned.imaginary
    values: list[Any] = [None] * len(words)
    for odd, part in enumerate(parts):
        if part is None:
            continue
        chosen = [place for place, count in enumerate(ys) if count % 2 == odd]
        sums = signed_sums(part, np.array([_mask(words[place], "YZ", wires) for place in chosen]))
        for place, total in zip(chosen, sums, strict=True):
            # i^(#Y) of the real part, and i^(#Y)·i of the imaginary one.
            values[place] = (1j ** (ys[place] + odd)).real * total
    return values


def signed_sums(values: Plane, masks: Int[np.ndarray, " words"]) -> Float[Array, " words"]:
    """For every mask, Σ_i (-1)^(ones of i under the mask) values_i: two matrix products, with short tables of signs."""
    lower_bits = values.shape[1].bit_length() - 1
    upper = _parity_signs(values.shape[0], masks >> lower_bits)
    lower = _parity_signs(values.shape[1], masks & (values.shape[1] - 1))
    partial = values @ jnp.asarray(lower.T, values.dtype)
    return jnp.sum(jnp.asarray(upper.T, values.dtype) * partial, axis=0)


def _parity_signs(size: int, masks: Int[np.ndarray, " words"]) -> Int[np.ndarray, "words size"]:
    return 1 - 2 * (np.bitwise_count(np.arange(size)[None, :] & masks[:, None]).astype(np.int8) & 1)
