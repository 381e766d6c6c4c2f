"""Order of wires on a device that was given none, against ``default.qubit`` without wires."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit


def agree(circuit, wires=None):
    ours = qml.QNode(circuit, ScanQubit(wires=wires), interface="jax")()
    theirs = qml.QNode(circuit, qml.device("default.qubit", wires=wires))()
    for left, right in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)


def test_wires_are_in_the_order_of_their_numbers():
    @qml.qnode(ScanQubit(), interface="jax")
    def circuit(x):
        qml.RX(x, wires=1)
        qml.RY(2 * x, wires=0)
        qml.CNOT(wires=[1, 0])
        return qml.probs()

    np.testing.assert_allclose(circuit(jnp.float32(0.37)), [0.840, 0.004, 0.126, 0.029], atol=6e-4)


LABELS = st.permutations([0, 1, 2, 3]) | st.permutations([0, 1, 3, 7]) | st.permutations(["b", "a", 1, "c"])
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5)
MATRIX = np.array([[0.3, 0.2 - 0.7j], [0.2 + 0.7j, -0.5]])
KINDS = [
    lambda *_: qml.state(),
    lambda *_: qml.probs(),
    lambda a, b, c: qml.probs(wires=[c, a]),
    lambda a, b, c: qml.probs(op=qml.Y(b) @ qml.X(a)),
    lambda a, b, c: qml.expval(qml.Z(c) - 0.3 * qml.X(a) @ qml.Y(b)),
    lambda a, b, c: qml.expval(qml.Projector([1, 0], wires=[c, a])),
    lambda a, b, c: qml.expval(qml.Hermitian(MATRIX, wires=b) @ qml.Hadamard(c)),
    lambda a, b, c: qml.var(qml.Hermitian(np.kron(MATRIX, MATRIX), wires=[b, a])),
    lambda a, b, c: qml.var(qml.Z(c) + 0.3 * qml.X(c)),
    lambda a, b, c: qml.density_matrix(wires=[c, a]),
    lambda a, b, c: qml.purity(wires=[b]),
    lambda a, b, c: qml.vn_entropy(wires=[a, c]),
    lambda a, b, c: qml.mutual_info(wires0=[a], wires1=[c]),
]
CASES = (LABELS, PAIRS, st.booleans(), st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))


def check_any_wires(labels, pairs, given_wires, kinds):
    def circuit():
        for place, (one, other) in enumerate(pairs):
            qml.RY(0.3 + place, wires=labels[one])
            if one != other:
                qml.IsingXY(0.5 - place, wires=[labels[other], labels[one]])
        return qml.state(), *(kind(*labels[1:]) for kind in kinds)

    with jax.enable_x64(True):
        agree(circuit, labels if given_wires else None)


@given(*CASES)
@settings(max_examples=5, deadline=None)
def test_any_wires_in_any_order(labels, pairs, given_wires, kinds):
    check_any_wires(labels, pairs, given_wires, kinds)


@pytest.mark.slow
@given(*CASES)
@settings(max_examples=200, deadline=None)
def test_many_wires_in_any_order(labels, pairs, given_wires, kinds):
    check_any_wires(labels, pairs, given_wires, kinds)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: qml.adjoint(qml.StronglyEntanglingLayers(np.arange(9.0).reshape(1, 3, 3), wires=["x", 5, "y"])),
        lambda: qml.StatePrep(np.sqrt([0.1, 0.2, 0.3, 0.4]), wires=["y", "x"]),
        lambda: RepeatedLayers(np.ones((3, 2)), wires=["x", "y"], layer=_backwards),
    ],
)
def test_templates_and_states(operation):
    def circuit():
        operation()
        return qml.probs(), qml.state()

    agree(circuit)


def _backwards(weights, wires):
    for weight, wire in zip(weights, reversed(wires), strict=True):
        qml.RY(weight, wires=wire)


def test_samples_and_counts():
    @qml.qnode(ScanQubit(seed=0), shots=10, interface="jax")
    def circuit():
        qml.X(1)
        qml.RX(0.0, wires=0)
        return qml.sample(), qml.counts()

    samples, counts = circuit()
    np.testing.assert_array_equal(samples, [[0, 1]] * 10)
    assert counts == {"01": 10}
