from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval.second_moment import (
    Clifford,
    Depolarising,
    Projector,
    RandomCircuit,
    Rotation,
    Unqualified,
    cost_variance,
    gradient_variances,
    mcclean,
    product,
    ry_rz_cz,
)
from paradigms.interface import Unsupported

QUBITS = 3


@st.composite
def layouts(draw):
    """Up to four rotations, some about two qubits or a random axis, among Clifford gates, and perhaps Bloch vectors."""
    gates = []
    wires = st.permutations(range(QUBITS))
    for _ in range(draw(st.integers(1, 4))):
        for _ in range(draw(st.integers(0, 3))):
            gates.append((draw(st.sampled_from(["H", "S", "X", "CZ", "CNOT", "SWAP"])), draw(wires)))
        letters = draw(st.sampled_from([("X",), ("Y",), ("Z",), ("X", "Y", "Z"), ("ZZ",), ("XY",), ("YXZ",)]))
        gates.append((letters, draw(wires)))
    for _ in range(draw(st.integers(0, 2))):
        gates.append(("CNOT", draw(wires)))
    return gates, draw(st.none() | st.lists(st.integers(-3, 3), min_size=3 * QUBITS, max_size=3 * QUBITS))


def circuit_of(layout) -> RandomCircuit:
    gates = []
    numbers = itertools.count()
    for kind, wires in layout[0]:
        if isinstance(kind, str):
            gates.append(Clifford(kind, tuple(wires[: 2 if kind in ("CZ", "CNOT", "SWAP") else 1])))
        else:
            gates.append(Rotation(kind, tuple(wires[: len(kind[0])]), next(numbers)))
    if layout[1] is None:
        return RandomCircuit(QUBITS, tuple(gates))
    directions = np.array(layout[1], float).reshape(QUBITS, 3)
    directions[np.all(directions == 0, axis=1)] = [0, 0, 1]
    return RandomCircuit(QUBITS, tuple(gates), directions / np.linalg.norm(directions, axis=1, keepdims=True))


words = st.text("IXYZ", min_size=QUBITS, max_size=QUBITS).filter(lambda word: set(word) != {"I"})
observables = st.dictionaries(words, st.sampled_from([1.0, -0.5, 2.0]), min_size=1, max_size=3)


@given(layouts(), observables | st.none())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_right_or_refused_on_random_circuits(moments, layout, observable):
    circuit = circuit_of(layout)
    observable = observable or Projector(QUBITS)
    try:
        gradients = gradient_variances(circuit, observable, method="dense").variance
        cost = cost_variance(circuit, observable, method="dense").variance
    except Unqualified:
        return
    expected_gradients, expected_cost = moments(circuit, observable)
    np.testing.assert_allclose(gradients, expected_gradients, atol=1e-12)
    np.testing.assert_allclose(cost, [expected_cost], atol=1e-12)


def test_one_word_is_never_refused(moments):
    circuit = RandomCircuit(2, (Clifford("H", (0,)), Clifford("CNOT", (0, 1)), Rotation(("Y",), (0,), 0)))
    expected, _ = moments(circuit, {"ZX": 1.0})
    np.testing.assert_allclose(gradient_variances(circuit, {"ZX": 1.0}).variance, expected, atol=1e-14)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_mcclean_plateau_averaged_over_the_first_axis(axis):
    """McClean et al. 2018 with the generator's expectation in the input: d/[2(d²−1)] for Y, half of it for X and Z."""
    qubits = 4
    dimension = 2**qubits
    circuit = mcclean(qubits, 20 * qubits)
    first = RandomCircuit(qubits, (Rotation(("XYZ"[axis],), (0,), 0), *circuit.gates[1:]), circuit.bloch)
    found = gradient_variances(first, {"ZZII": 1.0}, parameters=[0], method="dense").variance[0]
    expected = dimension / (dimension**2 - 1) / (2 if axis == 1 else 4)
    assert found == pytest.approx(expected, rel=2e-3)


