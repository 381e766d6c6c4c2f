"""Samples against the probabilities they are drawn from, estimates against PennyLane's exact values."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.pauli import PauliWord
from pennylane.wires import Wires

from paradigms.interface import Unsupported
from paradigms.vqc.measurement import grouping, sampling

WIRES = Wires(range(3))


def random_state(seed=0, qubits=3):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=2**qubits) + 1j * rng.normal(size=2**qubits)
    return state / np.linalg.norm(state)


def test_samples_have_the_frequencies_of_their_probabilities():
    shots = 40_000
    probabilities = np.abs(random_state(1)) ** 2
    outcomes = jax.jit(sampling.sample, static_argnums=2)(
        jnp.asarray(probabilities, jnp.float32), jax.random.key(0), shots
    )
    counts = np.bincount(np.asarray(outcomes), minlength=8)
    chi_squared = np.sum((counts - shots * probabilities) ** 2 / (shots * probabilities))
    assert chi_squared < 24.3  # the 0.1% point of seven degrees of freedom


def test_outcomes_of_no_probability_never_occur():
    probabilities = jnp.zeros(16).at[jnp.array([3, 12])].set(jnp.array([1e-3, 1 - 1e-3]))
    outcomes = np.asarray(sampling.sample(probabilities, jax.random.key(5), 20_000))
    assert set(outcomes) == {3, 12}
    assert np.mean(outcomes == 3) == pytest.approx(1e-3, abs=1e-3)


def test_small_probabilities_keep_their_share_in_single_precision():
    """A cumulative sum in float32 has no place for them: 2^-26 added to one is lost."""
    tail = jnp.full(2**12, 2.0**-26).at[0].set(1.0)
    scaled = tail.at[0].set(2.0**-26)
    late = jnp.concatenate([jnp.zeros(2**12), scaled])  # the same, conditioned on the first bit
    outcomes = np.asarray(sampling.sample(late, jax.random.key(1), 40_000)) - 2**12
    assert outcomes.min() >= 0
    assert np.mean(outcomes) == pytest.approx(2**11, rel=0.02)


def test_bits_are_those_of_the_outcome():
    np.testing.assert_array_equal(sampling.bits(jnp.array([5, 2]), 3), [[1, 0, 1], [0, 1, 0]])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text("IXYZ", min_size=4, max_size=4), min_size=1, max_size=8))
def test_groups_commute_qubit_by_qubit_and_cover(strings):
    words = [PauliWord({i: c for i, c in enumerate(text) if c != "I"}) for text in strings]
    groups = grouping.measurement_groups(words)
    assert {word for group in groups for word in group.words} == {word for word in words if len(word)}
    for group in groups:
        assert all(group.basis[wire] == letter for word in group.words for wire, letter in word.items())


@settings(max_examples=20, deadline=None)
@given(st.text("XYZ", min_size=3, max_size=3), st.integers(0, 100))
def test_a_rotated_measurement_is_one_of_the_word(letters, seed):
    with jax.enable_x64(True):
        state = random_state(seed)
        word = PauliWord(dict(enumerate(letters)))
        amplitudes = sampling.rotated(jnp.asarray(state), word, WIRES)
        parity = np.array([(-1) ** index.bit_count() for index in range(8)])
        ours = np.sum(parity * np.abs(np.asarray(amplitudes)) ** 2)
    matrix = qml.matrix(word.operation(), wire_order=WIRES)
    np.testing.assert_allclose(ours, np.real(state.conj() @ matrix @ state), atol=1e-12)


MEASUREMENTS = [
    qml.expval(qml.Hamiltonian([0.5, -1.0, 0.3, 2.0], [qml.X(0) @ qml.Y(2), qml.Z(0), qml.Y(1), qml.Identity(0)])),
    qml.expval(qml.Z(0) @ qml.Z(2)),
    qml.expval(qml.Projector([1, 0], wires=[2, 0])),
    qml.probs(wires=[2, 1]),
    qml.counts(wires=[1]),
    qml.sample(wires=[0, 1, 2]),
]


def test_estimates_are_near_the_exact_values():
    shots = 60_000
    state = random_state(2)
    estimates = jax.jit(lambda key: sampling.estimates(MEASUREMENTS, jnp.asarray(state), WIRES, key, shots))
    values = estimates(jax.random.key(4))

    @qml.qnode(qml.device("default.qubit", wires=3))
    def exact():
        qml.StatePrep(state, wires=range(3))
        return [qml.apply(measurement) for measurement in MEASUREMENTS[:4]]

    for ours, theirs in zip(values[:4], exact(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=4 * 2 / np.sqrt(shots))
    counts, samples = np.asarray(values[4]), np.asarray(values[5])
    assert counts.sum() == shots
    assert samples.shape == (shots, 3)
    # Counts, samples and probabilities in the computational basis are of the same shots.
    assert counts[1] == samples[:, 1].sum()
    np.testing.assert_allclose(values[3][3], np.mean(samples[:, 1] & samples[:, 2]), atol=1e-6)


def test_settings_counts_what_is_sampled():
    assert grouping.count_settings(MEASUREMENTS) == 2  # X0 Y1 Y2 (two words); Z
    assert grouping.count_settings([qml.expval(qml.X(0)), qml.probs(wires=[0])]) == 2
    assert grouping.count_settings([qml.expval(qml.Z(0)), qml.probs(wires=[0])]) == 1
    assert grouping.count_settings([qml.expval(qml.Identity(0))]) == 0


def test_a_certain_word_has_no_error():
    state = jnp.zeros(8, jnp.complex64).at[5].set(1)
    (value,) = sampling.estimates([qml.expval(qml.Z(0) @ qml.Z(1))], state, WIRES, jax.random.key(0), 7)
    assert value == -1


def test_what_cannot_be_sampled_is_refused():
    state = jnp.asarray(random_state(), jnp.complex64)
    with pytest.raises(Unsupported, match="cannot be estimated from shots"):
        sampling.estimates([qml.expval(qml.Hermitian(np.eye(2), 0))], state, WIRES, jax.random.key(0), 7)
    with pytest.raises(Unsupported, match="cannot be estimated from shots"):
        sampling.estimates([qml.var(qml.Z(0))], state, WIRES, jax.random.key(0), 7)
