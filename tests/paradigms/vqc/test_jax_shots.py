"""Shots under PennyLane's JAX interface: structures of results, executions that are counted, unbiased derivatives."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from pennylane.exceptions import DeviceError

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.device import ScanQubit

A, B = 0.37, -1.2
SHIFT = {"interface": "jax", "diff_method": "parameter-shift"}
KINDS = {
    "mean": lambda: qml.expval(qml.Z(0) @ qml.X(1) + 0.5 * qml.Y(1)),
    "variance": lambda: qml.var(qml.X(1)),
    "probabilities": lambda: qml.probs(wires=[1, 0]),
    "several": lambda: (qml.expval(qml.Y(1)), qml.var(qml.Z(1)), qml.probs(wires=1)),
}
SHOTS = {
    "one": (400_000, None),
    "two": ([400_000, 200_000], [400_000, 200_000]),
    "repeated": ([300_000, (200_000, 2)], [300_000, 200_000, 200_000]),
}


def turned(a, b):
    qml.RY(a, wires=0)
    qml.RX(b, wires=1)
    qml.CNOT(wires=[0, 1])


def measured(measurements, device=None, **options):
    def circuit(a, b):
        turned(a, b)
        return measurements()

    return qml.QNode(circuit, device or ScanQubit(seed=0), **{**SHIFT, **options})


def shapes(function, *arguments):
    return jax.tree.map(jnp.shape, jax.eval_shape(function, *arguments))


def test_every_number_of_shots_has_results_and_derivatives_of_its_own():
    node = qml.set_shots(measured(KINDS["several"]), shots=[10, (1000, 2)])
    assert shapes(node, A, B) == (((), (), (2,)),) * 3
    jacobian = shapes(jax.jacobian(node, (0, 1)), A, B)
    assert jacobian == ((((), ()), ((), ()), ((2,), (2,))),) * 3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "shots", "interface"), list(product(KINDS, SHOTS, ("jax", "jax-jit"))))
def test_estimates_and_derivatives_are_right(x64, name, shots, interface):
    """Within six standard errors of values and slopes that lie between -2 and 2."""
    chosen, parts = SHOTS[shots]
    node = qml.set_shots(measured(KINDS[name], interface=interface), shots=chosen)
    exact = qml.QNode(measured(KINDS[name]).func, qml.device("default.qubit"), interface="jax", diff_method="backprop")
    got = jax.jit(lambda a, b: (node(a, b), jax.jacobian(node, (0, 1))(a, b)))(A, B)
    right = jax.jit(lambda a, b: (exact(a, b), jax.jacobian(exact, (0, 1))(a, b)))(A, B)
    for ours, theirs in zip(got, right, strict=True):
        for part in [ours] if parts is None else ours:
            assert jax.tree.structure(part) == jax.tree.structure(theirs)
            for left, wanted in zip(jax.tree.leaves(part), jax.tree.leaves(theirs), strict=True):
                np.testing.assert_allclose(left, wanted, atol=6 * 2 / np.sqrt(200_000))
        assert parts is None or len(ours) == len(parts)


def test_a_derivative_from_shots_is_unbiased():
    mean = measured(lambda: qml.expval(qml.Z(0)))
    slope = jax.jit(jax.grad(qml.set_shots(mean, shots=20_000)))(A, B)
    np.testing.assert_allclose(slope, -np.sin(A), atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("way", [jax.hessian, lambda f: jax.jacrev(jax.jacfwd(f))])
def test_second_derivatives_from_shots_are_unbiased(way):
    def circuit(x):
        qml.RX(x[0], wires=0)
        qml.RY(x[1], wires=0)
        return qml.expval(qml.Z(0))

    node = qml.set_shots(qml.QNode(circuit, ScanQubit(seed=0), max_diff=2, **SHIFT), shots=20_000)
    bent, mixed = -np.cos(A) * np.cos(B), np.sin(A) * np.sin(B)
    np.testing.assert_allclose(jax.jit(way(node))(jnp.array([A, B])), [[bent, mixed], [mixed, bent]], atol=0.05)


def executions(node, device, *argnums):
    with qml.Tracker(device) as tracker:
        jax.eval_shape(lambda *chosen: node(*chosen, *(A, B)[len(chosen) :]), *(A, B)[: len(argnums)])
        before = tracker.totals.get("executions", 0)
        chosen = jax.grad(lambda *chosen: node(*chosen, *(A, B)[len(chosen) :]), argnums)
        jax.eval_shape(chosen, *(A, B)[: len(argnums)])
        return before, tracker.totals["executions"] - before, tracker.totals.get("shots")


def test_executions_and_shots_are_counted():
    """A derivative has two executions an angle with shots, and one in all without."""
    device = ScanQubit(seed=0)
    node = measured(lambda: qml.expval(qml.Y(1)), device, diff_method="best")
    assert executions(node, device, 0) == (1, 1, None)
    sampled = qml.set_shots(node, shots=100)
    assert executions(sampled, device, 0) == (1, 3, 400)
    assert executions(sampled, device, 0, 1) == (1, 5, 600)
    assert executions(node, device, 0, 1) == (1, 1, None)


def test_samples_need_shots_which_may_be_set_later():
    node = measured(lambda: (qml.sample(wires=[1, 0]), qml.sample(qml.Z(0) @ qml.Y(1))), diff_method=None)
    with pytest.raises(DeviceError, match="not accepted for analytic simulation"):
        jax.eval_shape(node, A, B)
    bits, values = jax.eval_shape(qml.set_shots(node, shots=30), A, B)
    assert (bits.shape, values.shape) == ((30, 2), (30,))
    assert jnp.issubdtype(bits.dtype, jnp.integer)
    assert jnp.issubdtype(values.dtype, jnp.floating)


def test_shots_without_a_rule():
    node = qml.set_shots(measured(lambda: qml.expval(qml.Z(0)), diff_method=None), shots=10)
    assert jax.jit(node)(0.0, 0.0) == 1


def test_a_derivative_through_the_drawing_of_shots_is_refused():
    """It was zero."""
    node = qml.set_shots(measured(lambda: qml.expval(qml.Z(0))), shots=10)
    with pytest.raises(Unsupported, match=r"drawing of shots is zero whatever the circuit: .*max_diff=2"):
        jax.grad(jax.grad(node))(A, B)


def test_samples_have_the_dtype_that_is_asked_for():
    node = measured(lambda: (qml.sample(-2 * qml.Z(0), dtype="int32"), qml.sample(wires=[0], dtype="int8")))
    values, bits = qml.set_shots(node, shots=20)(0.0, B)
    assert (values.dtype, bits.dtype) == (np.int32, np.int8)
    np.testing.assert_array_equal(values, [-2] * 20)


@pytest.mark.parametrize("seed", [0.5, "global", np.random.default_rng(0), [1, 2], jax.random.split(jax.random.key(0))])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(DeviceError, match=r"draws no shots here: give a whole number or a JAX key"):
        ScanQubit(seed=seed)


@pytest.mark.parametrize("method", ["parameter-shift", "finite-diff"])
def test_what_pennylanes_rules_do_not_see_is_refused(method):
    def circuit(a):
        RepeatedLayers(np.zeros((2, 1)), [0], lambda w, wires: qml.RX(a + w[0], wires[0]))
        return qml.expval(qml.Z(0))

    with pytest.raises(DeviceError, match=r"closes over it, say\), .* parameter_shift\.differentiable"):
        jax.grad(qml.QNode(circuit, ScanQubit(), interface="jax", diff_method=method))(A)


def test_shots_of_a_circuit_without_arguments_within_a_compiled_function():
    """GateParameters where the seed is one, even of as many outcomes as occur; traced where the key is."""

    def drawn(seed, measurements, shots=10):
        def circuit():
            qml.X(wires=0)
            return measurements()

        return qml.set_shots(qml.QNode(circuit, ScanQubit(seed=seed)), shots=shots)()

    counts = jax.eval_shape(lambda: drawn(0, lambda: qml.counts(wires=0)))
    assert list(counts) == ["1"]
    samples = jax.eval_shape(lambda key: drawn(key, lambda: qml.sample(qml.Z(0))), jax.random.key(0))
    assert samples.shape == (10,)
