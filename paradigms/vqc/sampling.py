"""Finite shots: samples of a state and what is estimated from them, with an explicit PRNG key.

Everything is a pure, traceable function of the state and the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
from jaxtyping import Array, Complex, Float, Int, PRNGKeyArray
from pennylane.measurements import CountsMP, ExpectationMP, MeasurementProcess, ProbabilityMP, SampleMP
from pennylane.operation import Operator
from pennylane.ops.qubit.observables import BasisStateProjector
from pennylane.pauli import PauliSentence, PauliWord
from pennylane.wires import Wires

from paradigms.interface import Unsupported

_TO_Z = {
    "X": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "Y": np.array([[1, -1j], [1, 1j]]) / np.sqrt(2),
}
"""Rows are the eigenvectors (+1 first), so that a measurement of Z afterwards is one of the letter before."""


class Group(NamedTuple):
    """Pauli words that one setting of the hardware measures together.

    Attributes:
        basis: The letter measured on each qubit that any of the words acts on.
        words: The words, each a subset of the basis.
    """

    basis: PauliWord
    words: tuple[PauliWord, ...]


def measurement_groups(words: Sequence[PauliWord]) -> list[Group]:
    """Qubit-wise commuting groups of the words other than the identity, by PennyLane's largest-first colouring."""
    distinct = [word for word in dict.fromkeys(words) if len(word)]
    if not distinct:
        return []
    parts = qml.pauli.compute_partition_indices([word.operation() for word in distinct], grouping_type="qwc")
    groups = []
    for part in parts:
        members = tuple(distinct[index] for index in part)
        basis = PauliWord({wire: letter for word in members for wire, letter in word.items()})
        groups.append(Group(basis, members))
    return groups


def sample(probabilities: Float[Array, " outcomes"], key: PRNGKeyArray, shots: int) -> Int[Array, " shots"]:
    """Outcomes drawn independently, numbered 0 … 2^n - 1; probabilities of 2^n outcomes need not sum to one.

    Bit by bit, most significant first, each from its marginal given the bits before: relative precision is that of
    the probabilities, however small, where a cumulative sum in single precision would lose those under 6e-8. Memory:
    twice that of the probabilities, and a few numbers a shot.
    """
    marginals = [probabilities]
    while marginals[-1].shape[0] > 1:
        marginals.append(marginals[-1].reshape(-1, 2).sum(axis=1))
    outcome = jnp.zeros(shots, jnp.int32)
    for position, (level, above) in enumerate(zip(marginals[-2::-1], marginals[:0:-1], strict=True)):
        draws = jax.random.uniform(jax.random.fold_in(key, position), (shots,), level.dtype)
        one = draws * above[outcome] >= level[2 * outcome]
        outcome = 2 * outcome + one
    return outcome


def bits(outcomes: Int[Array, " shots"], qubits: int) -> Int[Array, "shots qubits"]:
    """The bits of outcomes, qubit 0 (the most significant) first."""
    return (outcomes[:, None] >> jnp.arange(qubits - 1, -1, -1, dtype=outcomes.dtype)) & 1


def rotated(state: Complex[Array, " amplitudes"], basis: PauliWord, wires: Wires) -> Complex[Array, " amplitudes"]:
    """The state after the rotations that turn a measurement of ``basis`` into one of Z on every qubit."""
    for wire, letter in basis.items():
        if letter in _TO_Z:
            blocks = state.reshape(2 ** wires.index(wire), 2, -1)
            state = jnp.einsum("ij,ajb->aib", jnp.asarray(_TO_Z[letter], state.dtype), blocks).reshape(-1)
    return state


def sample_basis(
    state: Complex[Array, " amplitudes"], basis: PauliWord, wires: Wires, key: PRNGKeyArray, shots: int
) -> Int[Array, " shots"]:
    """Outcomes of measuring every qubit in the letters of ``basis``, Z where it has none."""
    amplitudes = rotated(state, basis, wires)
    return sample(jnp.square(amplitudes.real) + jnp.square(amplitudes.imag), key, shots)


