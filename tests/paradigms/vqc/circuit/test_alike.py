"""Circuits that differ in numbers alone are one program, and give what each gives alone."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pennylane.tape import QuantumScript

from paradigms.vqc.circuit import alike

MATRIX = np.array([[1.0, 2j], [-2j, 0.5]])


def qubits(circuit):
    return 2


def run(circuit):
    """The numbers of a circuit, each once."""
    return tuple(jnp.asarray(number) for number in circuit.get_parameters(trainable_only=False))


def programs(circuits, values):
    """What comes out, and how many times something was executed, of circuits that are made of traced values."""
    executed = []

    def execute(circuit):
        executed.append(circuit)
        return run(circuit)

    return jax.jit(lambda values: alike.executed(circuits(values), execute, qubits))(values), len(executed)


def script(*operations, measurement=None, shots=None):
    return QuantumScript(operations, [measurement or qml.expval(qml.Z(0))], shots=shots)


@pytest.mark.parametrize("amplitudes", [2**20, 0])
def test_what_differs_in_angles_is_executed_once(monkeypatch, amplitudes):
    """Side by side and one after another; known numbers that all share stay known."""
    monkeypatch.setattr(alike, "AMPLITUDES", amplitudes)

    def circuits(x):
        return [
            script(qml.RX(x[n], 0), qml.RY(0.3, 1), qml.RZ(0.1 * n, 0), qml.QubitUnitary(MATRIX, 0)) for n in range(4)
        ]

    results, count = programs(circuits, jnp.arange(4.0))
    assert count == 1
    for n, (first, second, third, matrix) in enumerate(results):
        np.testing.assert_allclose([first, second, third], [n, 0.3, 0.1 * n], rtol=1e-6)
        np.testing.assert_allclose(matrix, MATRIX)


@pytest.mark.parametrize(
    "other",
    [
        lambda x: script(qml.RX(x, 1)),
        lambda x: script(qml.RY(x, 0)),
        lambda x: script(qml.RX(x, 0), qml.Hadamard(0)),
        lambda x: script(qml.RX(x, 0), measurement=qml.expval(qml.X(0))),
        lambda x: script(qml.RX(x, 0), measurement=qml.var(qml.Z(0))),
        lambda x: script(qml.RX(x, 0), shots=10),
        lambda x: script(qml.RX(0.5, 0)),
        lambda x: script(qml.pow(qml.RX(x, 0), 2.5)),
        lambda x: script(qml.RX(x[None], 0)),
    ],
    ids=["wires", "gate", "gates", "observable", "measurement", "shots", "known", "power", "shape"],
)
def test_what_differs_in_more_is_executed_apart(other):
    _, count = programs(lambda x: [script(qml.RX(x[0], 0)), other(x[1])], jnp.arange(2.0))
    assert count == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: qml.QubitUnitary(np.eye(2), 0), lambda x: qml.QubitUnitary(MATRIX, 0)),
        (lambda x: qml.exp(qml.Z(0), 0.2j), lambda x: qml.exp(qml.Z(0), 0.2)),
        (lambda x: qml.BasisState(np.array([0, 1]), (0, 1)), lambda x: qml.BasisState(np.array([1, 1]), (0, 1))),
        (lambda x: qml.pow(qml.RX(x[0], 0), 2), lambda x: qml.pow(qml.RX(x[0], 0), 3)),
    ],
    ids=["matrix", "exponential", "state", "power"],
)
def test_what_is_known_stays_known(one, other):
    _, count = programs(lambda x: [script(one(x), qml.RX(x[0], 0)), script(other(x), qml.RX(x[0], 0))], jnp.ones(1))
    assert count == 2


def test_the_same_circuit_is_executed_once():
    results, count = programs(lambda x: [script(qml.RX(x, 0))] * 3, jnp.float32(0.7))
    assert count == 1
    np.testing.assert_allclose(results, np.full((3, 1), 0.7, np.float32))


def test_without_traced_numbers_circuits_are_executed_one_by_one():
    executed = []
    results = alike.executed(
        [script(qml.RX(x, 0)) for x in (0.1, 0.2)], lambda one: executed.append(one) or run(one), qubits
    )
    np.testing.assert_allclose(results, [[0.1], [0.2]], rtol=1e-6)
    assert len(executed) == 2


@pytest.mark.parametrize("amplitudes", [2**20, 0])
def test_a_broadcast_circuit_and_its_gradient_are_those_of_default_qubit(monkeypatch, amplitudes):
    monkeypatch.setattr(alike, "AMPLITUDES", amplitudes)
    qubits = 4

    def circuit(features, weights):
        qml.AngleEmbedding(features, wires=range(qubits))
        qml.StronglyEntanglingLayers(weights, wires=range(qubits))
        return qml.expval(qml.Z(0)), qml.probs(wires=[1, 2])

    random = np.random.default_rng(0)
    with jax.enable_x64(True):
        features, weights = (
            jnp.asarray(random.normal(size=(5, qubits))),
            jnp.asarray(random.normal(size=(2, qubits, 3))),
        )

        def loss(device, method):
            node = qml.QNode(circuit, qml.device(device, wires=qubits), interface="jax", diff_method=method)

            def total(features, weights):
                value, probabilities = node(features, weights)
                return jnp.sum(jnp.sin(value)) + jnp.sum(probabilities**2)

            return jax.jit(jax.value_and_grad(total, (0, 1)))(features, weights)

        expected = loss("default.qubit", "backprop")
        for method in ("best", "backprop"):
            jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-9), loss("scan.qubit", method), expected)


@pytest.mark.parametrize("rule", ["parameter-shift", "finite-diff", "spsa"])
def test_the_circuits_of_pennylanes_rules_are_one_program(rule, monkeypatch):
    """All of a shift rule that differ in angles; the value's own circuit comes apart from them."""
    executed = []
    device = qml.device("scan.qubit", wires=2)
    execute_one = device._execute_one
    monkeypatch.setattr(device, "_execute_one", lambda *given: executed.append(given) or execute_one(*given))

    def circuit(angles):
        for angle in angles:
            qml.RX(angle, 0)
            qml.CNOT((0, 1))
        return qml.expval(qml.Z(0))

    def slopes(on):
        # The same random directions for both devices.
        options = {"num_directions": 6, "sampler_rng": np.random.default_rng(0), "h": 0.05} if rule == "spsa" else {}
        node = qml.QNode(circuit, on, interface="jax", diff_method=rule, gradient_kwargs=options)
        return jax.jit(jax.grad(node))(angles)

    with jax.enable_x64(True):
        angles = jnp.linspace(0.2, 0.6, 5)
        found = slopes(device)
        assert len(executed) <= 3
        np.testing.assert_allclose(found, slopes(qml.device("default.qubit", wires=2)), atol=1e-7)


