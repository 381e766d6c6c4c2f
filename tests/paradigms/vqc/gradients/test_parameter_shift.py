"""Circuits differentiated by generated shift rules, against finite differences on the stock device; and under shots."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.ansatz import LAYERS
from paradigms.vqc.circuit.repeated_layers import RepeatedLayers
from paradigms.vqc.gradients.parameter_shift import differentiable
from paradigms.vqc.gradients.shift_rules import shift_rule
from paradigms.vqc.gradients.shifted_circuits import shifted

ONE = (qml.RX, qml.RY, qml.RZ, qml.PhaseShift)
TWO = (qml.CRX, qml.CRY, qml.CRZ, qml.ControlledPhaseShift, qml.IsingXX, qml.IsingYY, qml.IsingZZ, qml.SingleExcitation)


def stock(function, qubits=3):
    return qml.QNode(function, qml.device("default.qubit", wires=qubits))


def on_scan(function, qubits=3, **keywords):
    return differentiable(qml.QNode(function, qml.device("scan.qubit", wires=qubits)), **keywords)


def scalar(circuit, xp=jnp):
    """A scalar whose cotangent differs from value to value."""

    def loss(*arguments, **keywords):
        values = circuit(*arguments, **keywords)
        flat = xp.concatenate([xp.ravel(value) for value in (values if isinstance(values, tuple | list) else [values])])
        return xp.sum(xp.sin(flat) * xp.arange(1.0, flat.size + 1))

    return loss


def finite_differences(function, argument, step=1e-3):
    """In float64, with Richardson's extrapolation: error of order step⁴."""
    argument = np.asarray(argument, np.float64)
    gradient = np.zeros(argument.shape)
    for place in np.ndindex(*argument.shape):
        shift = np.zeros(argument.shape)
        shift[place] = step
        wide = (function(argument + 2 * shift) - function(argument - 2 * shift)) / (4 * step)
        narrow = (function(argument + shift) - function(argument - shift)) / (2 * step)
        gradient[place] = (4 * narrow - wide) / 3
    return gradient


def mixed(params, x):
    """Shared parameters, expressions, gates of one, two and three parameters, an input, repeated layers."""
    qml.RX(params[0] * x, 0)
    qml.CRY(qml.math.sin(params[1]) + params[0], (0, 1))
    qml.Rot(params[2], params[0], params[1], wires=1)
    RepeatedLayers(qml.math.stack([params, 2 * params]), wires=range(2), layer=nonlinear_layer)
    return qml.expval(qml.Z(0) @ qml.X(1) + 0.3 * qml.Y(1)), qml.probs(wires=[0])


def nonlinear_layer(weights, wires):
    qml.RX(weights[0] * weights[1], wires[0])
    qml.CRZ(weights[2], (wires[0], wires[1]))
    qml.CNOT((wires[1], wires[0]))


def size(function, *arguments):
    """Equations of a program: grows with depth where layers are unrolled."""
    return str(jax.make_jaxpr(function)(*arguments)).count(" = ")


PARAMS, X = np.array([0.3, 0.7, -1.1]), 0.4


def test_the_gradient_is_that_of_finite_differences(x64):
    loss = scalar(stock(mixed, 2), np)
    expected = finite_differences(lambda p: loss(p, X), PARAMS), finite_differences(lambda x: loss(PARAMS, x), X)
    gradient = jax.grad(scalar(on_scan(mixed, 2, chunk=7)), (0, 1))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, atol=1e-9),
        jax.jit(gradient)(jnp.asarray(PARAMS), jnp.asarray(X)),
        expected,
    )


