"""A tape's measurements of a state vector, computed exactly, in traceable JAX."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from pennylane.measurements import (
    ExpectationMP,
    MeasurementProcess,
    StateMeasurement,
    StateMP,
    VarianceMP,
)
from pennylane.operation import Operator
from pennylane.pauli import PauliSentence, PauliWord
from pennylane.wires import Wires

from paradigms.vqc.circuit.products import product
from paradigms.vqc.measurement.operator_action import moments
from paradigms.vqc.simulator.simulation import DifferentiationMethod, apply_gates
from paradigms.vqc.simulator.statevector import Part, StateVector, permuted, real_dtype, to_vector


def measure(
    measurements: Sequence[MeasurementProcess], state: StateVector, wires: Wires, method: DifferentiationMethod
) -> tuple[Array, ...]:
    """Compute every measurement exactly.

    Expectation values of Pauli words and of real sums of them are taken together; those of other observables, and
    variances, by their action on the state. Probabilities, states and entropies are PennyLane's own post-processing of
    the rotated state, which is traceable.

    Args:
        measurements: The measurements of one tape.
        state: The state that is measured.
        wires: The register, first most significant.
        method: How changes of basis are to be differentiated.

    Returns:
        One result per measurement, in order.
    """
    sentences = {
        position: sentence
        for position, measurement in enumerate(measurements)
        if isinstance(measurement, ExpectationMP) and (sentence := _pauli_rep(measurement)) is not None
    }
    values = dict(zip(sentences, pauli_expectations(list(sentences.values()), state, wires), strict=True))
    for position, measurement in enumerate(measurements):
        if position not in values:
            values[position] = _measure_one(measurement, state, wires, method)
    return tuple(values[position] for position in range(len(measurements)))


def _pauli_rep(measurement: MeasurementProcess) -> PauliSentence | None:
    return measurement.obs.pauli_rep if isinstance(measurement.obs, Operator) else None


def _measure_one(
    measurement: MeasurementProcess, state: StateVector, wires: Wires, method: DifferentiationMethod
) -> Array:
    assert isinstance(measurement, StateMeasurement), "validated by the device"
    if isinstance(measurement, ExpectationMP | VarianceMP) and isinstance(measurement.obs, Operator):
        mean, variance = moments(measurement.obs, to_vector(state), wires)
        return mean if isinstance(measurement, ExpectationMP) else variance
    # A basis is unitary by definition, which its matrix may show only nearly.
    chosen = "backprop" if method == "backprop" else "best"
    vector: Any = to_vector(apply_gates(measurement.diagonalizing_gates(), state, wires, chosen))
    if type(measurement) is StateMP and measurement.wires in (wires, Wires([])):
        return vector
    # PennyLane's entropies take a wire's label for its place, whatever order they are told.
    placed: Any = measurement.map_wires({wire: place for place, wire in enumerate(wires)})
    return jnp.asarray(placed.process_state(vector, Wires(range(len(wires)))))


def pauli_expectations(sentences: Sequence[PauliSentence], state: StateVector, wires: Wires) -> list[Float[Array, ""]]:
    """Compute ⟨ψ|H|ψ⟩ for every real sum H of Pauli words.

    A word acts as P|i⟩ = i^(#Y) (-1)^(ones of i under its Y and Z bits) |i ⊕ its X and Y bits⟩. Words with the same
    flipped bits share one pass over the state; those without any need its probabilities only.
    """
    terms: dict[int, list[tuple[int, PauliWord, Any]]] = defaultdict(list)
    for row, sentence in enumerate(sentences):
        for word, coefficient in sentence.items():
            terms[_mask(word, "XY", wires)].append((row, word, coefficient))
    values: list[Array] = [jnp.zeros((), real_dtype()) for _ in sentences]
    for flipped, members in terms.items():
        members_values = _words(flipped, [word for _, word, _ in members], state, wires)
        for (row, _, coefficient), value in zip(members, members_values, strict=True):
            values[row] = values[row] + (coefficient * value).real
    return values


def _mask(word: PauliWord, letters: str, wires: Wires) -> int:
    """Return the bits of an amplitude's index under the word's ``letters``."""
    return sum(1 << (len(wires) - 1 - wires.index(wire)) for wire, letter in word.items() if letter in letters)


def _words(flipped: int, words: Sequence[PauliWord], state: StateVector, wires: Wires) -> list[Float[Array, ""]]:
    """Compute the expectation values of words that flip the same bits."""
    # ⟨ψ|P|ψ⟩ = i^(#Y) Σ_i conj(ψ_{i ⊕ x}) (-1)^(…) ψ_i, which is real: of the products, the real parts for an even
    # number of Y and the imaginary parts for an odd one.
    real, imaginary = state
    turned = permuted(state, jnp.arange(real.size).reshape(real.shape) ^ flipped) if flipped else state
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


def signed_sums(values: Part, masks: Int[np.ndarray, " words"]) -> Float[Array, " words"]:
    """Compute Σ_i (-1)^(ones of i under the mask) values_i for every mask.

    It takes two matrix products, with short tables of signs.
    """
    lower_bits = values.shape[1].bit_length() - 1
    upper = _parity_signs(values.shape[0], masks >> lower_bits)
    lower = _parity_signs(values.shape[1], masks & (values.shape[1] - 1))
    partial = product(values, jnp.asarray(lower.T, values.dtype))
    return jnp.sum(jnp.asarray(upper.T, values.dtype) * partial, axis=0)


def _parity_signs(size: int, masks: Int[np.ndarray, " words"]) -> Int[np.ndarray, "words size"]:
    return 1 - 2 * (np.bitwise_count(np.arange(size)[None, :] & masks[:, None]).astype(np.int8) & 1)
