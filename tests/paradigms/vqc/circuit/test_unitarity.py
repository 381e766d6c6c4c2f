"""Which operators are unitary, and circuits with operators that are not, against NumPy and ``default.qubit``."""

from __future__ import annotations

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from pennylane.operation import Operation, Operator

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.circuit.unitarity import is_unitary
from paradigms.vqc.device import ScanQubit

X = 0.37


class Turned(Operation):
    """A gate of the user's own, exp(iφX), that states its generator."""

    num_params, num_wires, ndim_params = 1, 1, (0,)

    @staticmethod
    def compute_matrix(angle):
        return jnp.cos(angle) * jnp.eye(2) + 1j * jnp.sin(angle) * jnp.array([[0, 1], [1, 0]])

    def generator(self):
        return 1.0 * qml.X(self.wires)


class Scaled(Operation):
    """One that says nothing and is not unitary."""

    num_params, num_wires, ndim_params = 1, 1, (0,)

    @staticmethod
    def compute_matrix(factor):
        return factor * jnp.array([[1.0, 0.2], [0.0, 0.5]])


TURN = np.array([[0.6, 0.8], [-0.8, 0.6]])
SKEW = np.array([[1.0, 0.4], [0.0, 0.5]])
OTHERS = {
    "real exponent of a sum": lambda x: qml.exp(qml.Z(0) + 0.3 * qml.X(1), -x),
    "sum": lambda x: qml.sum(qml.X(0), qml.Z(1)),
    "traced Hamiltonian": lambda x: qml.Hamiltonian([x, 0.4], [qml.X(0), qml.Z(1)]),
    "scaled gate": lambda x: qml.s_prod(x, qml.X(0)),
    "matrix of numbers": lambda x: qml.QubitUnitary(np.diag([1, 0.5]), 0, unitary_check=False),
    "traced matrix": lambda x: qml.QubitUnitary(jnp.array([[1.0, x], [0.0, 0.5]]), 0),
    "controlled matrix": lambda x: qml.ControlledQubitUnitary(x * SKEW, wires=[1, 0]),
    "observable": lambda x: qml.Hermitian(SKEW + SKEW.T, 0),
    "projector": lambda x: qml.Projector([0], 0),
    "projector on a state": lambda x: qml.Projector(np.array([0.6, 0.8]), 0),
    "adjoint": lambda x: qml.adjoint(qml.s_prod(x, qml.X(0))),
    "controlled": lambda x: qml.ctrl(qml.s_prod(x, qml.X(1)), 0),
    "power": lambda x: qml.pow(qml.s_prod(x, qml.X(0)), 2),
    "product": lambda x: qml.prod(qml.s_prod(x, qml.Z(0)), qml.X(1)),
    "complex angle": lambda x: qml.RX(x + 0.5j * x, 0),
    "complex angle of two wires": lambda x: qml.IsingXY(1j * x, [0, 1]),
    "class of the user's own": lambda x: Scaled(x, wires=0),
}
UNITARY = {
    "gate": lambda x: qml.RX(x, 0),
    "evolution": lambda x: qml.evolve(qml.X(0) + 0.3 * qml.Z(0) @ qml.Y(1), x),
    "exponent of numbers": lambda x: qml.exp(qml.X(0) @ qml.X(1), -0.4j),
    "matrix of numbers": lambda x: qml.QubitUnitary(TURN, 0),
    "unitary sum of numbers": lambda x: qml.sum(qml.s_prod(0.6, qml.X(0)), qml.s_prod(0.8, qml.Z(0))),
    "adjoint": lambda x: qml.adjoint(qml.U3(x, x, x, 0)),
    "controlled": lambda x: qml.ctrl(qml.Rot(x, x, x, 1), 0),
    "power": lambda x: qml.pow(qml.SingleExcitation(x, [0, 1]), 2),
    "product": lambda x: qml.prod(qml.RX(x, 0), qml.RY(x, 0), qml.CNOT([0, 1])),
    "special": lambda x: qml.SpecialUnitary(jnp.stack([x, 2 * x, 3 * x]), 0),
    "class of the user's own": lambda x: Turned(x, wires=0),
}


def gates(make, x):
    return [qml.RY(x, 0), qml.RX(0.3, 1), make(x), qml.RX(2 * x, 0), qml.CRY(x, [0, 1])]


def circuit_with(make, method):
    @qml.qnode(ScanQubit(wires=2), interface="jax", diff_method=method)
    def circuit(x):
        gates(make, x)
        return qml.expval(qml.Z(0) + 0.3 * qml.X(1))

    return circuit


def by_hand(make, x: float) -> float:
    """The same by products of matrices in NumPy; a projector scales to unit norm."""
    state = np.array([1, 0, 0, 0], complex)
    for gate in gates(make, x):
        state = np.asarray(qml.matrix(gate, wire_order=[0, 1])) @ state
        if isinstance(gate, qml.Projector):
            state /= np.linalg.norm(state)
    observable = np.kron(np.diag([1, -1]), np.eye(2)) + 0.3 * np.kron(np.eye(2), [[0, 1], [1, 0]])
    return (state.conj() @ observable @ state).real