def test_single_precision_in_a_batch():
    batch = np.linspace(0.0, 1.0, 3)
    gradient = jax.value_and_grad(scalar(on_scan(mixed, 2, chunk=1000)))
    values, slopes = jax.jit(jax.vmap(gradient, (None, 0)))(jnp.float32(PARAMS), jnp.float32(batch))
    loss = scalar(stock(mixed, 2), np)
    np.testing.assert_allclose(values, [loss(PARAMS, x) for x in batch], atol=1e-5)
    expected = [finite_differences(lambda p, x=x: loss(p, x), PARAMS) for x in batch]
    np.testing.assert_allclose(slopes, expected, atol=1e-5)


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_random_circuits(data):
    chosen = data.draw(
        st.lists(
            st.tuples(st.sampled_from(ONE + TWO), st.permutations(range(3)), st.integers(0, 2), st.floats(-2, 2)),
            min_size=1,
            max_size=6,
        )
    )
    words = data.draw(st.lists(st.text("IXYZ", min_size=3, max_size=3), min_size=1, max_size=3))

    def circuit(params):
        for wire in range(3):
            qml.Hadamard(wire)
        for gate, wires, owner, factor in chosen:
            gate(params[owner] * factor + 0.1, wires=wires[: 1 if gate in ONE else 2])
        return [qml.expval(qml.pauli.string_to_pauli_word(word, wire_map=dict(enumerate(range(3))))) for word in words]

    with jax.enable_x64(True):
        ours = jax.jit(jax.grad(scalar(on_scan(circuit))))(jnp.asarray(PARAMS))
    np.testing.assert_allclose(ours, finite_differences(scalar(stock(circuit), np), PARAMS), atol=1e-8)


@pytest.mark.parametrize("ansatz", LAYERS)
def test_layers_stay_one_scan(x64, ansatz):
    """Also where the gates of a layer depend on its number, as the CNOTs of StronglyEntangling do."""

    def circuit(weights):
        RepeatedLayers(weights, wires=range(3), layer=LAYERS[ansatz])
        return qml.expval(qml.Z(0) @ qml.Z(2))

    weights = np.random.default_rng(0).uniform(-3, 3, (4, 3, 3))
    rule = on_scan(circuit, chunk=10)
    expected = finite_differences(stock(circuit), weights)
    np.testing.assert_allclose(jax.jit(jax.grad(rule))(weights), expected, atol=1e-9)
    assert size(jax.grad(rule), jnp.zeros((5, 3, 3))) == size(jax.grad(rule), jnp.zeros((15, 3, 3)))


def test_layers_of_other_weights_stay_one_scan(x64):
    def circuit(weights):
        RepeatedLayers(weights, wires=(2, 0), layer=nonlinear_layer)
        return qml.expval(qml.Y(2))

    rule = on_scan(circuit)
    weights = np.random.default_rng(0).uniform(-3, 3, (4, 3))
    expected = finite_differences(stock(circuit), weights)
    np.testing.assert_allclose(jax.jit(jax.grad(rule))(weights), expected, atol=1e-9)
    assert size(jax.grad(rule), jnp.ones((4, 3))) == size(jax.grad(rule), jnp.ones((12, 3)))


def test_layers_whose_gates_differ_are_decomposed(x64):
    class Alternating(type(LAYERS["hardware_efficient"])):
        def gates(self, weights, wires, index):
            return [(qml.RX, qml.CRY)[index % 2](weights[0] ** 2, wires[: 1 + index % 2])]

        def period(self, wires):
            return 2

    def circuit(weights):
        RepeatedLayers(weights, wires=range(2), layer=Alternating())
        return qml.expval(qml.Z(1))

    weights = np.array([[0.7], [1.3]])
    rule = differentiable(
        qml.QNode(circuit, qml.device("default.qubit", wires=2)), qml.device("default.qubit", wires=2)
    )
    expected = finite_differences(stock(circuit, 2), weights)
    np.testing.assert_allclose(jax.jit(jax.grad(rule))(weights), expected, atol=1e-9)


def test_initial_state_and_coefficients_are_differentiated_through_the_simulation(x64):
    def circuit(angle, features, coefficient):
        qml.AmplitudeEmbedding(features, wires=range(2), normalize=True)
        qml.CRX(angle, (0, 1))
        return qml.expval(qml.dot([coefficient, 0.5], [qml.Y(1), qml.Z(0)]))

    arguments = [np.array(0.4), np.array([0.1, 0.8, 0.3, 0.5]), np.array(1.7)]
    ours = jax.jit(jax.grad(on_scan(circuit, 2), (0, 1, 2)))(*map(jnp.asarray, arguments))
    for position, gradient in enumerate(ours):

        def alone(value, position=position):
            return stock(circuit, 2)(*arguments[:position], value, *arguments[position + 1 :])

        np.testing.assert_allclose(gradient, finite_differences(alone, arguments[position]), atol=1e-9)


