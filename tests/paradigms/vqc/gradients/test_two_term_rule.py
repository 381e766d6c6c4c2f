"""The parameter-shift rule against reverse mode, finite differences and PennyLane's own count."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest

from paradigms.interface import Spec
from paradigms.vqc import Config, build
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.two_term_rule import two_term_shift
from paradigms.vqc.qnode import expectation_values, qnode

OUTPUTS = 4


def config(**changes) -> Config:
    return Config(**{"qubits": 3, "layers": 2, **changes})


def circuit_of(settings):
    return expectation_values(qnode(settings, OUTPUTS))


def inputs(settings, amplitude):
    rng = np.random.default_rng(0)
    angles = rng.uniform(-np.pi, np.pi, (settings.layers, settings.qubits, 3))
    state = rng.normal(size=2**settings.qubits)
    return jnp.asarray(angles), jnp.asarray(state / np.linalg.norm(state)) if amplitude else None


def contracted(circuit):
    """A scalar whose cotangent differs from output to output."""
    return lambda angles, state: jnp.sum(jnp.sin(circuit(angles, state)) * jnp.arange(1.0, OUTPUTS + 1))


@pytest.mark.parametrize(
    ("ansatz", "amplitude", "chunk"),
    [
        pytest.param("hardware_efficient", False, 1, marks=pytest.mark.slow),
        ("hardware_efficient", True, 5),
        ("strongly_entangling", True, 100),
    ],
)
def test_parameter_shift_is_reverse_mode(x64, ansatz, amplitude, chunk):
    settings = config(ansatz=ansatz)
    circuit = circuit_of(settings)
    angles, state = inputs(settings, amplitude)
    expected = jax.grad(contracted(circuit))(angles, state)
    ours = jax.jit(jax.grad(contracted(two_term_shift(circuit, chunk))))(angles, state)
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize("ansatz", LAYERS)
def test_parameter_shift_is_finite_differences(x64, ansatz):
    settings = config(ansatz=ansatz)
    angles, _ = inputs(settings, False)
    loss = jax.jit(contracted(two_term_shift(circuit_of(settings), 16)))
    gradient = jax.grad(loss)(angles, None)
    step = 1e-5
    for position in [(0, 0, 0), (0, 2, 1), (1, 1, 2)]:
        shift = jnp.zeros_like(angles).at[position].set(step)
        difference = (loss(angles + shift, None) - loss(angles - shift, None)) / (2 * step)
        np.testing.assert_allclose(gradient[position], difference, atol=1e-8)


def test_single_precision_in_a_batch():
    settings = config()
    circuit = circuit_of(settings)
    batch = jax.random.uniform(jax.random.key(0), (5, 2, 3, 3), maxval=6.0)

    def loss(rule):
        return lambda angles: jax.vmap(contracted(rule), in_axes=(0, None))(angles, None).sum()

    exact = jax.jit(jax.grad(loss(circuit)))(batch)
    ours = jax.jit(jax.grad(loss(two_term_shift(circuit, 4))))(batch)
    np.testing.assert_allclose(ours, exact, atol=1e-5)


@pytest.mark.parametrize("embedding", ["reuploading", "amplitude"])
def test_an_encoder_upstream_keeps_its_gradient(x64, embedding):
    spec = Spec(jax.ShapeDtypeStruct((4,), jnp.float64), "classification", 3)
    encoder = jnp.asarray(np.random.default_rng(1).normal(size=(4, 6)))
    raw = jnp.asarray(np.random.default_rng(2).normal(size=(2, 6)))

    def gradient(rule):
        model = build(config(embedding=embedding, differentiation=rule, shift_chunk=7), spec)
        params, state = model.init(jax.random.key(0))

        def loss(encoder):
            features = jnp.tanh(raw @ encoder.T)
            output = model.apply(params, state, features, key=jax.random.key(1), train=True)
            return jnp.sum(output.prediction**2)

        return jax.jit(jax.grad(loss))(encoder), loss

    shifted, loss = gradient("parameter_shift")
    exact, _ = gradient("backprop")
    assert jnp.abs(shifted).max() > 1e-3
    np.testing.assert_allclose(shifted, exact, atol=1e-10)
    step = jnp.zeros_like(encoder).at[1, 2].set(1e-5)
    difference = (loss(encoder + step) - loss(encoder - step)) / 2e-5
    np.testing.assert_allclose(shifted[1, 2], difference, atol=1e-7)


def count_matrix_products(program: str) -> int:
    return program.count("dot_general")


def test_the_gradient_of_a_prepared_state_is_not_computed_unasked():
    settings = config()
    angles, state = inputs(settings, True)
    loss = contracted(two_term_shift(circuit_of(settings), 4))
    only_angles = str(jax.make_jaxpr(jax.grad(loss))(angles, state))
    both = str(jax.make_jaxpr(jax.grad(loss, argnums=(0, 1)))(angles, state))
    assert count_matrix_products(only_angles) < count_matrix_products(both)


@pytest.mark.parametrize("ansatz", LAYERS)
def test_executions_are_those_that_pennylane_counts(x64, ansatz):
    settings = config(qubits=2, ansatz=ansatz, differentiation="parameter_shift")
    spec = Spec(jax.ShapeDtypeStruct((4,), jnp.float32), "classification", 2)
    device = qml.device("default.qubit", wires=2)

    @qml.qnode(device, interface="jax", diff_method="parameter-shift")
    def stock(angles):
        RepeatedLayers(angles, wires=range(2), layer=LAYERS[ansatz])
        return qml.expval(qml.Z(0)), qml.expval(qml.Z(1))

    angles, _ = inputs(settings, False)
    with qml.Tracker(device) as tracker:
        values, pullback = jax.vjp(lambda angles: jnp.stack(stock(angles)), angles)
        pullback(jnp.ones_like(values))
    cost = build(settings, spec).cost()
    assert cost.forward.circuit_executions == 1
    assert cost.gradient.circuit_executions == tracker.totals["executions"] == 1 + 2 * 12
