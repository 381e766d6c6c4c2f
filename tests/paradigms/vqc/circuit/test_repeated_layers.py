"""Repeated layers on ``scan.qubit`` against their decomposition on ``default.qubit``."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.layers import FunctionLayer
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit


def weights(layers: int, qubits: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-np.pi, np.pi, (layers, qubits, 3))


def stacked(layer, wires):
    """A circuit of repeated layers between other gates, with its state."""

    def circuit(angles):
        qml.Hadamard(wires[0])
        RepeatedLayers(angles, wires=wires, layer=layer)
        return qml.state()

    return circuit


def correlator(layer, qubits):
    def circuit(angles):
        RepeatedLayers(angles, wires=range(qubits), layer=layer)
        return qml.expval(qml.Z(0) @ qml.X(qubits - 1) + 0.5 * qml.Y(0))

    return circuit


def couple(angles, wires):
    """A layer given as a function, with a gate of another kind."""
    for i, wire in enumerate(wires):
        qml.RX(angles[i, 0], wires=wire)
    qml.CRY(angles[0, 1] * angles[1, 2], wires=wires[:2])


@pytest.mark.parametrize("layer", [*LAYERS.values(), couple])
@pytest.mark.parametrize("wires", [(0, 1), (0, 1, 2, 3), (3, 1), (2, 0, 3)])
def test_state_agrees_with_default_qubit(x64, layer, wires):
    angles = weights(4, len(wires))
    ours = qml.QNode(stacked(layer, wires), ScanQubit(wires=4), interface="jax")(jnp.asarray(angles))
    theirs = qml.QNode(stacked(layer, wires), qml.device("default.qubit", wires=4))(angles)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("layer", LAYERS.values())
def test_single_qubit(x64, layer):
    angles = weights(3, 1)
    ours = qml.QNode(stacked(layer, [0]), ScanQubit(wires=1), interface="jax")(jnp.asarray(angles))
    theirs = qml.QNode(stacked(layer, [0]), qml.device("default.qubit", wires=1))(angles)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("qubits", [1, 2, 3, 4])
def test_strongly_entangling_is_pennylanes(x64, qubits):
    angles = weights(5, qubits)  # more layers than ranges, so that the ranges repeat

    def template(angles):
        qml.StronglyEntanglingLayers(angles, wires=range(qubits))
        return qml.state()

    def ours(angles):
        RepeatedLayers(angles, wires=range(qubits), layer=LAYERS["strongly_entangling"])
        return qml.state()

    theirs = qml.QNode(template, qml.device("default.qubit", wires=qubits))(angles)
    got = qml.QNode(ours, ScanQubit(wires=qubits), interface="jax")(jnp.asarray(angles))
    np.testing.assert_allclose(got, theirs, atol=1e-12)


@pytest.mark.parametrize("layer", [*LAYERS.values(), couple])
def test_gradient_agrees_with_default_qubit(x64, layer):
    angles = jnp.asarray(weights(2, 3))
    circuit = correlator(layer, 3)
    ours = jax.jit(jax.grad(qml.QNode(circuit, ScanQubit(wires=3), interface="jax")))(angles)
    theirs = jax.jit(jax.grad(qml.QNode(circuit, qml.device("default.qubit", wires=3), interface="jax")))(angles)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize("layer", LAYERS.values())
def test_single_precision(layer):
    angles = weights(3, 4).astype(np.float32)
    circuit = correlator(layer, 4)
    ours = jax.jit(qml.QNode(circuit, ScanQubit(wires=4), interface="jax"))(jnp.asarray(angles))
    theirs = qml.QNode(circuit, qml.device("default.qubit", wires=4))(angles.astype(np.float64))
    assert ours.dtype == jnp.float32
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("layer", LAYERS.values())
def test_forward_mode_agrees_with_finite_differences(x64, layer):
    angles, direction = jnp.asarray(weights(2, 3)), jnp.asarray(weights(2, 3, seed=1))
    circuit = qml.QNode(correlator(layer, 3), ScanQubit(wires=3), interface="jax", diff_method="backprop")
    step = 1e-5

    def both(angles, direction):
        difference = circuit(angles + step * direction) - circuit(angles - step * direction)
        return jax.jvp(circuit, (angles,), (direction,))[1], difference / (2 * step)

    tangent, difference = jax.jit(both)(angles, direction)
    np.testing.assert_allclose(tangent, difference, atol=1e-8)


def count_equations(jaxpr) -> int:
    """Equations of a jaxpr and of those nested in it, as printed."""
    return str(jaxpr).count(" = ")


@pytest.mark.parametrize("layer", [*LAYERS.values(), couple])
def test_program_does_not_grow_with_depth(layer):
    gradient = jax.value_and_grad(qml.QNode(correlator(layer, 3), ScanQubit(wires=3), interface="jax"))
    sizes = {count_equations(jax.make_jaxpr(gradient)(jnp.asarray(weights(depth, 3)))) for depth in (3, 30)}
    assert len(sizes) == 1


def test_operation_is_a_pytree_and_can_be_rebound():
    operation = RepeatedLayers(jnp.zeros((2, 3, 3)), wires=["a", "b", "c"], layer=LAYERS["hardware_efficient"])
    leaves, structure = jax.tree.flatten(operation)
    assert jax.tree.unflatten(structure, leaves).layer is operation.layer
    rebound = qml.ops.functions.bind_new_parameters(operation, [jnp.ones((2, 3, 3))])
    assert rebound.wires.tolist() == ["a", "b", "c"]
    assert rebound.data[0].shape == (2, 3, 3)
    assert rebound.batch_size is None


def test_a_function_becomes_a_layer():
    assert RepeatedLayers(np.zeros((1, 2, 3)), wires=range(2), layer=couple).layer == FunctionLayer(couple)


def test_weights_without_a_layer_axis_are_refused():
    with pytest.raises(ValueError, match="leading axis"):
        RepeatedLayers(0.3, wires=0, layer=couple)