def test_only_what_is_differentiated_is_shifted():
    evaluated = []

    def circuit(angles, others, key):
        jax.debug.callback(lambda: evaluated.append(1))
        return jnp.sin(angles[0]) * jnp.sin(angles[1])

    rule = shifted(circuit, [[shift_rule((1.0,))], [shift_rule((0.5, 1.0))]], 1)
    jax.jit(jax.grad(lambda a, b: rule((a, b), None, None)))(0.3, 0.4)
    jax.effects_barrier()
    assert len(evaluated) == 1 + 2
    evaluated.clear()
    jax.jit(jax.grad(lambda a, b: rule((a, b), None, None), 1))(0.3, 0.4)
    jax.effects_barrier()
    assert len(evaluated) == 1 + 4


def test_a_global_phase_has_no_gradient(x64):
    def circuit(angle):
        qml.Hadamard(0)
        qml.GlobalPhase(angle, wires=0)
        return qml.expval(qml.X(0))

    assert jax.jit(jax.grad(on_scan(circuit, 1)))(0.3) == 0


def gates(params):
    qml.RY(params[0], 0)
    qml.CRX(params[1], (0, 1))
    qml.CNOT((1, 2))
    qml.RX(params[2], 2)


def rotations(params):
    gates(params)
    return qml.expval(qml.Z(0) @ qml.Y(2) + 0.5 * qml.X(2))


def observable_variance(params):
    """Single-shot variance of the estimate of :func:`rotations`: two measurement groups, independently sampled."""

    def words(params):
        gates(params)
        return qml.expval(qml.Z(0) @ qml.Y(2)), qml.expval(qml.X(2))

    first, second = stock(words)(params)
    return (1 - first**2) + 0.25 * (1 - second**2)


def test_with_shots_the_gradient_is_unbiased_and_its_variance_is_that_of_theory(x64):
    shots, repeats = 100, 600
    params = np.array([0.7, 1.9, -0.4])
    gradient = jax.jit(jax.vmap(lambda key: jax.grad(on_scan(rotations, shots=shots))(params, key=key)))
    drawn = np.asarray(gradient(jax.random.split(jax.random.key(3), repeats)))
    exact = finite_differences(stock(rotations), params)
    rules = [shift_rule((1.0,)), shift_rule((0.5, 1.0)), shift_rule((1.0,))]
    theory = np.array(
        [
            sum(
                weight**2 * float(observable_variance(params + shift * np.eye(3)[position])) / shots
                for shift, weight in zip(rule.shifts, rule.coefficients, strict=True)
            )
            for position, rule in enumerate(rules)
        ]
    )
    assert np.all(np.abs(drawn.mean(0) - exact) < 4.5 * np.sqrt(theory / repeats))
    # A sample variance of near-normal draws has a relative standard error of √(2/(repeats - 1)).
    np.testing.assert_allclose(drawn.var(0, ddof=1), theory, rtol=4.5 * np.sqrt(2 / (repeats - 1)))
    bound = [rule.variance_factor * 1.25 / shots for rule in rules]
    assert np.all(theory <= bound)


def test_the_variance_of_a_two_term_component_is_at_most_half_over_shots(x64):
    shots = 50

    def circuit(angle):
        qml.RX(angle, 0)
        return qml.expval(qml.Z(0))

    gradient = jax.jit(jax.vmap(lambda key: jax.grad(on_scan(circuit, 1, shots=shots))(0.0, key=key)))
    drawn = np.asarray(gradient(jax.random.split(jax.random.key(0), 2000)))
    # At angle 0 both shifted circuits are equally likely to give ±1: the bound is reached.
    np.testing.assert_allclose(drawn.var(ddof=1), 1 / (2 * shots), rtol=4.5 * np.sqrt(2 / 2000))


