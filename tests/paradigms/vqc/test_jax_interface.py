"""What PennyLane asks of a device under its JAX interface, against ``default.qubit`` by backprop."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.vqc.device import ScanQubit

A, B = 0.37, -1.2
RULES = [
    {"diff_method": "best"},
    {"diff_method": "backprop", "grad_on_execution": True},
    {"diff_method": "adjoint", "grad_on_execution": True},
    {"diff_method": "adjoint", "device_vjp": True},
    {"diff_method": "parameter-shift"},
    {"diff_method": qml.gradients.param_shift},
    {"diff_method": "finite-diff"},
]
RETURNS = {
    "value": lambda: qml.expval(qml.Z(0) @ qml.X(1)),
    "probabilities": lambda: qml.probs(wires=[1, 0]),
    "several": lambda: (qml.expval(qml.Y(1)), qml.var(qml.Z(1)), qml.probs(wires=1)),
    "list": lambda: [qml.expval(qml.Z(0))],
    "dictionary": lambda: {"mean": qml.expval(qml.Z(1)), "all": qml.probs()},
}


def circuit_of(measurements):
    def circuit(a, b):
        qml.RY(a, wires=1)
        qml.RX(b * a, wires=0)
        qml.CNOT(wires=[1, 0])
        qml.RX(b, wires=1)
        return measurements()

    return circuit


def on_default(measurements):
    return qml.QNode(circuit_of(measurements), qml.device("default.qubit"), interface="jax", diff_method="backprop")


def assert_close(ours, theirs, atol):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for left, right in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(left, right, atol=atol)


@pytest.fixture(scope="module")
def expected():
    with jax.enable_x64(True):
        nodes = {name: on_default(measurements) for name, measurements in RETURNS.items()}
        return {name: (node(A, B), jax.jacobian(node, (0, 1))(A, B)) for name, node in nodes.items()}


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_values_and_jacobians_of_every_rule(x64, expected, rule):
    # Every kind of result by one rule, the one with the most in it by every rule.
    names = RETURNS if rule["diff_method"] == "best" else ["several"]
    for number, name in enumerate(names):
        interface, wires = [("auto", None), ("jax", 2), ("jax-jit", None)][number % 3]
        node = qml.QNode(circuit_of(RETURNS[name]), ScanQubit(wires=wires), interface=interface, **rule)
        node = jax.jit(node) if interface == "jax-jit" else node
        value, jacobian = expected[name]
        assert_close(node(jnp.asarray(A), jnp.asarray(B)), value, 1e-12)
        accuracy = 1e-6 if rule["diff_method"] == "finite-diff" else 1e-10
        assert_close(jax.jacobian(node, (0, 1))(jnp.asarray(A), jnp.asarray(B)), jacobian, accuracy)


def test_hessians_by_shifting_twice(x64):
    options = {"diff_method": "parameter-shift", "max_diff": 2}
    node = qml.QNode(circuit_of(RETURNS["value"]), ScanQubit(), interface="jax", **options)
    assert_close(jax.hessian(node)(A, B), jax.hessian(on_default(RETURNS["value"]))(A, B), 1e-10)


def test_one_argument_of_several_and_a_changed_choice(x64):
    node = qml.QNode(circuit_of(RETURNS["value"]), ScanQubit(), interface="jax", diff_method="parameter-shift")
    theirs = on_default(RETURNS["value"])
    for argnums in (0, 1, (1, 0)):
        ours = jax.grad(node, argnums)(A, B)
        assert_close(ours, jax.grad(theirs, argnums)(A, B), 1e-10)


def test_shots_are_set_and_tracked_and_differentiated():
    device = ScanQubit(seed=0)
    node = qml.QNode(circuit_of(RETURNS["several"]), device, interface="jax", diff_method="parameter-shift")
    with qml.Tracker(device) as tracker:
        parts = qml.set_shots(node, shots=[10, (1000, 2)])(A, B)
    assert [len(part) for part in parts] == [3, 3, 3]
    assert tracker.totals["shots"] >= 2010
    mean = qml.QNode(circuit_of(RETURNS["value"]), device, interface="jax", diff_method="parameter-shift")
    ours, theirs = (jax.grad(one)(A, B) for one in (qml.set_shots(mean, shots=20_000), on_default(RETURNS["value"])))
    np.testing.assert_allclose(ours, theirs, atol=0.05)


def test_no_rule_means_no_gradient():
    node = qml.QNode(circuit_of(RETURNS["value"]), ScanQubit(), interface="jax", diff_method=None)
    np.testing.assert_allclose(node(A, B), on_default(RETURNS["value"])(A, B), atol=1e-6)
