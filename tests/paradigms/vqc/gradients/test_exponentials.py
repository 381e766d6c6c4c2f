"""Exponentials, powers and what else PennyLane makes of gates, by shift rules against the stock device's backprop."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.exponentials import exponential
from paradigms.vqc.gradients.parameter_shift import differentiable

DEVICE = qml.device("default.qubit", wires=3)
SUM = qml.Z(0) + 0.5 * qml.X(0)
WIDE = qml.Z(0) @ qml.X(1) + 0.5 * qml.X(0) + 0.3 * qml.Y(1)
HERMITIAN = np.array([[1.0, 0.3j], [-0.3j, 2.0]])
GATES = {
    "exp of a word": lambda x: qml.exp(qml.X(0), 1j * x),
    "exp of a sum": lambda x: qml.exp(SUM, -0.5j * x),
    "exp of a traced word": lambda x: qml.exp(x * qml.Y(1), 0.7j),
    "exp of a matrix": lambda x: qml.exp(qml.Hermitian(HERMITIAN, 0), 1j * x),
    "exp that grows": lambda x: qml.exp(qml.Z(0), (0.1 + 1j) * x),
    "exp that only grows": lambda x: qml.exp(qml.X(1), 0.3 * x),
    "evolve": lambda x: qml.evolve(SUM, x),
    "evolve two wires": lambda x: qml.evolve(WIDE, 2 * x),
    "adjoint exp": lambda x: qml.adjoint(qml.exp(SUM, 1j * x)),
    "adjoint evolve": lambda x: qml.adjoint(qml.evolve(WIDE, x)),
    "controlled exp": lambda x: qml.ctrl(qml.exp(qml.X(0), 1j * x), 1),
    "controlled evolve": lambda x: qml.ctrl(qml.evolve(SUM, x), (1, 2), control_values=(0, 1)),
    "power of a rotation": lambda x: qml.pow(qml.RX(x, 0), 2.5),
    "power of a controlled rotation": lambda x: qml.pow(qml.CRX(x, (0, 1)), 1.5),
    "power of three angles": lambda x: qml.pow(qml.Rot(x, 0.3, x, 0), 2),
    "adjoint power": lambda x: qml.adjoint(qml.pow(qml.RX(x, 0), 2)),
    "product": lambda x: qml.prod(qml.RX(x, 0), qml.RY(2 * x, 1)),
    "controlled product": lambda x: qml.ctrl(qml.prod(qml.RX(x, 0), qml.RY(2 * x, 0)), 1),
    "Trotter": lambda x: qml.TrotterProduct(WIDE, x, n=2, order=2),
    "approximate evolution": lambda x: qml.ApproxTimeEvolution(WIDE, x, 2),
    "template": lambda x: qml.StronglyEntanglingLayers(x * jnp.arange(12.0).reshape(2, 2, 3), range(2)),
    "controlled phase of all": lambda x: qml.ctrl(qml.GlobalPhase(x), 1),
    "matrix": lambda x: qml.QubitUnitary(qml.RX.compute_matrix(x), 0),
    "controlled Rot": lambda x: qml.ctrl(qml.Rot(x, 0.2, x, 0), 1),
    "orbitals": lambda x: qml.FermionicSWAP(x, (0, 1)),
}


def holds(circuit, params):
    """Value and gradient, by shift rules and by the stock device's backprop."""

    def scalar(function):
        """Of all that is measured, with different weights."""

        def loss(params):
            values = jnp.concatenate([jnp.ravel(value) for value in jax.tree.leaves(function(params))])
            return jnp.sum(values * jnp.arange(1.0, values.size + 1))

        return jax.value_and_grad(loss)

    stock = scalar(qml.QNode(circuit, DEVICE, interface="jax", diff_method="backprop"))
    ours = scalar(differentiable(qml.QNode(circuit, DEVICE), chunk=64))
    with jax.enable_x64(True):
        params = jnp.asarray(params, jnp.float64)
        found, expected = jax.jit(ours)(params), jax.jit(stock)(params)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-8), found, expected)


def random_circuit(data):
    chosen = data.draw(
        st.lists(
            st.tuples(st.sampled_from(sorted(GATES)), st.integers(0, 1), st.floats(-2, 2), st.permutations(range(3))),
            min_size=1,
            max_size=4,
        )
    )

    def circuit(params):
        for wire in range(3):
            qml.RY(0.4 + wire, wire)
        for name, owner, factor, order in chosen:
            wires = dict(zip(range(3), order, strict=True))
            # Shared and scaled angles, on permuted wires.
            with qml.QueuingManager.stop_recording():
                gate = qml.map_wires(GATES[name](factor * params[owner] + 0.1), wires)
            qml.apply(gate)
        return qml.expval(qml.Z(0) @ qml.Y(2) + 0.3 * qml.X(1)), qml.probs(wires=[1])

    return circuit