def test_the_key_is_the_only_source_of_randomness():
    circuit = on_scan(rotations, shots=20)
    params = jnp.asarray([0.7, 1.9, -0.4])
    gradient = jax.jit(lambda key: jax.grad(circuit)(params, key=key))
    one, again, other = (gradient(jax.random.key(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)


def test_derivatives_of_second_order_from_shots_are_those_of_shifted_circuits(x64):
    """They were of the drawing of shots: zero."""
    circuit = on_scan(lambda c, a: (qml.RX(a, 0), qml.expval(c * qml.Z(0)))[1], 1, shots=40_000)

    @jax.jit
    def second(c, a):
        # Squared, since a product of two estimates from the same shots would be biased.
        def squared(c, a):
            return circuit(c, a, key=jax.random.key(0)) ** 2

        return [jax.jacrev(jax.grad(squared, one), other)(c, a) for one in (0, 1) for other in (0, 1)]

    c, a = 1.5, 0.7
    mixed = -2 * c * np.sin(2 * a)
    expected = [2 * np.cos(a) ** 2, mixed, mixed, -2 * c**2 * np.cos(2 * a)]
    np.testing.assert_allclose(second(c, a), expected, atol=0.1)


def test_products_of_derivatives_from_shots_are_unbiased(x64):
    """Of few shots: f'² from one estimate would exceed it by the variance, 1/20."""
    circuit = on_scan(lambda a: (qml.RX(a, 0), qml.expval(qml.Z(0)))[1], 1, shots=10)
    bent = jax.grad(jax.grad(lambda a, key: circuit(a, key=key) ** 2))
    drawn = np.asarray(jax.jit(jax.vmap(lambda key: bent(0.0, key)))(jax.random.split(jax.random.key(0), 4000)))
    assert abs(drawn.mean() + 2) < 4.5 * drawn.std() / np.sqrt(len(drawn))


def test_what_has_no_rule_is_refused():
    def spread(angle):
        qml.RX(angle, 0)
        return qml.var(qml.Z(0))

    with pytest.raises(Unsupported, match="hold for expectation values and probabilities"):
        jax.grad(on_scan(spread, 1))(0.1)
    with pytest.raises(Unsupported, match=r"shots=10 needs key=jax\.random\.key"):
        on_scan(rotations, shots=10)(jnp.zeros(3))

    with pytest.raises(Unsupported, match="shots=0 must be a whole number of at least 1"):
        on_scan(rotations, shots=0)
    with pytest.raises(Unsupported, match=r"rotations gives .*neither a QNode nor a function to a tape"):
        differentiable(rotations)(jnp.zeros(3))

    def batched(angles):
        qml.RX(angles, 0)
        return qml.expval(qml.Z(0))

    with pytest.raises(Unsupported, match=r"batch of 2 angles.*jax\.vmap"):
        jax.grad(lambda angles: on_scan(batched, 1)(angles).sum())(jnp.zeros(2))


def test_a_gradient_that_shots_do_not_have_is_refused():
    def prepared(features):
        qml.AmplitudeEmbedding(features, wires=0, normalize=True)
        return qml.expval(qml.X(0))

    features, key = jnp.array([0.3, 0.4]), jax.random.key(0)
    circuit = on_scan(prepared, 1, shots=1000)
    assert float(jax.jit(circuit)(features, key=key)) == pytest.approx(0.96, abs=0.05)
    # Through the drawing of shots it would be (0, 0); exactly it is (0.896, -0.672).
    with pytest.raises(Unsupported, match="initial state cannot be estimated from shots"):
        jax.grad(circuit)(features, key=key)

    def exponential(x):
        qml.exp(qml.X(0), 1j * x)
        return qml.expval(qml.Z(0))

    with pytest.raises(Unsupported, match=r"with shots write exp\(-ixG\) as qml\.evolve"):
        jax.grad(on_scan(exponential, 1, shots=10))(0.3, key=key)
