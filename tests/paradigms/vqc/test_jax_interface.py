"""What PennyLane asks of a device under its JAX interface, against ``default.qubit`` in NumPy and closed forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.vqc.device import ScanQubit

A, B = 0.37, -1.2
BEST = {"diff_method": "best"}
SHIFT = {"diff_method": "parameter-shift"}
ADJOINT = {"diff_method": "adjoint"}
RULES = [
    {"diff_method": "backprop", "grad_on_execution": True},
    {**ADJOINT, "grad_on_execution": True},
    {**ADJOINT, "device_vjp": True},
    SHIFT,
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
CASES = [
    *((name, BEST, "jax-jit", None) for name in RETURNS),
    *(("several", rule, "jax", 2) for rule in RULES),
    ("several", SHIFT, "auto", None),
    *(
        pytest.param(name, rule, interface, wires, marks=pytest.mark.slow)
        for name in RETURNS
        for rule in (BEST, *RULES)
        for interface, wires in (("auto", None), ("jax", 2), ("jax-jit", None))
    ),
]
SLOPE = {-3: -1 / 60, -2: 3 / 20, -1: -3 / 4, 1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
"""Central differences of sixth order."""


def circuit_of(measurements):
    def circuit(a, b):
        qml.RY(a, wires=1)
        qml.RX(b * a, wires=0)
        qml.CNOT(wires=[1, 0])
        qml.RX(b, wires=1)
        return measurements()

    return circuit


def two_turns(a, b):
    """⟨Z⟩ = cos a cos b."""
    qml.RX(a, wires=0)
    qml.RY(b, wires=0)
    return qml.expval(qml.Z(0))


def expected(measurements, step=0.01):
    """The value and its derivatives by ``a`` and ``b``, each in the place of its value."""
    node = qml.QNode(circuit_of(measurements), qml.device("default.qubit"), interface=None, diff_method=None)

    def slope(towards):
        points = [node(*(np.array([A, B]) + step * place * np.array(towards))) for place in SLOPE]
        weights = np.array(list(SLOPE.values())) / step
        return jax.tree.map(lambda *values: np.tensordot(weights, np.stack(values), 1), *points)

    return node(A, B), jax.tree.map(lambda *slopes: slopes, slope([1, 0]), slope([0, 1]))


def assert_close(ours, theirs, atol):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for left, right in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(left, right, atol=atol)


@pytest.mark.parametrize(("name", "rule", "interface", "wires"), CASES, ids=str)
def test_values_and_jacobians(x64, name, rule, interface, wires):
    node = qml.QNode(circuit_of(RETURNS[name]), ScanQubit(wires=wires), interface=interface, **rule)

    def both(a, b):
        return node(a, b), jax.jacobian(node, (0, 1))(a, b)

    # Operation by operation where the interface is chosen by what the arguments are.
    value, jacobian = (both if interface == "auto" else jax.jit(both))(jnp.asarray(A), jnp.asarray(B))
    right, slopes = expected(RETURNS[name])
    assert_close(value, right, 1e-12)
    assert_close(jacobian, slopes, 1e-6 if rule["diff_method"] == "finite-diff" else 1e-10)


def test_forward_mode_under_adjoint(x64):
    node = qml.QNode(circuit_of(RETURNS["several"]), ScanQubit(), interface="jax", **ADJOINT)
    _, slopes = expected(RETURNS["several"])
    assert_close(jax.jit(jax.jacfwd(node, (0, 1)))(A, B), slopes, 1e-10)


def test_hessians_by_shifting_twice(x64):
    node = qml.QNode(two_turns, ScanQubit(), interface="jax", diff_method="parameter-shift", max_diff=2)
    bent, mixed = -np.cos(A) * np.cos(B), np.sin(A) * np.sin(B)
    np.testing.assert_allclose(jax.hessian(node, (0, 1))(A, B), [[bent, mixed], [mixed, bent]], atol=1e-10)


def test_one_argument_of_several_and_a_changed_choice(x64):
    node = qml.QNode(two_turns, ScanQubit(), interface="jax", diff_method="parameter-shift")
    slopes = np.array([-np.sin(A) * np.cos(B), -np.cos(A) * np.sin(B)])
    for argnums in (0, 1, (1, 0)):
        np.testing.assert_allclose(jax.grad(node, argnums)(A, B), slopes[np.array(argnums)], atol=1e-10)


def test_shots_are_set_and_tracked_and_differentiated():
    device = ScanQubit(seed=0)
    node = qml.QNode(circuit_of(RETURNS["several"]), device, interface="jax", diff_method="parameter-shift")
    with qml.Tracker(device) as tracker:
        parts = jax.jit(qml.set_shots(node, shots=[10, (1000, 2)]))(A, B)
    assert [len(part) for part in parts] == [3, 3, 3]
    assert tracker.totals["shots"] >= 2010
    mean = qml.QNode(two_turns, device, interface="jax", diff_method="parameter-shift")
    slope = jax.grad(qml.set_shots(mean, shots=20_000))(A, B)
    np.testing.assert_allclose(slope, -np.sin(A) * np.cos(B), atol=0.05)


def test_no_rule_means_no_gradient():
    node = qml.QNode(two_turns, ScanQubit(), interface="jax", diff_method=None)
    np.testing.assert_allclose(node(A, B), np.cos(A) * np.cos(B), atol=1e-6)
