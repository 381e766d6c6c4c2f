"""Observables whose entries are differentiated, and those that are none, against closed forms and PennyLane."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from pennylane.exceptions import DeviceError

from paradigms.vqc.device import ScanQubit

MATRIX = np.array([[0.2, 0.3], [0.3, -0.5]])
VECTOR = np.array([0.6, 0.8])


def prepared(measurement):
    def circuit(*arguments):
        qml.RY(0.3, wires=0)
        qml.RX(0.5, wires=1)
        qml.CNOT(wires=[0, 1])
        return measurement(*arguments)

    return circuit


def ours(measurement, **options):
    return qml.QNode(prepared(measurement), ScanQubit(**options), interface="jax")


def test_the_gradient_with_respect_to_a_matrix_is_the_density_matrix(x64):
    @qml.qnode(ScanQubit(), interface="jax")
    def circuit(matrix):
        qml.RY(0.3, wires=0)
        return qml.expval(qml.Hermitian(matrix, wires=0))

    matrix = jnp.diag(jnp.array([1.0, 2.0]))
    expected = [[np.cos(0.15) ** 2, np.sin(0.3) / 2], [np.sin(0.3) / 2, np.sin(0.15) ** 2]]
    np.testing.assert_allclose(jax.grad(circuit)(matrix), expected, atol=1e-12)
    batch = jnp.stack([matrix, 3 * matrix])
    np.testing.assert_allclose(jax.jit(jax.vmap(circuit))(batch), np.outer([1, 3], [1 + np.sin(0.15) ** 2])[:, 0])


@pytest.mark.parametrize(
    ("measurement", "arguments"),
    [
        (lambda a: qml.var(qml.Hermitian(a, 0)), (MATRIX,)),
        (lambda a, c: qml.expval(c * qml.prod(qml.Hermitian(a, 0), qml.X(1))), (MATRIX, 0.7)),
        (lambda a, c: qml.expval(qml.Hamiltonian([c, 2.0], [qml.Hermitian(a, 1), qml.Y(0)])), (MATRIX, 0.7)),
        (lambda c: qml.expval(qml.Hamiltonian(c, [qml.Z(1), qml.Y(1) @ qml.X(0)])), (np.array([0.2, 0.3]),)),
        (lambda c: qml.var(qml.sum(c * qml.Z(1), qml.X(1))), (0.4,)),
        (lambda c: qml.expval(qml.sum(c * qml.Hadamard(0), qml.prod(c * qml.Y(1), qml.X(0)))), (0.7,)),
        (lambda v: qml.expval(qml.Projector(v / jnp.linalg.norm(v), wires=1)), (VECTOR * 2,)),
        (lambda: (qml.var(qml.Projector([1], 0)), qml.expval(qml.Projector([0, 1], [1, 0]))), ()),
    ],
)
def test_values_and_gradients_agree(x64, measurement, arguments):
    arguments = tuple(map(jnp.asarray, arguments))
    circuit, theirs = jax.jit(ours(measurement)), qml.QNode(prepared(measurement), qml.device("default.qubit"))
    np.testing.assert_allclose(circuit(*arguments), theirs(*arguments), atol=1e-12)
    if not arguments:
        return
    # default.qubit's own gradient is zero for some of these, and NaN for others.
    step = 1e-5
    directions = [np.cos(value + 1) * step for value in arguments]
    after, before = (theirs(*(v + s * d for v, d in zip(arguments, directions, strict=True))) for s in (1, -1))
    gradients = jax.grad(circuit, tuple(range(len(arguments))))(*arguments)
    change = sum(np.sum(gradient * direction) for gradient, direction in zip(gradients, directions, strict=True))
    np.testing.assert_allclose(change / step, (after - before) / (2 * step), atol=1e-8)


@pytest.mark.parametrize(
    "observable",
    [
        lambda: qml.prod(qml.X(0), qml.Y(0)),
        lambda: 1j * qml.X(0),
        lambda: qml.S(0),
        lambda: qml.Hermitian(np.array([[0.0, 1.0], [0.0, 0.0]]), 0),
        lambda: qml.Hamiltonian([1.0, 1j], [qml.X(0), qml.Hermitian(np.eye(2), 0)]),
        lambda: qml.prod(qml.Hadamard(0), qml.X(0)),
    ],
)
@pytest.mark.parametrize(("kind", "shots"), [(qml.expval, None), (qml.var, None), (qml.expval, 10)])
def test_what_is_not_hermitian_is_refused(observable, kind, shots):
    circuit = qml.set_shots(ours(lambda: kind(observable()), seed=0), shots=shots)
    with pytest.raises(DeviceError, match="is not Hermitian"):
        circuit()


def test_what_may_be_complex_when_it_runs_is_refused():
    with pytest.raises(DeviceError, match="give real coefficients"):
        jax.jit(ours(lambda c: qml.expval(c * qml.X(0))))(jnp.complex64(0.3))


@pytest.mark.parametrize(
    ("observable", "value"),
    [
        (lambda: qml.sum(qml.S(0), qml.adjoint(qml.S(0))), 2 * np.cos(0.15) ** 2),
        (lambda: qml.prod(qml.X(0), 1j * qml.Y(0)), -np.cos(0.3)),
    ],
)
def test_sums_and_products_are_judged_as_a_whole(observable, value):
    np.testing.assert_allclose(ours(lambda: qml.expval(observable()))(), value, atol=1e-6)


def test_an_eigenbasis_of_traced_entries_is_refused():
    with pytest.raises(DeviceError, match="needs the eigenvectors of Hermitian, whose entries are traced"):
        jax.jit(ours(lambda a: qml.probs(op=qml.Hermitian(a, 0))))(MATRIX)