COMMON = ("exp that grows", "evolve", "adjoint evolve")


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in COMMON else pytest.mark.slow) for n in GATES])
def test_every_gate(name):
    def circuit(params):
        qml.Hadamard(1)
        qml.RY(0.4, 0)
        GATES[name](params[0])
        qml.RY(params[0] + 0.2, 0)
        qml.CNOT((0, 1))
        return qml.expval(qml.Z(0)), qml.expval(qml.X(0) @ qml.Y(1)), qml.probs(wires=[1])

    holds(circuit, [0.73])


@settings(max_examples=1, deadline=None)
@given(st.data())
def test_random_circuits(data):
    holds(random_circuit(data), [0.3, -1.1])


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_many_random_circuits(data):
    holds(random_circuit(data), [0.3, -1.1])


def test_an_imaginary_coefficient_is_an_angle(x64):
    """The imaginary part was dropped: (1, 0)."""

    def circuit(x):
        qml.exp(qml.X(0), 1j * x)
        return qml.expval(qml.Z(0))

    value, slope = jax.value_and_grad(differentiable(qml.QNode(circuit, DEVICE)))(0.37)
    assert (value, slope) == pytest.approx((np.cos(0.74), -2 * np.sin(0.74)), abs=1e-12)


@pytest.mark.parametrize("method", ["adjoint", "backprop"])
def test_a_power_of_a_rotation_on_the_device(x64, method):
    def circuit(x):
        qml.RY(0.3, 0)
        qml.pow(qml.RX(x, 0), 2.5)
        return qml.expval(qml.Z(0))

    traced = qml.QNode(circuit, qml.device("scan.qubit", wires=1), diff_method=method)
    expected = np.cos(0.3) * np.cos(2.5 * 0.7), -2.5 * np.cos(0.3) * np.sin(2.5 * 0.7)
    assert jax.value_and_grad(traced)(0.7) == pytest.approx(expected, abs=1e-12)


TURN = {
    # Gates that PennyLane makes of others, and the same in rotations alone.
    "product": (
        lambda x: qml.prod(qml.pow(qml.RX(x, 0), 2.5), qml.RY(x, 1)),
        lambda x: (qml.RY(x, 1), qml.RX(2.5 * x, 0)),
    ),
    "adjoint product": (
        lambda x: qml.adjoint(qml.prod(qml.pow(qml.RX(x, 0), 0.5), qml.RY(x, 0))),
        lambda x: (qml.RX(-0.5 * x, 0), qml.RY(-x, 0)),
    ),
    "power of evolve": (lambda x: qml.pow(qml.evolve(qml.X(0), x), 2), lambda x: qml.RX(4 * x, 0)),
    "traced exponent": (lambda x: qml.pow(qml.RX(0.3, 0), x), lambda x: qml.RX(0.3 * x, 0)),
    "singular values": (
        lambda x: qml.QSVT(qml.RX(x, 0), [qml.PCPhase(0.2, 1, 0), qml.PCPhase(x, 1, 0)]),
        lambda x: (qml.PCPhase(0.2, 1, 0), qml.RX(x, 0), qml.PCPhase(x, 1, 0)),
    ),
    "layers": (
        lambda x: RepeatedLayers(jnp.stack([x, 2 * x]), (0, 1), lambda w, wires: qml.pow(qml.RX(w, wires[0]), 1.5)),
        lambda x: qml.RX(4.5 * x, 0),
    ),
    "evolving layers": (
        lambda x: RepeatedLayers(jnp.stack([x, 2 * x]), (0, 1), lambda w, wires: qml.evolve(SUM, w)),
        lambda x: qml.evolve(SUM, 3 * x),
    ),
    "adjoint of layers": (
        lambda x: qml.adjoint(RepeatedLayers(x * jnp.ones(2), (0, 1), lambda w, wires: (qml.RX(w, 0), qml.RY(w, 1)))),
        lambda x: (qml.RX(-2 * x, 0), qml.RY(-2 * x, 1)),
    ),
    "adjoint of a template": (
        lambda x: qml.adjoint(qml.BasicEntanglerLayers)(x * jnp.ones((1, 2)), range(2)),
        lambda x: (qml.CNOT((0, 1)), qml.RX(-x, 0), qml.RX(-x, 1)),
    ),
    "layers in layers in layers": (
        lambda x: RepeatedLayers(
            x * jnp.ones(2),
            (0, 1),
            lambda w, on: RepeatedLayers(jnp.stack([w, w]), on, lambda u, wires: qml.IsingXX(jnp.sin(u), wires)),
        ),
        lambda x: qml.IsingXX(4 * jnp.sin(x), (0, 1)),
    ),
}