def agree(makes, method) -> None:
    """Values and gradients of all circuits, in one program, against matrices and central differences."""
    program = jax.jit(lambda x: [jax.value_and_grad(circuit_with(make, method))(x) for make in makes.values()])
    for name, (value, slope) in zip(makes, program(jnp.asarray(X)), strict=True):
        below, at, above = (by_hand(makes[name], x) for x in (X - 1e-5, X, X + 1e-5))
        np.testing.assert_allclose(value, at, atol=1e-10, err_msg=name)
        np.testing.assert_allclose(slope, (above - below) / 2e-5, atol=1e-7, err_msg=name)


def test_the_gradient_through_a_real_exponent_is_right(x64):
    @qml.qnode(ScanQubit(wires=1), interface="jax")
    def circuit(x):
        qml.Hadamard(0)
        qml.exp(qml.Z(0), -x)
        qml.RY(x, 0)
        return qml.expval(qml.Z(0))

    # |ψ⟩ = (e^(-x), e^x)/√2 before the turn: ⟨Z⟩ = -sinh(2x) cos x - sin x.
    expected = -2 * np.cosh(2 * X) * np.cos(X) + np.sinh(2 * X) * np.sin(X) - np.cos(X)
    np.testing.assert_allclose(jax.jit(jax.grad(circuit))(jnp.asarray(X)), expected, atol=1e-10)


def test_operators_that_are_not_unitary_act_as_their_matrices_and_are_differentiated_so(x64):
    agree(OTHERS, "best")


WIDE = 5
DIAGONAL = np.diag(np.linspace(1, 0.5, 2**WIDE))
ON_MANY_WIRES = {
    "matrix of numbers": lambda x: qml.QubitUnitary(DIAGONAL, range(WIDE), unitary_check=False),
    "traced matrix": lambda x: qml.QubitUnitary((1 + x) * jnp.asarray(DIAGONAL), range(WIDE)),
    "controlled matrix": lambda x: qml.ctrl(qml.QubitUnitary(np.diag([1, 0.5]), 4, unitary_check=False), range(4)),
    "its class": lambda x: qml.ControlledQubitUnitary(np.diag([1, 0.5]), wires=range(WIDE), unitary_check=False),
    "adjoint": lambda x: qml.adjoint(qml.QubitUnitary(1j * DIAGONAL, range(WIDE), unitary_check=False)),
    "traced real exponent": lambda x: qml.exp(qml.prod(*map(qml.Z, range(WIDE))), -x),
    "its adjoint": lambda x: qml.adjoint(qml.exp(qml.prod(*map(qml.Z, range(WIDE))), -x)),
    "traced diagonal": lambda x: qml.DiagonalQubitUnitary(
        jnp.asarray(np.diag(DIAGONAL)) * jnp.exp(1j * x), range(WIDE)
    ),
}


def test_operators_on_many_wires_that_are_not_unitary_are_not_decomposed_as_if_they_were(x64):
    def state(x, make, device, jit):
        @qml.qnode(device, interface="jax")
        def circuit(x):
            for wire in range(WIDE):
                qml.RY(0.4 + 0.3 * wire, wire)
            make(x)
            return qml.state()

        return jax.jit(circuit)(x) if jit else circuit(x)

    for name, make in ON_MANY_WIRES.items():
        ours = state(jnp.asarray(X), make, ScanQubit(wires=WIDE), True)
        prepared = state(X, lambda x: qml.Identity(0), qml.device("default.qubit", wires=WIDE), False)
        matrix = np.exp(1j * X) * DIAGONAL if name == "traced diagonal" else None
        if matrix is None:
            matrix = np.asarray(qml.matrix(make(X), wire_order=range(WIDE)))
        np.testing.assert_allclose(ours, matrix @ np.asarray(prepared), atol=1e-10, err_msg=name)


def test_unitary_operators_are_undone(x64):
    agree(UNITARY, "adjoint")


@pytest.mark.parametrize("name", OTHERS)
def test_adjoint_refuses_the_others_by_name(x64, name):
    # In 64 bits: JAX would keep PennyLane's constant matrices of 32 bits, and give them to later tests in 64.
    with pytest.raises(Unsupported, match=r"undoes gates, and .* on wires .* is not known to be unitary; use .*best"):
        jax.eval_shape(circuit_with(OTHERS[name], "adjoint"), X)


def known(make, *values) -> bool:
    found = []
    jax.eval_shape(lambda *traced: found.append(is_unitary(make(*traced))), *values)
    return found[0]


def subclasses(of):
    for one in of.__subclasses__():
        yield one
        yield from subclasses(one)


GATES = sorted(
    {
        gate
        for gate in subclasses(Operation)
        if gate.__module__.startswith("pennylane.ops.")
        and ".qutrit." not in gate.__module__
        and gate.compute_matrix is not Operator.compute_matrix
        and isinstance(gate.ndim_params, tuple)
        and isinstance(gate.num_wires, int | None)
        and set(gate.ndim_params) == {0}
        and len(inspect.signature(gate).parameters) <= len(gate.ndim_params) + 2
    },
    key=lambda gate: gate.__name__,
)