def test_plateau_of_the_ladder_of_ry_rz_cz():
    qubits = 4
    dimension = 2**qubits
    found = gradient_variances(ry_rz_cz(qubits, 60, ring=False), {"ZZII": 1.0}, parameters=[0]).variance[0]
    assert found == pytest.approx(dimension / (2 * (dimension**2 - 1)), rel=1e-4)


@pytest.mark.parametrize("qubits", [1, 3, 5])
@pytest.mark.parametrize("axis", ["X", "Y"])
def test_product_ansatz_of_cerezo(qubits, axis):
    everywhere = gradient_variances(product(qubits, axis), Projector(qubits)).variance
    np.testing.assert_allclose(everywhere, (1 / 8) * (3 / 8) ** (qubits - 1), rtol=1e-12)
    local = {"I" * i + "Z" + "I" * (qubits - 1 - i): 1 / (2 * qubits) for i in range(qubits)}
    np.testing.assert_allclose(
        gradient_variances(product(qubits, axis), local).variance, 1 / (8 * qubits**2), rtol=1e-12
    )


def test_a_depolarised_word_shrinks_by_one_factor_a_letter():
    gates = (Rotation(("X",), (0,), 0), Rotation(("X",), (1,), 1), Depolarising((0, 1), 0.2))
    found = gradient_variances(RandomCircuit(2, gates), {"ZZ": 1.0}).variance
    np.testing.assert_allclose(found, 0.25 * 0.8**4, rtol=1e-12)


def test_normal_angles_give_the_mean_square(costs):
    circuit = ry_rz_cz(3, 2)
    sigma = 0.7
    angles = np.random.default_rng(0).normal(0, sigma, (200_000, circuit.parameters))
    moved = np.zeros(circuit.parameters)
    moved[2] = np.pi / 2
    gradient = (costs(circuit, {"ZZI": 1.0}, angles + moved) - costs(circuit, {"ZZI": 1.0}, angles - moved)) / 2
    found = gradient_variances(circuit, {"ZZI": 1.0}, parameters=[2], sigma=sigma).variance[0]
    assert found == pytest.approx(np.mean(gradient**2), abs=4 * np.std(gradient**2) / np.sqrt(len(angles)))


def test_frequencies_scale_the_derivative(moments):
    circuit = RandomCircuit(1, (Rotation(("X",), (0,), 0, frequency=2.0),))
    expected, _ = moments(circuit, {"Z": 1.0})
    np.testing.assert_allclose(gradient_variances(circuit, {"Z": 1.0}).variance, expected)


def test_parameters_come_in_the_order_asked_for():
    circuit = ry_rz_cz(3, 2)
    every = gradient_variances(circuit, {"ZZI": 1.0}).variance
    some = gradient_variances(circuit, {"ZZI": 1.0}, parameters=[6, 2, 9]).variance
    np.testing.assert_array_equal(some, every[[6, 2, 9]])


def test_size_is_refused_with_the_number():
    with pytest.raises(Unqualified, match=r"GiB for \d+ vectors of 4\^14"):
        gradient_variances(ry_rz_cz(14, 1), {"Z" * 14: 1.0}, method="dense")


@pytest.mark.parametrize(
    ("observable", "parameters", "sentence"),
    [
        ({"ZZ": 1.0}, [0], "must have 3 letters"),
        ({"ZQI": 1.0}, [0], "letters I, X, Y or Z"),
        ({"ZZI": np.nan}, [0], "finite"),
        ({"ZZI": 0.0}, [0], "at least one"),
        (Projector(2), [0], "measured on a circuit of 3"),
        ({"ZZI": 1.0}, [99], "between 0 and 5"),
        ({"ZZI": 1.0}, [], "at least one"),
    ],
)
def test_bad_input_is_one_sentence(observable, parameters, sentence):
    with pytest.raises(Unsupported, match=sentence):
        gradient_variances(ry_rz_cz(3, 1), observable, parameters=parameters)