@pytest.mark.parametrize("name", TURN)
def test_what_is_made_of_rotations_is_differentiated_like_them(x64, name):
    def circuit_of(gate):
        def circuit(x):
            qml.Hadamard(1)
            qml.RY(0.4, 0)
            gate(x)
            qml.RY(0.3, 1)
            return qml.expval(qml.Z(0) @ qml.X(1) + 0.3 * qml.Y(0) + 0.4 * qml.Z(1))

        return circuit

    made, written_out = map(circuit_of, TURN[name])
    stock = qml.QNode(written_out, qml.device("default.qubit", wires=2), interface="jax")
    ours = qml.QNode(made, qml.device("scan.qubit", wires=2), interface="jax")
    found = jax.jit(lambda x: [jax.value_and_grad(one)(x) for one in (stock, ours, differentiable(ours))])(0.7)
    np.testing.assert_allclose(found[1:], [found[0]] * 2, atol=1e-10)


@pytest.mark.parametrize("read", [lambda qnode: qnode, differentiable])
@pytest.mark.parametrize(
    "gate",
    [
        lambda x: qml.pow(qml.X(0), x),
        lambda x: qml.pow(qml.U3(x, 0.1, 0.2, 0), 1.5),
        lambda x: qml.ctrl(qml.prod(qml.pow(qml.RX(x, 0), 2.5), qml.RY(x, 0)), 1),
    ],
)
def test_a_gate_that_pennylane_needs_numbers_for_is_refused(read, gate):
    def circuit(x):
        gate(x)
        return qml.expval(qml.Z(0))

    with pytest.raises(Unsupported, match=r"decompos"):
        jax.grad(read(qml.QNode(circuit, qml.device("scan.qubit", wires=2), interface="jax")))(0.3)


class Squared(qml.operation.Operation):
    """RX(x²), which claims to be RX."""

    num_params, num_wires = 1, 1

    @staticmethod
    def compute_matrix(x):
        return qml.RX.compute_matrix(x * x)

    def generator(self):
        return -0.5 * qml.X(self.wires)


@pytest.mark.parametrize(
    ("gate", "sentence"),
    [
        (lambda x: qml.RX(1j * x, 0), "RX has a complex angle"),
        (lambda x: RepeatedLayers(jnp.stack([1j * x]), wires=[0], layer=lambda _, wires: None), "complex weights"),
        (lambda x: qml.evolve(SUM, 1j * x), "Evolution of Sum has a complex parameter"),
        (lambda x: qml.exp(qml.dot([x, x], [qml.X(0), qml.Z(0)]), 1j), "several terms with traced coefficients"),
        (lambda x: qml.evolve(qml.dot([x, x], [qml.X(0), qml.Z(0)]), 1.0), "several terms with traced coefficients"),
        (lambda x: qml.exp(qml.Z(0) + 1j * qml.X(0), 1j * x), "what is exponentiated must be Hermitian"),
        (lambda x: qml.sum(qml.RX(x, 0), qml.Z(0)), "Sum has no shift rule and no decomposition"),
        pytest.param(
            lambda x: qml.SpecialUnitary(jnp.stack([x, x, x]), 0),
            "SpecialUnitary .* decomposed",
            marks=pytest.mark.slow,
        ),
        (lambda x: Squared(x, 0), "Squared has no shift rule: it is not exp"),
        (lambda x: (qml.RX(x, 0), qml.Projector([0], 0)), "a projection is no gate"),
        (lambda x: (qml.RX(x, 0), qml.measure(0)), "qml.defer_measurements"),
    ],
)
def test_what_has_no_rule_is_refused_by_name(gate, sentence):
    def circuit(x):
        gate(x)
        return qml.expval(qml.Z(0))

    with pytest.raises(Unsupported, match=sentence):
        jax.grad(differentiable(qml.QNode(circuit, DEVICE)))(0.3)


def test_other_gates_are_no_exponentials():
    assert exponential(qml.adjoint(qml.RX(0.1, 0))) is None


@pytest.mark.parametrize("read", [lambda qnode: qnode, differentiable])
def test_a_list_of_weights(x64, read):
    def circuit(weights):
        RepeatedLayers(weights, wires=[0], layer=lambda angles, wires: qml.RX(angles[0], wires[0]))
        return qml.expval(qml.Z(0))

    gradient = jax.grad(read(qml.QNode(circuit, qml.device("scan.qubit", wires=1))))([[0.3], [0.4]])
    assert jax.tree.leaves(gradient) == pytest.approx([-np.sin(0.7)] * 2, abs=1e-12)


def test_a_seed_of_numpy():
    @qml.set_shots(10)
    @qml.qnode(qml.device("scan.qubit", wires=1, seed=np.int64(3)))
    def circuit():
        return qml.expval(qml.Z(0))

    assert circuit() == 1
