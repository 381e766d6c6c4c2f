"""Regularisers of the circuit: noise against a density matrix, the others against their definitions."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.vqc.circuit.regularisers import depolarise, gate_dropout, layerwise, squared_angles

QUBITS, LAYERS = 2, 3
AXES = {"YZY": (qml.RY, qml.RZ, qml.RY), "ZYZ": (qml.RZ, qml.RY, qml.RZ)}


def circuit(axes: str, angles, probability: float | None = None) -> None:
    for layer in angles:
        for wire in range(QUBITS):
            if probability is not None:
                qml.DepolarizingChannel(probability, wires=wire)
            for gate, angle in zip(AXES[axes], layer[wire], strict=True):
                gate(angle, wires=wire)
        qml.CZ(wires=[0, 1])


@pytest.mark.parametrize("axes", sorted(AXES))
def test_every_pauli_is_the_change_of_angles_that_is_stated(axes: str) -> None:
    """Over all 4^(layers · qubits) trajectories, weighted, the mean is the density matrix's expectation: exactly."""
    angles = np.random.default_rng(1).normal(size=(2, QUBITS, 3))
    probability = 0.3

    @qml.qnode(qml.device("default.mixed", wires=QUBITS))
    def mixed():
        circuit(axes, angles, probability)
        return qml.expval(qml.Z(0)), qml.expval(qml.X(0) @ qml.Y(1))

    @qml.qnode(qml.device("default.qubit", wires=QUBITS))
    def pure(changed):
        circuit(axes, changed)
        return qml.expval(qml.Z(0)), qml.expval(qml.X(0) @ qml.Y(1))

    # Places within [0, 1] at which the draw stands for the outer axis, both, the middle axis, and no error.
    draws = np.array([0.05, 0.15, 0.25, 0.9])
    weights = np.array([0.1, 0.1, 0.1, 0.7])
    total = np.zeros(2)
    for numbers in np.ndindex(4, 4, 4, 4):
        kind = np.array(numbers).reshape(2, QUBITS)
        changed = _with_draws(angles, draws[kind], probability)
        total += weights[kind].prod() * np.array(pure(changed))
    np.testing.assert_allclose(total, mixed(), atol=1e-5)


def _with_draws(angles: np.ndarray, draws: np.ndarray, probability: float) -> np.ndarray:
    original = jax.random.uniform
    try:
        jax.random.uniform = lambda key, shape: jnp.asarray(draws)
        return np.asarray(depolarise(jax.random.key(0), jnp.asarray(angles, jnp.float32), probability))
    finally:
        jax.random.uniform = original


def test_the_mean_over_trajectories_is_that_of_the_mixed_state() -> None:
    angles = np.random.default_rng(2).normal(size=(LAYERS, QUBITS, 3))

    @qml.qnode(qml.device("default.mixed", wires=QUBITS))
    def mixed():
        circuit("YZY", angles, 0.2)
        return qml.expval(qml.Z(0) @ qml.Z(1))

    @qml.qnode(qml.device("default.qubit", wires=QUBITS), interface="jax")
    def pure(changed):
        circuit("YZY", changed)
        return qml.expval(qml.Z(0) @ qml.Z(1))

    trajectories = 4000
    values = jax.jit(jax.vmap(lambda key: pure(depolarise(key, jnp.asarray(angles, jnp.float32), 0.2))))(
        jax.random.split(jax.random.key(0), trajectories)
    )
    error = np.std(values) / np.sqrt(trajectories)
    assert abs(np.mean(values) - mixed()) < 4 * error


def test_no_noise_and_no_dropout_change_nothing() -> None:
    angles = jax.random.normal(jax.random.key(0), (LAYERS, QUBITS, 3))
    np.testing.assert_array_equal(depolarise(jax.random.key(1), angles, 0.0), angles)
    np.testing.assert_array_equal(gate_dropout(jax.random.key(1), angles, 0.0), angles)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_dropout_leaves_out_the_stated_share_and_keeps_the_rest(rate: float) -> None:
    angles = jax.random.normal(jax.random.key(0), (40, 40, 3))
    dropped = gate_dropout(jax.random.key(1), angles, rate)
    gone = np.asarray(dropped == 0)
    np.testing.assert_array_equal(np.asarray(dropped)[~gone], np.asarray(angles)[~gone])
    np.testing.assert_allclose(gone.mean(), rate, atol=4 * np.sqrt(rate * (1 - rate) / angles.size))


@settings(max_examples=20, deadline=None)
@given(st.integers(-3, 3), st.floats(-3.0, 3.0))
def test_the_penalty_on_angles_is_periodic_and_quadratic(turns: int, angle: float) -> None:
    one = jnp.full((1, 1, 3), angle, jnp.float32)
    np.testing.assert_allclose(squared_angles(one + 2 * np.pi * turns), (angle / np.pi) ** 2, rtol=1e-4, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(1, 20))
def test_layerwise_training_adds_layers_then_trains_halves(layers: int, per_phase: int) -> None:
    steps = 4 * layers * per_phase
    trained_for = np.zeros(layers, int)
    for step in range(steps):
        active, trained = (np.asarray(mask) for mask in layerwise(step, steps, layers))
        assert np.all(active[trained])
        trained_for += trained
        if step < steps // 2:
            assert trained.sum() == 1
            assert active.sum() == trained.argmax() + 1 == step // (2 * per_phase) + 1
        else:
            assert active.all()
            assert trained.sum() in (layers // 2, layers - layers // 2)
    np.testing.assert_array_equal(trained_for, steps / 2 / layers + steps / 4)