def estimates(
    measurements: Sequence[MeasurementProcess],
    state: Complex[Array, " amplitudes"],
    wires: Wires,
    key: PRNGKeyArray,
    shots: int,
) -> tuple[Array, ...]:
    """Every measurement estimated from samples, in order.

    Words of Pauli observables are grouped over all measurements together; each group is a circuit of its own with
    ``shots`` shots. All measurements in the computational basis (probabilities, counts, samples, projectors, words of
    Z) share one. Expectation values are means over shots; probabilities are frequencies; counts are of all outcomes,
    in order; samples are bits ``[shots, qubits]``.

    Raises:
        Unsupported: If a measurement is of another kind, or an observable is neither a real sum of Pauli words nor a
            projector on a basis state.
    """
    words = [word for measurement in measurements for word in _words(measurement)]
    groups = measurement_groups(words)
    means: dict[PauliWord, Array] = {PauliWord({}): jnp.ones((), state.real.dtype)}
    in_z: Array | None = None
    for number, group in enumerate(groups):
        outcomes = sample_basis(state, group.basis, wires, jax.random.fold_in(key, number), shots)
        if set(group.basis.values()) <= {"Z"}:
            in_z = outcomes
        for word in group.words:
            means[word] = _mean_parity(outcomes, word, wires, state.real.dtype)
    sentences = [_pauli_sum(measurement) for measurement in measurements]
    if in_z is None and any(sentence is None for sentence in sentences):
        in_z = sample_basis(state, PauliWord({}), wires, jax.random.fold_in(key, len(groups)), shots)
    return tuple(
        _in_z(measurement, in_z, wires, state.real.dtype) if sentence is None else _pauli_mean(sentence, means)
        for measurement, sentence in zip(measurements, sentences, strict=True)
    )


def settings(measurements: Sequence[MeasurementProcess]) -> int:
    """Circuits (settings of the hardware) that the measurements of one state take."""
    groups = measurement_groups([word for measurement in measurements for word in _words(measurement)])
    has_z = any(set(group.basis.values()) <= {"Z"} for group in groups)
    needs_z = any(_pauli_sum(measurement) is None for measurement in measurements)
    return len(groups) + (needs_z and not has_z)


def _pauli_sum(measurement: MeasurementProcess) -> PauliSentence | None:
    """Of an expectation value; a projector on a basis state, a sum of 2^n words, is read off its outcome instead."""
    observable = measurement.obs
    if not isinstance(measurement, ExpectationMP) or isinstance(observable, BasisStateProjector):
        return None
    return observable.pauli_rep if isinstance(observable, Operator) else None


def _words(measurement: MeasurementProcess) -> tuple[PauliWord, ...]:
    return tuple(_pauli_sum(measurement) or ())


def _mean_parity(outcomes: Int[Array, " shots"], word: PauliWord, wires: Wires, dtype: np.dtype) -> Float[Array, ""]:
    mask = sum(1 << (len(wires) - 1 - wires.index(wire)) for wire in word)
    odd = jax.lax.population_count(outcomes & mask) & 1
    return 1 - 2 * jnp.mean(odd, dtype=dtype)


def _pauli_mean(sentence: PauliSentence, means: dict[PauliWord, Array]) -> Float[Array, ""]:
    terms = [(coefficient * means[word]).real for word, coefficient in sentence.items()]
    return sum(terms, jnp.zeros_like(means[PauliWord({})]))


def _in_z(measurement: MeasurementProcess, outcomes: Array | None, wires: Wires, dtype: np.dtype) -> Array:
    assert outcomes is not None, "sampled where a measurement needs it"
    all_bits = bits(outcomes, len(wires))
    measured = measurement.wires or wires
    chosen = all_bits[:, np.array(wires.indices(measured))]
    if isinstance(measurement, ExpectationMP) and isinstance(measurement.obs, BasisStateProjector):
        return jnp.mean(jnp.all(chosen == jnp.asarray(measurement.obs.data[0]), axis=1), dtype=dtype)
    computational = isinstance(measurement, ProbabilityMP | CountsMP | SampleMP) and measurement.obs is None
    if not computational:
        raise Unsupported(
            f"{measurement} cannot be estimated from shots here; measure expectation values of Pauli words, "
            "Hamiltonians and projectors on basis states, or probabilities, counts and samples of wires"
        )
    if isinstance(measurement, SampleMP):
        return chosen
    places = 1 << jnp.arange(len(measured) - 1, -1, -1)
    counts = jnp.bincount(chosen @ places, length=2 ** len(measured))
    return counts / jnp.asarray(len(outcomes), dtype) if isinstance(measurement, ProbabilityMP) else counts
