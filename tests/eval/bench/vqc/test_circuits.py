"""Every implementation computes the circuit that the table says: against dense float64 matrices in NumPy."""

import importlib

import numpy as np
import pytest

RNG = np.random.default_rng(0)
QUBITS = 3


def gate(matrix, wire):
    """A one-qubit matrix on ``wire``; wire 0 is the most significant bit."""
    left, right = np.eye(2**wire), np.eye(2 ** (QUBITS - wire - 1))
    return np.kron(np.kron(left, matrix), right)


def controlled(matrix, control, target):
    return gate(np.diag([1, 0]), control) + gate(np.diag([0, 1]), control) @ gate(matrix, target)


def ry(angle):
    cosine, sine = np.cos(angle / 2), np.sin(angle / 2)
    return np.array([[cosine, -sine], [sine, cosine]])


def rz(angle):
    return np.diag(np.exp([-0.5j * angle, 0.5j * angle]))


X, Z = np.array([[0, 1], [1, 0]]), np.diag([1, -1])
RING = [(wire, (wire + 1) % QUBITS) for wire in range(QUBITS)]


def expectation(gates):
    """Of Z on wire 0 times Z on wire 1, after ``gates`` on |000⟩."""
    state = np.eye(2**QUBITS)[0]
    for matrix in gates:
        state = matrix @ state
    return np.real(state.conj() @ gate(Z, 0) @ gate(Z, 1) @ state)


def ry_rz_cz(angles):
    gates = []
    for layer in angles:
        gates += [gate(rz(second) @ ry(first), wire) for wire, (first, second) in enumerate(layer)]
        gates += [controlled(Z, *pair) for pair in RING]
    return expectation(gates)


def strongly_entangling(angles):
    gates = []
    for index, layer in enumerate(angles):
        gates += [gate(rz(omega) @ ry(theta) @ rz(phi), wire) for wire, (phi, theta, omega) in enumerate(layer)]
        distance = index % (QUBITS - 1) + 1
        gates += [controlled(X, wire, (wire + distance) % QUBITS) for wire in range(QUBITS)]
    return expectation(gates)


def reuploading(features, input_weights, angles):
    encoded = input_weights * np.resize(features, angles.shape) + angles
    gates = []
    for layer in encoded:
        gates += [gate(ry(third) @ rz(second) @ ry(first), wire) for wire, (first, second, third) in enumerate(layer)]
        gates += [controlled(Z, *pair) for pair in RING]
    return expectation(gates)


def gradient(function, array, step=1e-5):
    """By central differences."""
    result = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        shift = np.zeros_like(array)
        shift[index] = step
        result[index] = (function(array + shift) - function(array - shift)) / (2 * step)
    return result


@pytest.mark.parametrize(
    "implementation",
    [
        "eval.bench.vqc.ours.ry_rz_cz",
        "eval.peers.vqc.default_qubit_circuit",
        "eval.peers.vqc.lightning_circuit",
        "eval.peers.vqc.catalyst_circuit",
        "eval.peers.vqc.tensorcircuit_circuit",
        "eval.peers.vqc.tensorcircuit_scanned_circuit",
    ],
)
def test_ry_rz_cz(implementation):
    for library, name in (
        ("catalyst", "catalyst"),
        ("tensorcircuit", "tensorcircuit"),
        ("pennylane_lightning", "lightning"),
    ):
        if name in implementation:
            pytest.importorskip(library, reason="it is installed in an environment of its own")
    angles = RNG.uniform(0, 2 * np.pi, (2, QUBITS, 2))
    step, _ = importlib.import_module(implementation).compile(angles.tolist())
    value, slope = step()
    np.testing.assert_allclose(value, ry_rz_cz(angles), atol=2e-6)
    np.testing.assert_allclose(slope, gradient(ry_rz_cz, angles), atol=2e-6)


def test_strongly_entangling():
    angles = RNG.uniform(0, 2 * np.pi, (3, QUBITS, 3))
    step, memory = importlib.import_module("eval.bench.vqc.ours.strongly_entangling").compile(angles.tolist())
    value, slope = step()
    np.testing.assert_allclose(value, strongly_entangling(angles), atol=2e-6)
    np.testing.assert_allclose(slope, gradient(strongly_entangling, angles), atol=2e-6)
    assert memory.temp_size_in_bytes > 0


def test_reuploading_is_differentiated_with_respect_to_features_too():
    angles = RNG.uniform(0, 2 * np.pi, (3, QUBITS, 3))
    step, _ = importlib.import_module("eval.bench.vqc.ours.reuploading").compile(angles.tolist())
    value, *slopes = step()
    features, weights = np.linspace(0, 1, QUBITS), np.ones_like(angles)
    np.testing.assert_allclose(value, reuploading(features, weights, angles), atol=2e-6)
    expected = (
        gradient(lambda array: reuploading(array, weights, angles), features),
        gradient(lambda array: reuploading(features, array, angles), weights),
        gradient(lambda array: reuploading(features, weights, array), angles),
    )
    for slope, finite_difference in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope, finite_difference, atol=5e-6)
