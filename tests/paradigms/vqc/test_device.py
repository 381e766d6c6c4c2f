"""``scan.qubit`` against ``default.qubit`` on circuits of any gates."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.exceptions import DeviceError

from paradigms.vqc.device import ScanQubit

QUBITS = 3
FIXED = [(qml.Hadamard, 1), (qml.S, 1), (qml.Y, 1), (qml.CNOT, 2), (qml.CZ, 2), (qml.SWAP, 2), (qml.Toffoli, 3)]
TURNED = [(qml.RX, 1), (qml.RY, 1), (qml.RZ, 1), (qml.PhaseShift, 1), (qml.CRX, 2), (qml.CRZ, 2), (qml.IsingXX, 2)]

gates = st.one_of(
    st.tuples(st.sampled_from(FIXED), st.permutations(range(QUBITS)), st.none()),
    st.tuples(st.sampled_from(TURNED), st.permutations(range(QUBITS)), st.floats(-7, 7)),
)
words = st.lists(st.sampled_from("IXYZ"), min_size=QUBITS, max_size=QUBITS)
sums = st.lists(st.tuples(st.floats(-2, 2), words), min_size=1, max_size=4)


def observable(terms):
    paulis = [qml.pauli.PauliWord(dict(enumerate(word))).operation(wire_order=range(QUBITS)) for _, word in terms]
    return qml.Hamiltonian([coefficient for coefficient, _ in terms], paulis)


def circuit_of(program, terms):
    def circuit(scale):
        for (gate, size), wires, angle in program:
            acted = wires[:size]
            if angle is None:
                gate(wires=acted)
            else:
                gate(angle * scale, wires=acted)
        return qml.expval(observable(terms)), qml.expval(qml.Z(0)), qml.probs(wires=[2, 0]), qml.state()

    return circuit


def on_ours(circuit, **options):
    return qml.QNode(circuit, ScanQubit(wires=QUBITS), interface="jax", **options)


def on_default(circuit, **options):
    return qml.QNode(circuit, qml.device("default.qubit", wires=QUBITS), **options)


@given(st.lists(gates, min_size=1, max_size=8), sums)
@settings(max_examples=25, deadline=None)
def test_random_circuits_agree(program, terms):
    circuit = circuit_of(program, terms)
    for ours, theirs in zip(on_ours(circuit)(jnp.float32(0.9)), on_default(circuit)(0.9), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def example(angles):
    qml.RX(angles[0], wires=0)
    qml.IsingZZ(angles[1], wires=[0, 2])
    qml.Rot(angles[1], angles[2], 0.4, wires=1)
    qml.QFT(wires=range(QUBITS))  # decomposed
    qml.GlobalPhase(angles[0])
    return qml.expval(qml.Y(1) @ qml.Z(2) - 0.3 * qml.X(0))


ANGLES = np.array([0.4, -1.3, 2.2])


def test_gradient_agrees(x64):
    ours = jax.jit(jax.grad(on_ours(example)))(jnp.asarray(ANGLES))
    theirs = jax.jit(jax.grad(on_default(example, interface="jax")))(jnp.asarray(ANGLES))
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_jit_and_vmap_agree_with_single_calls():
    batch = jnp.stack([jnp.asarray(ANGLES, jnp.float32) * factor for factor in (0.5, 1.0, 2.0)])
    circuit = on_ours(example)
    together = jax.jit(jax.vmap(circuit))(batch)
    np.testing.assert_allclose(together, [circuit(angles) for angles in batch], atol=1e-6)


def test_nothing_leaves_the_program():
    program = str(jax.make_jaxpr(jax.value_and_grad(on_ours(example)))(jnp.asarray(ANGLES)))
    assert "callback" not in program


def test_phases_and_state_preparation(x64):
    vector = np.array([0.6, 0, 0, 0.8j])

    def circuit(phase):
        qml.StatePrep(vector, wires=[2, 0])
        qml.GlobalPhase(phase)
        qml.Identity(wires=1)
        qml.CRX(phase, wires=[1, 2])
        return qml.state()

    np.testing.assert_allclose(on_ours(circuit)(jnp.asarray(0.7)), on_default(circuit)(0.7), atol=1e-12)


def test_a_state_prepared_later_is_decomposed():
    def circuit():
        qml.Hadamard(0)
        qml.StatePrep(np.array([1, 1]) / np.sqrt(2), wires=1)
        return qml.probs(wires=[0, 1])

    np.testing.assert_allclose(on_ours(circuit)(), on_default(circuit)(), atol=1e-6)


@pytest.mark.parametrize(
    "measurement",
    [
        lambda: qml.var(qml.X(0) @ qml.Y(1)),
        lambda: qml.expval(qml.Projector([0, 1], wires=[2, 0])),
        lambda: qml.expval(qml.Hermitian(np.array([[1.0, 2j], [-2j, 0.5]]), wires=1)),
        lambda: qml.probs(op=qml.Y(1)),
        lambda: qml.probs(),
        lambda: qml.density_matrix(wires=[2, 1]),
    ],
)
def test_measurements_agree(x64, measurement):
    def circuit(angles):
        for wire in range(QUBITS):
            qml.RX(angles[wire], wires=wire)
            qml.CRY(angles[wire], wires=[wire, (wire + 1) % QUBITS])
        return measurement()

    ours = jax.jit(on_ours(circuit))(jnp.asarray(ANGLES))
    np.testing.assert_allclose(ours, on_default(circuit)(ANGLES), atol=1e-10)


def test_broadcast_parameters_agree():
    def circuit(angle):
        qml.RX(angle, wires=0)
        return qml.expval(qml.Z(0))

    angles = np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(on_ours(circuit)(jnp.asarray(angles)), np.cos(angles), atol=1e-6)


def test_wires_may_have_any_labels_and_order():
    def circuit(angle):
        qml.RY(angle, wires="b")
        qml.CNOT(wires=["b", "a"])
        return qml.probs(wires=["a", "c"]), qml.state()

    for wires in (["c", "a", "b"], ["a", "b", "c"]):
        ours = qml.QNode(circuit, ScanQubit(wires=wires), interface="jax")(jnp.float32(0.7))
        theirs = qml.QNode(circuit, qml.device("default.qubit", wires=wires))(0.7)
        for left, right in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(left, right, atol=1e-6)


def test_numpy_and_autograd_users_are_served(x64):
    value = qml.QNode(example, ScanQubit(wires=QUBITS))(ANGLES)
    assert isinstance(value, np.ndarray)
    np.testing.assert_allclose(value, on_default(example)(ANGLES), atol=1e-12)
    trainable = qml.numpy.array(ANGLES, requires_grad=True)
    gradient = qml.grad(qml.QNode(example, ScanQubit(wires=QUBITS), diff_method="parameter-shift"))(trainable)
    np.testing.assert_allclose(gradient, qml.grad(on_default(example))(trainable), atol=1e-8)


def test_pennylanes_own_parameter_shift_stays_traceable():
    circuit = on_ours(example, diff_method="parameter-shift")
    assert "callback" not in str(jax.make_jaxpr(jax.grad(circuit))(jnp.asarray(ANGLES)))


def test_shots_without_randomness_are_refused():
    circuit = qml.set_shots(on_ours(example), shots=100)
    with pytest.raises(DeviceError, match=r"shots=100 need randomness: make the device with seed=0"):
        circuit(jnp.asarray(ANGLES))


def sampled(measurements, shots, seed):
    def circuit(angles):
        for wire in range(QUBITS):
            qml.RX(angles[wire], wires=wire)
        qml.CNOT(wires=[0, 1])
        return measurements()

    return circuit, qml.set_shots(qml.QNode(circuit, ScanQubit(wires=QUBITS, seed=seed), interface="jax"), shots=shots)


@pytest.mark.parametrize(
    "measurements",
    [
        lambda: qml.expval(qml.Z(0) @ qml.X(1) + 0.5 * qml.Y(2) - qml.Z(1)),
        lambda: qml.expval(qml.Projector([0, 1], wires=[2, 0])),
        lambda: qml.expval(qml.Hermitian(np.array([[0.3, 0.5j], [-0.5j, -0.2]]), wires=1)),
        lambda: qml.var(qml.Y(0)),
        lambda: qml.probs(wires=[2, 0]),
        lambda: qml.probs(op=qml.Y(1)),
    ],
)
def test_estimates_from_shots_agree_with_exact_values(measurements):
    shots = 20_000
    circuit, ours = sampled(measurements, shots, 3)
    np.testing.assert_allclose(ours(ANGLES), on_default(circuit)(ANGLES), atol=6 * 2 / np.sqrt(shots))


def test_samples_and_counts_and_several_numbers_of_shots():
    _, ours = sampled(lambda: (qml.sample(wires=[1, 0]), qml.counts()), [5, 7], 0)
    for part, shots in zip(ours(ANGLES), (5, 7), strict=True):
        samples, counts = part
        assert samples.shape == (shots, 2)
        assert sum(counts.values()) == shots


def test_executions_draw_anew_and_follow_the_seed():
    def runs(seed):
        _, ours = sampled(lambda: qml.expval(qml.Z(0)), 1000, seed)
        return [float(ours(ANGLES)) for _ in range(3)]

    first = runs(7)
    assert len(set(first)) == 3
    assert runs(7) == first
    assert runs(jax.random.key(7)) == first
    assert runs(8) != first


def test_a_compiled_function_draws_from_the_key_it_is_given():
    @jax.jit
    def estimate(key):
        _, ours = sampled(lambda: qml.expval(qml.Z(0)), 1000, key)
        return ours(jnp.asarray(ANGLES))

    values = [float(estimate(jax.random.key(seed))) for seed in (0, 1, 0)]
    assert values[0] == values[2] != values[1]


def test_best_and_adjoint_keep_no_layer_and_both_have_forward_mode(x64):
    angles = jnp.asarray(ANGLES)
    gradients = [
        jax.jit(jax.grad(on_ours(example, diff_method=method)))(angles) for method in ("best", "adjoint", "backprop")
    ]
    np.testing.assert_allclose(gradients[0], gradients[1], atol=0)
    np.testing.assert_allclose(gradients[0], gradients[2], atol=1e-12)
    for method in ("adjoint", "backprop"):
        circuit = on_ours(example, diff_method=method)
        _, slope = jax.jit(partial(jax.jvp, circuit))((angles,), (jnp.cos(angles),))
        np.testing.assert_allclose(slope, jnp.vdot(gradients[0], jnp.cos(angles)), atol=1e-12)


def test_measurements_without_exact_values_are_refused():
    def circuit():
        qml.Hadamard(0)
        return qml.classical_shadow(wires=0)

    with pytest.raises(DeviceError, match=r"scan\.qubit"):
        on_ours(circuit)()


NAMED = [
    *(qml.RX, qml.RY, qml.RZ, qml.Rot, qml.PhaseShift, qml.U1, qml.CRX, qml.CRY, qml.CRZ, qml.ControlledPhaseShift),
    *(qml.IsingXX, qml.IsingYY, qml.IsingZZ, qml.S, qml.T, qml.PauliZ, qml.CZ, qml.CNOT, qml.SWAP),
]


@pytest.mark.parametrize("theirs", NAMED)
def test_a_gate_is_what_its_class_says_whatever_its_name(x64, theirs):
    """A class of the user's own was PennyLane's gate of the same name."""
    wires = range(theirs.num_wires)
    real, imaginary = np.random.default_rng(0).normal(size=(2, 2 ** len(wires), 2 ** len(wires)))
    matrix, _ = np.linalg.qr(real + 1j * imaginary)
    members = {
        "num_params": theirs.num_params,
        "num_wires": len(wires),
        "compute_matrix": staticmethod(lambda *_: matrix),
    }
    own = type(theirs.__name__, (qml.operation.Operation,), members)

    def circuit(angles):
        qml.Hadamard(0)
        own(*angles[: theirs.num_params], wires=wires)
        own(*angles[: theirs.num_params], wires=wires)
        qml.adjoint(own(*angles[: theirs.num_params], wires=wires))
        return qml.state()

    start = np.zeros(2 ** len(wires))
    start[[0, 2 ** (len(wires) - 1)]] = np.sqrt(0.5)
    state = qml.QNode(circuit, ScanQubit(wires=wires), interface="jax")(jnp.ones(3))
    np.testing.assert_allclose(state, matrix @ start, atol=1e-12)


def test_unknown_wires_are_refused():
    def circuit():
        qml.Hadamard(7)
        return qml.expval(qml.Z(7))

    with pytest.raises(qml.wires.WireError, match="7"):
        on_ours(circuit)()


def test_the_device_counts_its_executions():
    device = ScanQubit(wires=QUBITS)
    with qml.Tracker(device) as tracker:
        qml.QNode(example, device, interface="jax")(jnp.asarray(ANGLES))
    assert tracker.totals["executions"] >= 1
