"""Fused gates of random circuits, forward and back, against ``default.qubit``; memory against depth."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paradigms.vqc.circuit.ansatz import HardwareEfficient, StronglyEntangling
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit

QUBITS = 6  # two windows, and a register whose halves they are
FIXED = [qml.Hadamard, qml.S, qml.T, qml.X, qml.Y, qml.SX, qml.CNOT, qml.CZ, qml.SWAP, qml.ISWAP, qml.CH, qml.CY]
TURNED = [
    *(qml.RX, qml.RY, qml.RZ, qml.PhaseShift, qml.CRX, qml.CRY, qml.CRZ, qml.ControlledPhaseShift),
    *(qml.IsingXX, qml.IsingYY, qml.IsingZZ, qml.SingleExcitation, qml.Rot, qml.U3),
]
placed = st.tuples(
    st.sampled_from([*FIXED, *TURNED]),
    st.permutations(range(QUBITS)),
    st.lists(st.floats(-4, 4), min_size=3, max_size=3),
)


def apply_all(program, angles) -> None:
    for (gate, order, _), given_angles in zip(program, angles, strict=True):
        gate(*given_angles[: gate.num_params], wires=order[: gate.num_wires])


def circuit_of(program):
    def circuit(angles):
        apply_all(program, angles)
        return qml.expval(qml.Z(0) @ qml.Y(3) + 0.7 * qml.X(5) - 0.2 * qml.Z(1))

    return circuit


PROGRAMS = st.lists(placed, min_size=2, max_size=12)


@given(PROGRAMS)
@example([(gate, list(range(QUBITS)), [0.3, 0.0, 0.0]) for gate in (qml.Hadamard, qml.SingleExcitation)])  # no angles
@settings(max_examples=4, deadline=None)
def test_random_circuits_and_their_gradients_agree(program):
    check_agreement(program)


@pytest.mark.slow
@given(PROGRAMS)
@settings(max_examples=60, deadline=None)
def test_many_random_circuits_and_their_gradients_agree(program):
    check_agreement(program)


def check_agreement(program):
    with jax.enable_x64(True):
        angles = jnp.asarray([given for *_, given in program])
        theirs = qml.QNode(circuit_of(program), qml.device("default.qubit", wires=QUBITS), interface="jax")
        value, gradient = jax.jit(jax.value_and_grad(theirs))(angles)
        for method in ("adjoint", "backprop"):
            ours = qml.QNode(circuit_of(program), ScanQubit(wires=QUBITS), interface="jax", diff_method=method)
            got, slope = jax.jit(jax.value_and_grad(ours))(angles)
            np.testing.assert_allclose(got, value, atol=1e-10)
            np.testing.assert_allclose(slope, gradient, atol=1e-10)


def basic(weights, wires):
    qml.BasicEntanglerLayers(weights[None], wires=wires)


def reuploading(weights, wires):
    for i, wire in enumerate(wires):
        qml.Rot(*(weights[0, i, j] * weights[2, i, j] + weights[1, i, j] for j in range(3)), wires=wire)
    for first, second in zip(wires, [*wires[1:], wires[0]], strict=True):
        qml.IsingZZ(weights[1, 0, 0], wires=[first, second])


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (HardwareEfficient("YZ"), (QUBITS, 2)),
        pytest.param(HardwareEfficient("XZX"), (QUBITS, 3), marks=pytest.mark.slow),
        (StronglyEntangling(), (QUBITS, 3)),
        pytest.param(basic, (QUBITS,), marks=pytest.mark.slow),
        (reuploading, (3, QUBITS, 3)),
    ],
)
def test_layers_and_their_gradients_agree(x64, layer, shape):
    weights = jnp.asarray(np.random.default_rng(0).uniform(-3, 3, (7, *shape)))

    def circuit(weights):
        RepeatedLayers(weights, wires=range(QUBITS), layer=layer)
        return qml.expval(qml.Z(0) @ qml.Z(5)), qml.expval(qml.X(2) + 0.5 * qml.Y(4))

    def total(device, method):
        node = qml.QNode(circuit, device, interface="jax", diff_method=method)
        return lambda weights: sum(jnp.sin(3 * value) for value in node(weights))

    # Written out over all layers, the program of the other device takes longer to compile than its operations do.
    value, gradient = jax.value_and_grad(total(qml.device("default.qubit", wires=QUBITS), "backprop"))(weights)
    for method in ("adjoint", "backprop"):
        got, slope = jax.jit(jax.value_and_grad(total(ScanQubit(wires=QUBITS), method)))(weights)
        np.testing.assert_allclose(got, value, atol=1e-10)
        np.testing.assert_allclose(slope, gradient, atol=1e-10)


@pytest.mark.parametrize("depth", [37, *(pytest.param(depth, marks=pytest.mark.slow) for depth in (1, 4))])
def test_forward_mode_and_derivatives_of_second_order_agree_with_those_through_every_operation(x64, depth):
    # 37 layers are pieces and a rest, 4 are one piece.
    weights = jnp.asarray(np.random.default_rng(0).uniform(-3, 3, (depth, 3, 2)))
    direction = jnp.cos(weights)

    def derivatives(method):
        @qml.qnode(ScanQubit(wires=3), interface="jax", diff_method=method)
        def circuit(weights):
            qml.Hadamard(0)
            RepeatedLayers(weights, wires=range(3), layer=HardwareEfficient("YZ"))
            return qml.expval(qml.Z(0) @ qml.X(1))

        def along(function):
            return lambda weights: jax.jvp(function, (weights,), (direction,))[1]

        def all_of_them(weights):
            gradient = jax.grad(circuit)
            both = jnp.stack([weights, 2 * weights])
            return gradient(weights), along(circuit)(weights), along(gradient)(weights), jax.vmap(along(circuit))(both)

        return jax.jit(all_of_them)(weights)

    ours, theirs = derivatives("adjoint"), derivatives("backprop")
    np.testing.assert_allclose(ours[1], jnp.vdot(ours[0], direction), atol=1e-12)
    for mine, reference in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, reference, atol=1e-10)


def test_the_initial_state_is_differentiated_too(x64):
    vector = jnp.asarray(np.random.default_rng(1).normal(size=2**3))
    weights = jnp.asarray(np.random.default_rng(2).normal(size=(2, 3, 3)))

    def total(device, method):
        def circuit(vector):
            qml.StatePrep(vector, wires=range(3), normalize=True)
            RepeatedLayers(weights, wires=range(3), layer=HardwareEfficient())
            return qml.expval(qml.Z(1))

        return jax.grad(qml.QNode(circuit, device, interface="jax", diff_method=method))(vector)

    theirs = total(qml.device("default.qubit", wires=3), "backprop")
    np.testing.assert_allclose(total(ScanQubit(wires=3), "adjoint"), theirs, atol=1e-12)


def temporary_bytes(qubits: int, depth: int) -> int:
    def circuit(weights):
        RepeatedLayers(weights, wires=range(qubits), layer=HardwareEfficient("YZ"))
        return qml.expval(qml.Z(0) @ qml.Z(1))

    gradient = jax.value_and_grad(qml.QNode(circuit, ScanQubit(wires=qubits), interface="jax", diff_method="adjoint"))
    compiled = jax.jit(gradient).lower(jax.ShapeDtypeStruct((depth, qubits, 2), jnp.float32)).compile()
    return compiled.memory_analysis().temp_size_in_bytes


def test_memory_at_200_layers_is_at_most_twice_that_at_16():
    assert temporary_bytes(16, 200) <= 2 * temporary_bytes(16, 16)


def test_a_layer_more_keeps_its_matrices_and_no_state():
    state = 2 * 4 * 2**14
    assert temporary_bytes(14, 40) - temporary_bytes(14, 4) < 36 * state / 4
