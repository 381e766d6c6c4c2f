"""Finite shots: samples of a state and what is estimated from them, with an explicit PRNG key.

Everything is a pure, traceable function of the state and the key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int, PRNGKeyArray
from pennylane.measurements import CountsMP, ExpectationMP, MeasurementProcess, ProbabilityMP, SampleMP
from pennylane.ops.qubit.observables import BasisStateProjector
from pennylane.pauli import PauliSentence, PauliWord
from pennylane.wires import Wires

from paradigms.interface import Unsupported
from paradigms.tangents import without_derivative
from paradigms.vqc.circuit.hermiticity import is_hermitian
from paradigms.vqc.measurement.grouping import computational_word, groups_of, is_computational, pauli_sum

_TO_Z = {
    "X": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "Y": np.array([[1, -1j], [1, 1j]]) / np.sqrt(2),
}
"""Changes of basis. Rows are the eigenvectors (+1 first), so that a measurement of Z afterwards is one of the
letter."""


_without_derivative = without_derivative(
    "a derivative through the drawing of shots is zero whatever the circuit: differentiate by shifts "
    "(diff_method='parameter-shift', with max_diff=2 for second derivatives, or parameter_shift.differentiable), "
    "or leave the shots out"
)


def sample(probabilities: Float[Array, " outcomes"], key: PRNGKeyArray, shots: int) -> Int[Array, " shots"]:
    """Draw outcomes independently, numbered 0 … 2^n - 1.

    They are drawn bit by bit, most significant first, each from its marginal given the bits before. So relative
    precision is that of the probabilities, however small, where a cumulative sum in single precision would lose those
    under 6e-8. Memory is twice that of the probabilities, and a few numbers for each shot.

    Args:
        probabilities: The probabilities of 2^n outcomes, which need not sum to one.
        key: The source of randomness.
        shots: The number of outcomes drawn.
    """
    marginals = [_without_derivative(probabilities)]
    while marginals[-1].shape[0] > 1:
        marginals.append(marginals[-1].reshape(-1, 2).sum(axis=1))
    outcome = jnp.zeros(shots, jnp.int32)
    for position, (level, above) in enumerate(zip(marginals[-2::-1], marginals[:0:-1], strict=True)):
        draws = jax.random.uniform(jax.random.fold_in(key, position), (shots,), level.dtype)
        one = draws * above[outcome] >= level[2 * outcome]
        outcome = 2 * outcome + one
    return outcome


def bits(outcomes: Int[Array, " shots"], qubits: int) -> Int[Array, "shots qubits"]:
    """Return the bits of outcomes, qubit 0 (the most significant) first."""
    return (outcomes[:, None] >> jnp.arange(qubits - 1, -1, -1, dtype=outcomes.dtype)) & 1


def rotated(vector: Complex[Array, " amplitudes"], basis: PauliWord, wires: Wires) -> Complex[Array, " amplitudes"]:
    """Rotate the state so that a measurement of Z on every qubit is one of ``basis`` before."""
    for wire, letter in basis.items():
        if letter in _TO_Z:
            blocks = vector.reshape(2 ** wires.index(wire), 2, -1)
            vector = jnp.einsum("ij,ajb->aib", jnp.asarray(_TO_Z[letter], vector.dtype), blocks).reshape(-1)
    return vector


def sample_basis(
    vector: Complex[Array, " amplitudes"], basis: PauliWord, wires: Wires, key: PRNGKeyArray, shots: int
) -> Int[Array, " shots"]:
    """Draw outcomes of measuring every qubit in the letters of ``basis``, and in Z where it has none."""
    amplitudes = rotated(vector, basis, wires)
    return sample(jnp.square(amplitudes.real) + jnp.square(amplitudes.imag), key, shots)


def draw(
    measurements: Sequence[MeasurementProcess],
    vector: Complex[Array, " amplitudes"],
    wires: Wires,
    key: PRNGKeyArray,
    shots: int,
) -> dict[PauliWord, Int[Array, " shots"]]:
    """Draw the outcomes of its group for every word of :func:`~paradigms.vqc.measurement.grouping.groups_of`.

    They are in the basis of the group, and in that of Z where it has no letter.
    """
    drawn: dict[PauliWord, Int[Array, " shots"]] = {}
    for number, group in enumerate(groups_of(measurements)):
        outcomes = sample_basis(vector, group.basis, wires, jax.random.fold_in(key, number), shots)
        drawn |= dict.fromkeys(group.words, outcomes)
    return drawn


def estimates(
    measurements: Sequence[MeasurementProcess],
    vector: Complex[Array, " amplitudes"],
    wires: Wires,
    key: PRNGKeyArray,
    shots: int,
) -> tuple[Array, ...]:
    """Estimate every measurement from samples.

    Each group of :func:`~paradigms.vqc.measurement.grouping.groups_of` is a circuit of its own with ``shots`` shots.

    Args:
        measurements: The measurements of one tape.
        vector: The state that is measured.
        wires: The register, first most significant.
        key: The only source of randomness.
        shots: The number of shots of every group.

    Returns:
        One value per measurement, in order. Expectation values are means over shots; probabilities are frequencies;
        counts are of all outcomes, in order; samples are bits ``[shots, qubits]``.

    Raises:
        Unsupported: If a measurement is of another kind, or an observable is neither a real sum of Pauli words nor a
            projector on a basis state.
    """
    for measurement in measurements:
        sentence = pauli_sum(measurement)
        if sentence is None and not (is_computational(measurement) and _is_frequency(measurement)):
            raise Unsupported(
                f"{measurement} cannot be estimated from shots here; measure expectation values of Pauli words, "
                "Hamiltonians and projectors on basis states, or probabilities, counts and samples of wires"
            )
        observable: Any = measurement.obs
        if sentence is not None and not is_hermitian(observable):
            raise Unsupported(f"{measurement} has complex values: {observable} is not Hermitian")
    drawn = draw(measurements, vector, wires, key, shots)
    in_z = drawn.get(computational_word(measurements))
    return tuple(
        _in_z(measurement, in_z, wires, vector.real.dtype)
        if (sentence := pauli_sum(measurement)) is None
        else pauli_mean(sentence, drawn, wires, vector.real.dtype)
        for measurement in measurements
    )


def odd_parity(outcomes: Int[Array, " shots"], word: PauliWord, wires: Wires) -> Int[Array, " shots"]:
    """Return 1 where an outcome in the basis of the word has eigenvalue -1, and 0 where it has 1."""
    mask = sum(1 << (len(wires) - 1 - wires.index(wire)) for wire in word)
    return jax.lax.population_count(outcomes & mask) & 1


def pauli_mean(
    sentence: PauliSentence, drawn: Mapping[PauliWord, Int[Array, " shots"]], wires: Wires, dtype: np.dtype
) -> Float[Array, ""]:
    """Average a real sum of words over the shots of each."""
    total = jnp.zeros((), dtype)
    for word, coefficient in sentence.items():
        mean = 1 - 2 * jnp.mean(odd_parity(drawn[word], word, wires), dtype=dtype) if len(word) else 1
        total = total + jnp.asarray(coefficient * mean).real.astype(dtype)
    return total


def _is_frequency(measurement: MeasurementProcess) -> bool:
    kinds = ExpectationMP if isinstance(measurement.obs, BasisStateProjector) else ProbabilityMP | CountsMP | SampleMP
    return isinstance(measurement, kinds)


def _in_z(measurement: MeasurementProcess, outcomes: Array | None, wires: Wires, dtype: np.dtype) -> Array:
    assert outcomes is not None, "sampled where a measurement needs it"
    all_bits = bits(outcomes, len(wires))
    measured = measurement.wires or wires
    chosen = all_bits[:, np.array(wires.indices(measured))]
    if isinstance(measurement.obs, BasisStateProjector):
        return jnp.mean(jnp.all(chosen == jnp.asarray(measurement.obs.data[0]), axis=1), dtype=dtype)
    if isinstance(measurement, SampleMP):
        return chosen
    places = 1 << jnp.arange(len(measured) - 1, -1, -1)
    counts = jnp.bincount(chosen @ places, length=2 ** len(measured))
    return counts / jnp.asarray(len(outcomes), dtype) if isinstance(measurement, ProbabilityMP) else counts