@pytest.mark.parametrize("gate", GATES)
def test_pennylanes_gates_are_unitary_for_every_real_angle_and_known_to_be_so(gate):
    wires = range(gate.num_wires or 2)
    angles = np.random.default_rng(0).uniform(-4, 4, len(gate.ndim_params))
    matrix = gate(*angles, wires=wires).matrix()
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), atol=1e-10)
    assert known(lambda *angles: gate(*angles, wires=wires), *angles)
    assert not known(lambda *angles: gate(*angles, wires=wires), *(angles + 0j))
    # So is one of the user's own that decomposes otherwise, say, and has the matrix of this one.
    assert known(lambda *angles: type("Own", (gate,), {})(*angles, wires=wires), *angles)


def test_a_subclass_with_another_matrix_is_not_known_to_be_unitary():
    own = type("Own", (qml.U3,), {"compute_matrix": staticmethod(lambda a, b, c: a * qml.U3.compute_matrix(a, b, c))})
    assert not known(lambda a, b, c: own(a, b, c, wires=0), 0.1, 0.2, 0.3)


@pytest.mark.parametrize("error", [0.0, 1e-3])
def test_a_matrix_of_numbers_is_looked_at(error):
    unitary, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4, 2)) @ [1, 1j])
    gate = qml.QubitUnitary(unitary + error, wires=[0, 1])
    assert is_unitary(gate) == is_unitary(qml.adjoint(gate)) == is_unitary(qml.ctrl(gate, 2)) == (error == 0)
    assert is_unitary(qml.prod(gate, qml.X(2))) == (error == 0)
    # GateParameters of JAX stay numbers in a function that is compiled.
    numbers = jnp.asarray(unitary + error)
    assert known(lambda _: qml.adjoint(qml.QubitUnitary(numbers, wires=[0, 1])), 0.0) == (error == 0)


@pytest.mark.parametrize("method", ["best", "backprop"])
def test_the_gradient_of_a_traced_matrix_is_that_of_its_entries(x64, method):
    start = jnp.asarray(TURN)

    def circuit(matrix):
        qml.RY(X, 0)
        qml.QubitUnitary(matrix, 0)
        qml.RX(X, 0)
        return qml.expval(qml.Z(0))

    ours = jax.jit(jax.grad(qml.QNode(circuit, ScanQubit(wires=1), interface="jax", diff_method=method)))
    theirs = jax.jit(jax.grad(qml.QNode(circuit, qml.device("default.qubit", wires=1), interface="jax")))
    for matrix in (start, start - 0.1 * theirs(start)):  # a step leaves the unitary matrices
        np.testing.assert_allclose(ours(matrix), theirs(matrix), atol=1e-10)


@pytest.mark.parametrize(
    "layer",
    [
        lambda w, wires: [qml.RY(w[0], wires[0]), qml.s_prod(w[1], qml.Z(wires[0]))],
        lambda w, wires: [qml.RY(w[0], wires[0]), qml.QubitUnitary(SKEW, wires[0]), qml.CRX(w[1], wires)],
    ],
)
def test_layers_with_such_operators_are_differentiated_through_every_operation(x64, layer):
    weights = jnp.asarray(np.random.default_rng(1).normal(size=(3, 2)))

    def circuit(weights):
        qml.Hadamard(0)
        RepeatedLayers(weights, [0, 1], layer)
        return qml.expval(qml.Z(0))

    ours = jax.jit(jax.grad(qml.QNode(circuit, ScanQubit(wires=2), interface="jax")))(weights)
    theirs = jax.jit(jax.grad(qml.QNode(circuit, qml.device("default.qubit", wires=2), interface="jax")))(weights)
    np.testing.assert_allclose(ours, theirs, atol=1e-10)
    adjoint = qml.QNode(circuit, ScanQubit(wires=2), interface="jax", diff_method="adjoint")
    with pytest.raises(Unsupported, match="not known to be unitary"):
        jax.eval_shape(adjoint, weights)


def test_complex_weights_of_layers_keep_their_imaginary_parts(x64):
    weights = jnp.asarray(np.random.default_rng(1).normal(size=(3, 2)) + 0.3j)

    def circuit(weights):
        qml.Hadamard(0)
        RepeatedLayers(weights, [0], lambda w, wires: [qml.RX(w[0], wires), qml.RY(w[1], wires)])
        return qml.expval(qml.Z(0))

    ours = jax.jit(qml.QNode(circuit, ScanQubit(wires=1), interface="jax"))(weights)
    theirs = qml.QNode(circuit, qml.device("default.qubit", wires=1))(np.asarray(weights))
    np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_a_projector_within_layers_is_refused(x64):
    def circuit(weights):
        RepeatedLayers(weights, [0], lambda w, wires: [qml.RX(w, wires), qml.Projector([0], wires)])
        return qml.expval(qml.Z(0))

    with pytest.raises(Unsupported, match=r"Projector on wires \[0\] scales the state to unit norm"):
        qml.QNode(circuit, ScanQubit(wires=1), interface="jax")(jnp.ones(3))
