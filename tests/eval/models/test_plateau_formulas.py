"""The formulas against averages over angles and random states, by float64 NumPy."""

import numpy as np
import pytest

from eval.models import plateau_formulas as formulas

GENERATORS = {"X": [[0, 1], [1, 0]], "Y": [[0, -1j], [1j, 0]], "Z": [[1, 0], [0, -1]]}


def haar(random, dimension):
    matrix = random.normal(size=(dimension, dimension)) + 1j * random.normal(size=(dimension, dimension))
    q, r = np.linalg.qr(matrix)
    return q * (np.diag(r) / np.abs(np.diag(r)))


def matrix_of(observable, qubits):
    z, identity = np.diag([1.0, -1.0]), np.eye(2)

    def word(places):
        product = np.eye(1)
        for qubit in range(qubits):
            product = np.kron(product, z if qubit in places else identity)
        return product

    if observable == "Z1Z2":
        return word({0, 1})
    if observable == "local":
        return sum(word({qubit}) for qubit in range(qubits)) / (2 * qubits)
    return np.diag([1.0] + [0.0] * (2**qubits - 1))


@pytest.mark.parametrize("observable", ["Z1Z2", "projector", "local"])
def test_the_trace_is_that_of_the_matrix(observable):
    for qubits in (2, 3, 4):
        matrix = matrix_of(observable, qubits)
        traceless = matrix - np.trace(matrix) / 2**qubits * np.eye(2**qubits)
        assert formulas.squared_trace(observable, qubits) == pytest.approx(np.trace(traceless @ traceless))


@pytest.mark.parametrize("observable", ["Z1Z2", "projector", "local"])
def test_the_plateau_is_that_of_a_haar_random_circuit(observable):
    """∂E = ⟨ψ| i[P/2, V†HV] |ψ⟩ with V Haar, P = Y on the first qubit and |ψ⟩ = |0…0⟩."""
    qubits, random = 2, np.random.default_rng(0)
    state = np.eye(2**qubits)[0]
    generator = np.kron(GENERATORS["Y"], np.eye(2)) / 2
    matrix = matrix_of(observable, qubits)
    values, costs = [], []
    for _ in range(20000):
        unitary = haar(random, 2**qubits)
        evolved = unitary.conj().T @ matrix @ unitary
        values.append((1j * state @ (generator @ evolved - evolved @ generator) @ state).real)
        costs.append((state @ evolved @ state).real)
    assert np.mean(np.square(values)) == pytest.approx(formulas.plateau("ry_rz_cz", observable, qubits), rel=0.05)
    assert np.var(costs) == pytest.approx(formulas.concentrated_cost(observable, qubits), rel=0.05)


@pytest.mark.parametrize("observable", ["projector", "local"])
def test_the_product_ansatz_by_quadrature(observable):
    """E = Π cos²(θ/2), and Σ cos θ / 2n up to a constant: four angles integrate the squares exactly."""
    for qubits in (1, 2, 3, 4):
        angles = np.stack(np.meshgrid(*[np.arange(5) * 2 * np.pi / 5] * qubits, indexing="ij"))
        if observable == "projector":
            derivative = -np.sin(angles[0]) / 2 * np.prod(np.cos(angles[1:] / 2) ** 2, axis=0)
        else:
            derivative = -np.sin(angles[0]) / (2 * qubits)
        assert formulas.product(observable, qubits) == pytest.approx(np.mean(derivative**2))
        assert formulas.formula("product", observable, qubits) == formulas.product(observable, qubits)


def test_slopes_are_those_of_the_literature():
    def slope(observable):
        widths = np.arange(4, 33)
        return np.polyfit(widths, [np.log2(formulas.plateau("ry_rz_cz", observable, int(n))) for n in widths], 1)[0]

    assert slope("Z1Z2") == pytest.approx(-1.0, abs=0.001)
    assert slope("projector") == pytest.approx(-1.999, abs=0.001)
    assert slope("local") == pytest.approx(-1.095, abs=0.002)