@settings(max_examples=4, deadline=None)
@given(st.data())
def test_batches_of_random_circuits_give_what_default_qubit_gives(data):
    """Mixed gates, some alike, known and traced angles, of all kinds of results."""
    gate = st.tuples(st.sampled_from(["RX", "RY", "PhaseShift", "CRZ"]), st.booleans(), st.floats(-3, 3))
    bodies = data.draw(st.lists(st.lists(gate, min_size=1, max_size=3), min_size=2, max_size=3))
    chosen = data.draw(st.lists(st.integers(0, len(bodies) - 1), min_size=2, max_size=6))

    def circuits(x):
        made = []
        for place, body in enumerate(chosen):
            operations = [qml.Hadamard(0)]
            for name, traced, angle in bodies[body]:
                wires = (0, 1) if name == "CRZ" else (place % 2,)
                operations.append(getattr(qml, name)(angle * x[place] if traced else angle, wires))
            made.append(QuantumScript(operations, [qml.expval(qml.X(0)), qml.probs(wires=[0, 1])]))
        return made

    def results(device):
        return lambda x: qml.execute(circuits(x), qml.device(device, wires=2), diff_method="backprop", interface="jax")

    with jax.enable_x64(True):
        x = jnp.linspace(0.1, 0.9, len(chosen))
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, atol=1e-9),
            jax.jit(jax.jacrev(results("scan.qubit")))(x),
            jax.jit(jax.jacrev(results("default.qubit")))(x),
        )
