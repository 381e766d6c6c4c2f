"""What a QNode's transforms and its ``return`` make of results, against the QNode itself."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.interface import Unsupported
from paradigms.vqc.gradients.parameter_shift import differentiable

DEVICE = qml.device("default.qubit", wires=3)


@qml.transform
def squared(tape):
    """A user's own, of two tapes and no linear post-processing."""
    return (tape, tape), lambda results: jax.tree.map(lambda a, b: 2 * a**2 + b, *results)


def one_value(x):
    qml.RY(x, 0)
    qml.RX(2 * x, 0)
    qml.RX(x, 0)
    qml.CNOT((0, 1))
    return qml.expval(0.3 * qml.Z(0) + 0.5 * qml.X(1) @ qml.X(0))


def nested(x):
    qml.RY(x, 0)
    qml.RX(x**2, 1)
    return {"z": qml.expval(qml.Z(0)), "a": [qml.expval(0.3 * qml.X(1) + qml.Y(0)), (qml.probs(wires=[1]),)]}


def deferred(x):
    qml.RY(x, 0)
    qml.cond(qml.measure(0), qml.RX)(x, 1)
    return [qml.expval(qml.Z(1) @ qml.Z(0))]


TRANSFORMS = {
    "split_to_single_terms": qml.transforms.split_to_single_terms,
    "split_non_commuting": qml.transforms.split_non_commuting,
    "merge_rotations": qml.transforms.merge_rotations,
    "a user's own": squared,
    "two": lambda qnode: squared(qml.transforms.split_non_commuting(qnode)),
}
CASES = [
    *((name, nested) for name in TRANSFORMS),
    *(pytest.param(name, one_value, marks=pytest.mark.slow) for name in TRANSFORMS),
]


@pytest.mark.parametrize(
    ("name", "function"), [*CASES, ("none", one_value), ("none", nested), ("defer_measurements", deferred)]
)
def test_results_are_those_of_the_qnode(x64, name, function):
    apply = {**TRANSFORMS, "none": lambda qnode: qnode, "defer_measurements": qml.defer_measurements}[name]
    qnode = apply(qml.QNode(function, DEVICE, interface="jax", diff_method="backprop"))
    rule = differentiable(qnode)
    x = jnp.asarray(0.37)
    # Compiled, since PennyLane merges no rotations of other tracers.
    ours, theirs = (jax.jit(lambda x, f=f: (f(x), jax.jacrev(f)(x)))(x) for f in (rule, qnode))
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-12), ours, theirs)


def test_split_terms_are_summed(x64):
    """Returned the bare terms."""

    @qml.transforms.split_to_single_terms
    @qml.qnode(DEVICE)
    def circuit(x):
        qml.RY(x, 0)
        return qml.expval(0.3 * qml.Z(0) + 0.5 * qml.X(0))

    assert differentiable(circuit)(0.37) == pytest.approx(0.3 * np.cos(0.37) + 0.5 * np.sin(0.37), abs=1e-12)


def test_a_batch_of_angles_is_expanded_where_the_qnode_says_so(x64):
    @qml.transforms.broadcast_expand
    @qml.qnode(DEVICE)
    def circuit(angles):
        qml.RY(angles, 0)
        return qml.expval(qml.Z(0))

    angles = jnp.array([0.3, 0.4])
    np.testing.assert_allclose(jax.jacrev(differentiable(circuit))(angles), np.diag(-np.sin(angles)), atol=1e-12)


def second_wire_first(x):
    qml.RY(x, 1)
    qml.RX(2 * x, 0)
    return qml.expval(qml.Z(0)), qml.expval(qml.Z(1)), qml.probs()


@pytest.mark.parametrize("name", [None, "scan.qubit", "default.qubit"])
def test_wires_of_a_device_without_any(x64, name):
    """With shots the two wires were swapped."""
    qnode = qml.QNode(second_wire_first, qml.device("default.qubit"), interface="jax")
    device = name and qml.device(name)
    for wanted, exact in zip(qnode(0.37), differentiable(qnode, device)(0.37), strict=True):
        np.testing.assert_allclose(exact, wanted, atol=1e-12)
    sampled = differentiable(qnode, device, shots=4000)(0.37, key=jax.random.key(0))
    for wanted, estimate in zip(qnode(0.37), sampled, strict=True):
        np.testing.assert_allclose(estimate, wanted, atol=0.05)


def test_all_wires_are_those_of_the_qnodes_device():
    qnode = qml.QNode(second_wire_first, DEVICE, interface="jax")
    np.testing.assert_allclose(differentiable(qnode)(0.37)[2], qnode(0.37)[2], atol=1e-6)


def test_what_is_no_circuit_of_values_is_refused():
    with pytest.raises(Unsupported, match=r"carries <param_shift.*give the QNode without it"):
        differentiable(qml.gradients.param_shift(qml.QNode(one_value, DEVICE)))(0.3)
    with pytest.raises(Unsupported, match=r"shots=10 of its own.*differentiable\(circuit, shots=10\).*key="):
        differentiable(qml.set_shots(qml.QNode(one_value, DEVICE), 10))(0.3)
