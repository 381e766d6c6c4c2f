"""What a layer may be: whatever its gates on ``default.qubit`` are, or refused in a sentence."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.layers import CircuitLayer
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.gate_angles import gate_angles_of
from paradigms.vqc.gradients.parameter_shift import differentiable

METHODS = ("adjoint", "backprop", "shift")


def circuit_of(layer):
    """Repeated layers on two wires."""

    def circuit(weights):
        RepeatedLayers(weights, wires=range(2), layer=layer)
        return qml.expval(qml.Z(0))

    return circuit


def on(circuit, method, wires=2):
    node = qml.QNode(
        circuit,
        qml.device("scan.qubit", wires=wires),
        interface="jax",
        diff_method="adjoint" if method == "shift" else method,
    )
    return differentiable(node) if method == "shift" else node


def stock(circuit, wires=2):
    return qml.QNode(circuit, qml.device("default.qubit", wires=wires), interface="jax")


def turned(function):
    """A layer of RX by a function of the first weight, and RY."""

    def layer(weights, wires):
        qml.RX(function(weights[0]), wires[0])
        qml.RY(weights[1], wires[0])

    return layer


@pytest.mark.parametrize("method", METHODS)
def test_a_clipped_angle_is_no_weight(x64, method):
    circuit = on(circuit_of(turned(lambda u: jnp.clip(u, -np.pi, np.pi))), method)
    value, gradient = jax.jit(jax.value_and_grad(circuit))(jnp.array([[4.0, 0.3]]))
    np.testing.assert_allclose(value, -np.cos(0.3), atol=1e-12)
    np.testing.assert_allclose(gradient, [[0, np.sin(0.3)]], atol=1e-12)


FUNCTIONS = {
    "abs": (jnp.abs, -0.8),
    "relu": (jax.nn.relu, -0.8),
    "clip": (lambda u: jnp.clip(u, -1, 1), 1.4),
    "where": (lambda u: jnp.where(u > 1, 0, u), 1.4),
    "far": (lambda u: jnp.where(jnp.abs(u) > 1e6, 0, u), 2e6),
    "stop_gradient": (jax.lax.stop_gradient, 0.7),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_a_weight_on_some_numbers_only_is_evaluated(x64, name):
    function, at = FUNCTIONS[name]

    def expected(weights):
        return jnp.cos(function(weights[0, 0])) * jnp.cos(weights[0, 1])

    weights = jnp.array([[at, 0.3]])
    for method in ("adjoint", "shift"):
        got = jax.jit(jax.value_and_grad(on(circuit_of(turned(function)), method)))(weights)
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, atol=1e-9), got, jax.value_and_grad(expected)(weights)
        )


class Reading(CircuitLayer):
    """Period 2; reads another weight, and another constant, in every second layer."""

    def gates(self, weights, wires, index):
        return [qml.RX(weights[index % 2], wires[0]), qml.RY(0.4 * (index + 1), wires[0])]

    def period(self, wires):
        return 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("depth", [1, 5])
def test_the_layers_of_a_period_have_numbers_of_their_own(x64, method, depth):
    weights = np.random.default_rng(0).uniform(-3, 3, (depth, 2))

    def written_out(weights):
        for number in range(depth):
            qml.RX(weights[number, number % 2], 0)
            qml.RY(0.4 * (number % 2 + 1), 0)
        return qml.expval(qml.Z(0))

    got = jax.jit(jax.value_and_grad(on(circuit_of(Reading()), method)))(jnp.asarray(weights))
    expected = jax.jit(jax.value_and_grad(stock(written_out)))(jnp.asarray(weights))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-9), got, expected)


def indexed(gates):
    """A layer of no stated period, and one of period 2."""

    class Unstated(CircuitLayer):
        def gates(self, weights, wires, index):
            return gates(weights, wires, index)

    class Stated(Unstated):
        def period(self, wires):
            return 2

    return Unstated(), Stated()


INDEXED = {
    "constant": lambda w, wires, n: [qml.RX(0.1 * n, 0)],
    "weight": lambda w, wires, n: [qml.RX(w[n % 2], 0)],
    "list": lambda w, wires, n: [qml.RX([0.1, 0.2][n], 0)],
    "branch": lambda w, wires, n: [(qml.RX if n == 0 else qml.RY)(w[0], 0)],
    "matrix": lambda w, wires, n: [qml.QubitUnitary(np.diag([1, 1j**n]), 0)],
}


@pytest.mark.parametrize("name", INDEXED)
@pytest.mark.parametrize("device", ["scan.qubit", "default.qubit"])
def test_an_index_needs_a_period(name, device):
    unstated, _ = indexed(INDEXED[name])
    node = qml.QNode(circuit_of(unstated), qml.device(device, wires=2), interface="jax")
    with pytest.raises(Unsupported, match="Unstated reads its index and states no period; define period"):
        node(jnp.ones((3, 2)))


def test_gates_that_differ_within_a_period_are_refused():
    _, stated = indexed(INDEXED["branch"])
    with pytest.raises(ValueError, match="differ in more than the wires of their CNOT and SWAP gates"):
        on(circuit_of(stated), "adjoint")(jnp.ones((3, 2)))


@pytest.mark.parametrize("what", ["gates", "angle", "wires"])
@pytest.mark.parametrize("method", ["adjoint", "shift"])
def test_a_layer_with_a_memory_is_refused(what, method):
    calls = itertools.count()

    def layer(weights, wires):
        now = next(calls)
        match what:
            case "gates":
                (qml.RX, qml.RY)[now % 2](weights[0], wires[0])
            case "angle":
                qml.RX(weights[0] + 0.1 * now, wires[0])
            case _:
                qml.RX(weights[0], wires[now % 2])

    with pytest.raises(Unsupported, match="layer has other gates or angles when it is read again"):
        on(circuit_of(layer), method)(jnp.ones((2, 1)))


OUTSIDE = {
    "a wire": (
        lambda w, wires: qml.CNOT((wires[0], 7)),
        r"CNOT on wires \[0, 7\], of which \[7\] are none of wires=\[0, 1\]",
    ),
    "an expectation value": (
        lambda w, wires: (qml.RX(w[0], 0), qml.expval(qml.Z(0))),
        r"measures \(expval\(Z\(0\)\)\)",
    ),
    "a measurement": (lambda w, wires: qml.measure(0), r"measures \(.*between operations of RepeatedLayers"),
    "a condition": (lambda w, wires: qml.cond(qml.measure(0), qml.X)(1), "is made of gates alone"),
    "a channel": (lambda w, wires: qml.BitFlip(0.1, 0), "BitFlip"),
}


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("method", ["adjoint", "shift"])
def test_what_is_no_gate_of_the_layers_wires_is_refused(name, method):
    layer, sentence = OUTSIDE[name]
    with pytest.raises(Unsupported, match=sentence):
        on(circuit_of(layer), method, wires=8)(jnp.ones((2, 1)))


class Broken(CircuitLayer):
    """A layer of some gates and some period."""

    def __init__(self, gates, period):
        self.given, self.every = gates, period

    def gates(self, weights, wires, index):
        return self.given

    def period(self, wires):
        return self.every


@pytest.mark.parametrize("device", ["scan.qubit", "default.qubit"])
@pytest.mark.parametrize(
    ("layer", "sentence"),
    [
        (Broken([], 0), "Broken has period 0; .* a whole number of at least 1"),
        (Broken([], 1.5), "Broken has period 1.5; .* a whole number of at least 1"),
        (Broken(None, 1), "Broken.gates gives None; return a list"),
    ],
)
def test_a_layer_that_is_none_is_refused_on_every_device(device, layer, sentence):
    node = qml.QNode(circuit_of(layer), qml.device(device, wires=2), interface="jax")
    with pytest.raises(Unsupported, match=sentence):
        node(jnp.ones((2, 1)))


BRANCHES = {
    "if": lambda w, wire: qml.RX(w[0], wire) if w[0] > 0 else qml.RY(w[0], wire),
    "float": lambda w, wire: qml.RX(float(w[0]), wire),
    "range": lambda w, wire: [qml.RX(w[0], wire) for _ in range(w[0].astype(int))],
}


@pytest.mark.parametrize("name", BRANCHES)
@pytest.mark.parametrize("labels", [(0, 1), ("b", "a")])
def test_a_layer_that_asks_for_a_weights_value_is_told_the_rule(name, labels):
    """Also where the device has no wires, and the layer is first asked which it uses."""

    def layer(weights, wires):
        BRANCHES[name](weights, wires[0])

    def circuit(weights):
        RepeatedLayers(weights, wires=labels, layer=layer)
        return qml.expval(qml.Z(labels[0]))

    with pytest.raises(Unsupported, match=r"layer asks for the value of a weight .* jnp\.where"):
        jax.eval_shape(on(circuit, "adjoint", wires=None), jnp.ones((2, 1)))


def test_numpy_on_a_weight_is_told_the_way_out():
    with pytest.raises(Unsupported, match=r"gives a weight to NumPy.*jax\.numpy"):
        on(circuit_of(turned(np.sin)), "adjoint")(jnp.ones((2, 2)))


@pytest.mark.parametrize("method", METHODS)
def test_a_gate_takes_one_angle(method):
    def batched(weights, wires):
        qml.RX(weights, wires[0])

    with pytest.raises(Unsupported, match=r"angles of shape \(2,\).*jax\.vmap"):
        on(circuit_of(batched), method)(jnp.ones((2, 2)))


def test_a_complex_angle_has_no_shift_rule():
    with pytest.raises(Unsupported, match="complex angle, which has no shift rule"):
        on(circuit_of(turned(lambda u: 1j * u)), "shift")(jnp.ones((2, 2)))


def uploading(x):
    def layer(weights, wires):
        qml.RX(weights[0] * x[0], wires[0])
        qml.RY(x[1], wires[0])
        qml.CRZ(weights[1], wires)
        qml.RX(0.2, wires[0])

    return layer


def uploaded(weights, x):
    RepeatedLayers(weights, wires=range(2), layer=uploading(x))
    return qml.expval(qml.Z(0))


@pytest.mark.parametrize("method", METHODS)
def test_what_a_layer_closes_over_is_differentiated(x64, method):
    weights = jnp.asarray(np.random.default_rng(1).uniform(-2, 2, (3, 2)))
    batch = jnp.array([[0.4, 0.9], [-1.1, 0.2]])

    def written_out(weights, x):
        for one in weights:
            uploading(x)(one, range(2))
        return qml.expval(qml.Z(0))

    def gradients(circuit):
        return jax.jit(jax.vmap(jax.value_and_grad(circuit, (0, 1)), (None, 0)))(weights, batch)

    got, expected = gradients(on(uploaded, method)), gradients(stock(written_out))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-9), got, expected)


def test_only_angles_that_are_traced_are_shifted():
    def terms(x, weights):
        tape = qml.tape.make_qscript(uploaded)(weights, x)
        found.append([[rule.terms for rule in rules] for rules in gate_angles_of(tape).rules])
        return jnp.sum(x)

    found = []
    jax.grad(terms)(jnp.ones(2), jnp.ones((2, 2)))
    jax.grad(terms, 1)(jnp.ones(2), jnp.ones((2, 2)))
    assert found == [[[2, 2, 0, 0] * 2], [[2, 0, 4, 0] * 2]]


@pytest.mark.parametrize("method", METHODS)
def test_no_layers_are_the_identity(method):
    def circuit(weights, angle):
        qml.RY(angle, 0)
        RepeatedLayers(weights, wires=range(2), layer=turned(jnp.sin))
        return qml.expval(qml.Z(0))

    value, (none, slope) = jax.jit(jax.value_and_grad(on(circuit, method), (0, 1)))(jnp.ones((0, 2)), 0.3)
    np.testing.assert_allclose((value, slope), (np.cos(0.3), -np.sin(0.3)), atol=1e-6)
    assert none.shape == (0, 2)


def test_weights_may_be_a_list_or_whole_numbers():
    expected = on(circuit_of(turned(jnp.sin)), "adjoint")(jnp.array([[1.0, 2.0], [3.0, 4.0]]))
    for given in ([[1, 2], [3, 4]], [np.array([1.0, 2]), np.array([3.0, 4])], [jnp.array([1, 2]), jnp.array([3, 4])]):
        np.testing.assert_allclose(on(circuit_of(turned(jnp.sin)), "adjoint")(given), expected, atol=1e-6)
    rows = [jnp.array([1.0, 2.0]), jnp.array([3.0, 4.0])]
    assert [row.shape for row in jax.jit(jax.grad(on(circuit_of(turned(jnp.sin)), "shift")))(rows)] == [(2,), (2,)]


class Pair(NamedTuple):
    """Two arrays, which would be two layers of a list."""

    one: np.ndarray
    other: np.ndarray


def test_a_function_of_other_arguments_is_no_layer():
    with pytest.raises(Unsupported, match=r"is neither a CircuitLayer nor a function \(weights, wires\)"):
        RepeatedLayers(np.ones((2, 2)), wires=range(2), layer=lambda weights: None)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"a": np.ones(2)}, "weights is a dict; give one array"),
        ([np.ones(2), np.ones(3)], "entries do not stack"),
        (np.ones((2, 2), bool), "weights are bool; gate angles are numbers"),
        (np.array(0.3), "weights is a scalar"),
        (Pair(np.ones((3, 2)), np.zeros((3, 2))), "weights is a Pair; give one array"),
        (None, "weights is a NoneType; give one array"),
        ("angles", "weights are a str; gate angles are numbers"),
    ],
)
def test_other_weights_are_refused(given, sentence):
    with pytest.raises(Unsupported, match=sentence):
        RepeatedLayers(given, wires=range(2), layer=turned(jnp.sin))
