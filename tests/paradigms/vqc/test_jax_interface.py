"""What PennyLane asks of a device under its JAX interface, against ``default.qubit`` in NumPy and closed forms."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit

A, B = 0.37, -1.2
BEST = {"diff_method": "best"}
ADJOINT = {"diff_method": "adjoint"}
SHIFT = {"diff_method": "parameter-shift"}


def differences(**options):
    return {"diff_method": "finite-diff", "gradient_kwargs": {**options, "strategy": "center"}}


RULES: dict[str, dict[str, Any]] = {
    "best": BEST,
    "backprop": {"diff_method": "backprop", "grad_on_execution": True},
    "adjoint": {**ADJOINT, "grad_on_execution": True},
    "device's products": {**ADJOINT, "device_vjp": True},
    "shift": SHIFT,
    "transform": {"diff_method": qml.gradients.param_shift},
    "finite differences": differences(h=1e-4, approx_order=2),
}
UNDOING = ("adjoint", "device's products")
"""They refuse what is not known to be unitary."""
RETURNS = {
    "value": lambda: qml.expval(qml.Z(0) @ qml.X(1)),
    "probabilities": lambda: qml.probs(wires=[1, 0]),
    "several": lambda: (qml.expval(qml.Y(1)), qml.var(qml.Z(1)), qml.probs(wires=1)),
    "list": lambda: [qml.expval(qml.Z(0))],
    "dictionary": lambda: {"mean": qml.expval(qml.Z(1)), "all": qml.probs()},
}
PLACES = {
    # The interface, and where jax.jit is: around what differentiates the circuit, or within.
    "operation by operation": ("auto", None),
    "outside": ("jax", "outside"),
    "outside, by name": ("jax-jit", "outside"),
    "inside": ("jax", "inside"),
}
BENT = {
    "jax.hessian": jax.hessian,
    "reverse of forward": lambda f, argnums: jax.jacrev(jax.jacfwd(f, argnums), argnums),
}
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


def on_ours(circuit, interface="jax", wires=None, **rule):
    return qml.QNode(circuit, ScanQubit(wires=wires), interface=interface, **rule)


def slope_of(function, towards, step=0.01):
    """The derivative of a function of a point, in a direction."""

    def slope(point):
        points = [function(point + step * place * np.array(towards)) for place in SLOPE]
        weights = np.array(list(SLOPE.values())) / step
        return jax.tree.map(lambda *values: np.tensordot(weights, np.stack(values), 1), *points)

    return slope


@cache
def expected(name):
    """The value, its derivatives by ``a`` and ``b``, and theirs: each in the place of its value."""
    node = qml.QNode(circuit_of(RETURNS[name]), qml.device("default.qubit"), interface=None, diff_method=None)

    def value(point):
        return node(*point)

    at = np.array([A, B])
    slopes = [slope_of(value, towards) for towards in ([1, 0], [0, 1])]
    first = [slope(at) for slope in slopes]
    second = [[slope_of(slope, towards)(at) for towards in ([1, 0], [0, 1])] for slope in slopes]
    return value(at), placed(first), placed([placed(row) for row in second], jax.tree.structure(first[0]))


def placed(branches, structure=None):
    """A tuple of the branches in every place of theirs."""
    structure = structure or jax.tree.structure(branches[0])
    leaves = zip(*(structure.flatten_up_to(branch) for branch in branches), strict=True)
    return structure.unflatten(tuple(leaf) for leaf in leaves)


def assert_close(ours, theirs, atol):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for left, right in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        assert isinstance(left, jax.Array)
        assert left.shape == np.shape(right)
        np.testing.assert_allclose(left, right, atol=atol)


def both(node):
    return lambda a, b: (node(a, b), jax.jacobian(node, (0, 1))(a, b))


def assert_right(values_and_slopes, name, rule):
    value, slopes, _ = expected(name)
    assert_close(values_and_slopes[0], value, 1e-12)
    assert_close(values_and_slopes[1], slopes, 1e-7 if rule == "finite differences" else 1e-10)


def test_every_result_with_the_best_rule(x64):
    nodes = {name: on_ours(circuit_of(measurements), "jax-jit", **BEST) for name, measurements in RETURNS.items()}
    results = jax.jit(lambda a, b: {name: both(node)(a, b) for name, node in nodes.items()})(A, B)
    for name in RETURNS:
        assert_right(results[name], name, "best")


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "best"])
def test_every_rule(x64, rule):
    node = on_ours(circuit_of(RETURNS["several"]), wires=2, **RULES[rule])
    assert_right(jax.jit(both(node))(A, B), "several", rule)


def test_operation_by_operation(x64):
    node = on_ours(two_turns, "auto", **SHIFT)
    arguments = jnp.asarray(A), jnp.asarray(B)
    np.testing.assert_allclose(node(*arguments), np.cos(A) * np.cos(B), atol=1e-12)
    np.testing.assert_allclose(jax.grad(node)(*arguments), -np.sin(A) * np.cos(B), atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rule", "place"),
    [
        *product(RETURNS, RULES, ["outside"]),
        *product(["several"], RULES, [place for place in PLACES if place != "outside"]),
    ],
)
def test_every_result_with_every_rule(x64, name, rule, place):
    """By all arguments and by one, in both modes, and by one array of all."""
    interface, jit = PLACES[place]
    node = on_ours(circuit_of(RETURNS[name]), interface, 2 if jit else None, **RULES[rule])
    called = jax.jit(node) if jit == "inside" else node

    def everything(a, b):
        by_array = jax.jacobian(lambda x: called(x[0], x[1]))(jnp.stack([a, b]))
        by_one = [mode(called, argnums)(a, b) for mode in (jax.jacrev, jax.jacfwd) for argnums in (0, 1)]
        return both(called)(a, b), jax.jacfwd(called, (0, 1))(a, b), by_array, by_one

    run = everything if jit != "outside" else jax.jit(everything)
    right, forward, by_array, by_one = run(jnp.asarray(A), jnp.asarray(B))
    assert_right(right, name, rule)
    assert_right((right[0], forward), name, rule)
    value, slopes, _ = expected(name)
    columns = jax.tree.structure(value).flatten_up_to(slopes)
    atol = 1e-7 if rule == "finite differences" else 1e-10
    stacked = [np.stack(column, axis=-1) for column in columns]
    assert_close(by_array, jax.tree.structure(value).unflatten(stacked), atol)
    for place, single in enumerate(by_one):
        assert_close(single, jax.tree.structure(value).unflatten([column[place % 2] for column in columns]), atol)


def test_forward_mode_under_adjoint(x64):
    node = on_ours(circuit_of(RETURNS["several"]), **ADJOINT)
    assert_close(jax.jit(jax.jacfwd(node, (0, 1)))(A, B), expected("several")[1], 1e-10)


def test_hessians_by_shifting_twice(x64):
    node = on_ours(two_turns, max_diff=2, **SHIFT)
    bent, mixed = -np.cos(A) * np.cos(B), np.sin(A) * np.sin(B)
    np.testing.assert_allclose(jax.jit(jax.hessian(node, (0, 1)))(A, B), [[bent, mixed], [mixed, bent]], atol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rule", "way"),
    [*product(RETURNS, RULES, ["jax.hessian"]), *product(["several"], RULES, ["reverse of forward"])],
)
def test_hessians(x64, name, rule, way):
    """By all arguments, and by one array of all."""
    node = on_ours(circuit_of(RETURNS[name]), max_diff=2, **RULES[rule])
    hessian = BENT[way]

    def everything(a, b):
        return hessian(node, (0, 1))(a, b), hessian(lambda x: node(x[0], x[1]), 0)(jnp.stack([a, b]))

    separate, by_array = jax.jit(everything)(A, B)
    value, _, second = expected(name)
    atol = 1e-6 if rule == "finite differences" else 1e-9
    assert_close(separate, second, atol)
    tables = [
        np.moveaxis(np.array(table), (0, 1), (-2, -1)) for table in jax.tree.structure(value).flatten_up_to(second)
    ]
    assert_close(by_array, jax.tree.structure(value).unflatten(tables), atol)


def test_one_argument_of_several_and_a_changed_choice(x64):
    node = on_ours(two_turns, **SHIFT)
    slopes = np.array([-np.sin(A) * np.cos(B), -np.cos(A) * np.sin(B)])
    choices = (0, 1, (1, 0))
    for argnums, slope in zip(choices, jax.jit(lambda *x: [jax.grad(node, n)(*x) for n in choices])(A, B), strict=True):
        np.testing.assert_allclose(slope, slopes[np.array(argnums)], atol=1e-10)


def test_no_rule_means_no_gradient():
    node = on_ours(two_turns, diff_method=None)
    np.testing.assert_allclose(jax.jit(node)(A, B), np.cos(A) * np.cos(B), atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", RETURNS)
@pytest.mark.parametrize("mode", [jax.jacrev, jax.jacfwd])
def test_a_rule_that_draws_directions_has_the_same_structure(x64, name, mode):
    directions = {"sampler_rng": np.random.default_rng(0), "num_directions": 3}
    node = on_ours(circuit_of(RETURNS[name]), diff_method="spsa", gradient_kwargs=directions)
    assert_same_shapes(jax.eval_shape(mode(node, (0, 1)), A, B), expected(name)[1])


def assert_same_shapes(ours, theirs):
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    assert jax.tree.map(np.shape, ours) == jax.tree.map(np.shape, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["standard", "reversed", "direct", "reversed-direct"])
def test_hadamard_tests_as_a_rule(x64, mode):
    options = {"mode": mode} if "direct" in mode else {"mode": mode, "aux_wire": 2}
    node = on_ours(circuit_of(RETURNS["value"]), diff_method="hadamard", gradient_kwargs=options)
    assert_right(jax.jit(both(node))(A, B), "value", "hadamard")


class Thrice(qml.operation.Operation):
    """A turn by three times its angle, which has a decomposition alone."""

    num_params = 1
    num_wires = 1
    grad_method = None

    @staticmethod
    def compute_decomposition(angle, wires):
        return [qml.RY(3 * angle, wires=wires)]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_a_gate_that_is_decomposed(x64, rule):
    def circuit(a):
        qml.Hadamard(wires=0)
        Thrice(a, wires=0)
        return qml.expval(qml.X(0))

    value, slope = jax.jit(jax.value_and_grad(on_ours(circuit, **RULES[rule])))(A)
    np.testing.assert_allclose([value, slope], [np.cos(3 * A), -3 * np.sin(3 * A)], atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in UNDOING])
@pytest.mark.parametrize("graph", [False, True])
def test_a_matrix_that_is_not_differentiated(x64, rule, graph):
    def circuit(matrix, a):
        qml.QubitUnitary(matrix, wires=0)
        qml.RY(a, wires=0)
        return qml.expval(qml.Z(0))

    with qml.decomposition.toggle_graph_ctx(graph):
        value, slope = jax.jit(jax.value_and_grad(on_ours(circuit, **RULES[rule]), 1))(jnp.array([[0, 1], [1, 0]]), A)
    np.testing.assert_allclose([value, slope], [-np.cos(A), np.sin(A)], atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_coefficients_are_differentiated(x64, rule):
    words = [qml.X(0), qml.Y(1), qml.Z(0) @ qml.X(1)]
    means = qml.QNode(circuit_of(lambda: tuple(map(qml.expval, words))), qml.device("default.qubit"), interface=None)

    def circuit(a, c):
        return circuit_of(lambda: qml.expval(qml.Hamiltonian(c, words)))(a, B)

    node = on_ours(circuit, **RULES[rule])
    weights = np.array([0.4, -1.1, 0.7])
    value, (by_angle, by_weight) = jax.jit(jax.value_and_grad(node, (0, 1)))(A, weights)
    np.testing.assert_allclose(value, weights @ means(A, B), atol=1e-12)
    np.testing.assert_allclose(by_weight, means(A, B), atol=1e-7)
    slopes = slope_of(lambda a: np.array(means(a, B)), 1)(A)
    np.testing.assert_allclose(by_angle, weights @ slopes, atol=1e-7)
    if rule in ("best", "backprop", "adjoint"):
        mixed = jax.jit(jax.jacobian(jax.grad(node), 1))(A, weights)
        np.testing.assert_allclose(mixed, slopes, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_a_circuit_within_a_circuit(x64, rule):
    node = on_ours(two_turns, **RULES[rule])
    value, (by_a, by_b) = jax.jit(jax.value_and_grad(lambda a, b: node(node(a, b), b) ** 2, (0, 1)))(A, B)
    inner = np.cos(A) * np.cos(B)
    outer = np.cos(inner) * np.cos(B)
    np.testing.assert_allclose(value, outer**2, atol=1e-10)
    np.testing.assert_allclose(by_a, 2 * outer * np.sin(inner) * np.cos(B) * np.sin(A) * np.cos(B), atol=1e-7)
    slope = np.sin(inner) * np.cos(A) * np.sin(B) * np.cos(B) - np.cos(inner) * np.sin(B)
    np.testing.assert_allclose(by_b, 2 * outer * slope, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_a_batch_by_vmap_and_by_broadcasting(x64, rule):
    node = on_ours(circuit_of(RETURNS["several"]), cache=False, **RULES[rule])
    a, b = np.linspace(-2, 1, 4), np.linspace(0.3, 5, 4)
    theirs = qml.QNode(circuit_of(RETURNS["several"]), qml.device("default.qubit"), interface=None)(a, b)
    assert_close(jax.jit(jax.vmap(node))(a, b), theirs, 1e-12)
    assert_close(jax.jit(node)(a, b), theirs, 1e-12)


def state_of_one_turn(a):
    """(cos a/2, -i sin a/2)."""
    qml.RX(a, wires=0)
    return qml.state()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "atol"), [(BEST, 1e-6), (RULES["backprop"], 1e-6), (differences(h=0.03, approx_order=4), 1e-4)]
)
def test_states_have_derivatives_in_single_precision(rule, atol):
    node = on_ours(state_of_one_turn, **rule)
    slope = jax.jit(jax.jacobian(node, holomorphic=True))(jnp.complex64(A))
    assert slope.dtype == jnp.complex64
    np.testing.assert_allclose(slope, [-np.sin(A / 2) / 2, -0.5j * np.cos(A / 2)], atol=atol)


def matrix_of_one_wire(matrix):
    qml.QubitUnitary(matrix, wires=0)
    return qml.state()


@pytest.mark.parametrize(
    ("circuit", "argument", "told"),
    [
        (state_of_one_turn, np.complex64(A), r"RX on wires \[0\] with a number of dtype complex64"),
        (matrix_of_one_wire, np.eye(2), r"QubitUnitary on wires \[0\] with traced entries"),
    ],
)
def test_adjoint_refuses_numbers_that_leave_open_what_a_gate_does(circuit, argument, told):
    node = on_ours(circuit, **ADJOINT)
    with pytest.raises(Unsupported, match=rf"{told} is not known to be unitary; use diff_method='best'"):
        jax.eval_shape(node, argument)


@pytest.mark.parametrize("interface", ["auto", "jax", "jax-jit", None])
def test_a_circuit_without_arguments_within_a_compiled_function(interface):
    def circuit():
        qml.BasisState([1], wires=0)
        RepeatedLayers(np.full((2, 1), np.pi / 2), wires=[0], layer=lambda angles, wires: qml.RX(angles[0], wires))
        return qml.expval(qml.Z(0)), qml.probs()

    node = on_ours(circuit, interface)
    value, probabilities = jax.jit(lambda scale: jax.tree.map(lambda result: scale * result, node()))(2.0)
    np.testing.assert_allclose([value, *probabilities], [2, 2, 0], atol=1e-6)
