"""Measurements of one circuit that can be made together are of the same shots."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.exceptions import DeviceError

from paradigms.vqc.device import ScanQubit

SHOTS = 200


def bell(measurements, shots=SHOTS, key=0):
    @qml.qnode(ScanQubit(seed=key), shots=shots, interface="jax")
    def circuit():
        qml.Hadamard("a")
        qml.CNOT(wires=["a", "b"])
        return measurements()

    return circuit


DIAGONAL = np.diag([1.0, 3.0])


@pytest.mark.parametrize(
    "measurements",
    [
        lambda: (qml.sample(wires="a"), qml.sample(wires="b")),
        lambda: (qml.sample(wires="b"), qml.sample(qml.Z("a"))),
        lambda: (qml.sample(qml.Z("a")), qml.sample(qml.Z("b"))),
        lambda: (qml.sample(qml.X("b")), qml.sample(2 * qml.X("a"))),
        lambda: (qml.sample(qml.Hermitian(DIAGONAL, "a")), qml.sample(qml.Hermitian(DIAGONAL, "b"))),
    ],
)
def test_a_bell_pair_agrees_in_every_shot(measurements):
    one, other = (np.asarray(values).reshape(SHOTS) for values in bell(measurements)())
    outcomes = [values > (values.min() + values.max()) / 2 for values in (one, other)]
    assert 0 < outcomes[0].sum() < SHOTS
    agree = outcomes[0] == outcomes[1]
    assert agree.all() or not agree.any()


def test_all_kinds_of_one_basis_and_several_numbers_of_shots():
    def measurements():
        word = qml.Z("a") @ qml.I("b")
        shared = [qml.sample(wires=["b"]), qml.counts(wires=["a", "b"]), qml.probs(wires="a"), qml.sample(word)]
        shared += [qml.counts(qml.Z("b")), qml.var(2 * qml.Z("a")), qml.probs(op=word), qml.expval(qml.Z("b"))]
        return [*shared, qml.expval(qml.Projector([1], "b")), qml.expval(qml.X("a") - qml.X("b"))]

    for shots, values in zip((50, 80), bell(measurements, (50, 80))(), strict=True):
        samples, counts, probs, signs, signed, variance, of_word, mean, projected, _ = values
        ones = int(samples.sum())
        assert counts == {"00": shots - ones, "11": ones}
        assert signed == {1.0: shots - ones, -1.0: ones}
        share = ones / shots
        np.testing.assert_array_equal(signs, 1 - 2 * samples[:, 0])
        np.testing.assert_allclose(probs, [1 - share, share], atol=1e-6)
        np.testing.assert_allclose(variance, 4 * (1 - (1 - 2 * share) ** 2), atol=1e-5)
        np.testing.assert_allclose(of_word, [1 - share, 0, 0, share], atol=1e-6)
        np.testing.assert_allclose(mean, 1 - 2 * share, atol=1e-6)
        np.testing.assert_allclose(projected, share, atol=1e-6)


@settings(max_examples=6, deadline=None)
@given(st.permutations([qml.X("a"), qml.X("b"), qml.Z("a"), qml.Z("b")]), st.integers(0, 5))
def test_words_in_one_basis_agree_whatever_is_measured_beside_them(words, seed):
    beside = qml.Y("a") @ qml.Y("b") + qml.X("a")
    _, *samples = bell(lambda: [qml.expval(beside), *map(qml.sample, words)], key=seed)()
    of_word = dict(zip(words, samples, strict=True))
    np.testing.assert_array_equal(of_word[qml.Z("a")], of_word[qml.Z("b")])
    np.testing.assert_array_equal(of_word[qml.X("a")], of_word[qml.X("b")])


def test_a_compiled_function_shares_shots_too():
    @jax.jit
    @jax.vmap
    def pair(angle, key):
        @qml.qnode(ScanQubit(seed=key), shots=SHOTS, interface="jax")
        def circuit():
            qml.RY(angle, 0)
            qml.CNOT([0, 1])
            return qml.sample(wires=0), qml.sample(qml.Z(1)), qml.expval(qml.Z(1))

        return circuit()

    samples, signs, means = pair(jnp.array([1.0, 1.0]), jax.random.split(jax.random.key(0), 2))
    np.testing.assert_array_equal(1 - 2 * samples[..., 0], signs)
    np.testing.assert_allclose(signs.mean(axis=1), means, atol=1e-6)
    assert not np.array_equal(samples[0], samples[1])


def test_broadcast_circuits_share_shots_each():
    @qml.qnode(ScanQubit(seed=0), shots=SHOTS, interface="jax")
    def circuit(angles):
        qml.RY(angles, 0)
        qml.CNOT([0, 1])
        return qml.sample(wires=0), qml.sample(wires=1)

    one, other = circuit(jnp.array([1.0, 1.5]))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one[0], one[1])


@pytest.mark.parametrize("all_outcomes", [False, True])
def test_counts_under_jit_are_refused(all_outcomes):
    def counted(key):
        return bell(lambda: qml.counts(wires="a", all_outcomes=all_outcomes), key=key)()

    told = rf"all_outcomes={all_outcomes}\) looks at the outcomes, whose values jax.jit .* do not know: take qml.sample"
    with pytest.raises(DeviceError, match=told):
        jax.jit(counted)(jax.random.key(0))
