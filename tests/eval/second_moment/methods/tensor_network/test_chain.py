from __future__ import annotations

import numpy as np
import pytest

from eval.second_moment import (
    Clifford,
    Depolarising,
    Projector,
    RandomCircuit,
    Rotation,
    Unqualified,
    cost_variance,
    gradient_variance_over_depth,
    gradient_variances,
    mcclean,
    product,
    ry_rz_cz,
    strongly_entangling,
)
from eval.second_moment.methods.tensor_network.mps import MatrixProductState

MIXED = RandomCircuit(
    4,
    (
        Rotation(("X",), (1,), 0),
        Clifford("H", (2,)),
        Clifford("CNOT", (3, 1)),
        Rotation(("Y",), (3,), 1),
        Clifford("SWAP", (0, 2)),
        Clifford("CZ", (0, 3)),
        Depolarising((0, 1), 0.1),
        Rotation(("Z",), (0,), 2),
        Rotation(("X", "Z"), (2,), 3),
        Clifford("CZ", (1, 2)),
        Clifford("CZ", (2, 1)),
        Clifford("CZ", (0, 1)),
        Rotation(("Y",), (1,), 4),
    ),
    np.array([[0.6, 0.0, 0.8], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.48, 0.6, 0.64]]),
)


@pytest.mark.parametrize(
    ("circuit", "observable"),
    [
        (mcclean(4, 6), {"ZZII": 1.0}),
        (ry_rz_cz(5, 6), {"ZZIII": 1.0}),
        (ry_rz_cz(5, 3), {"XIYIZ": -0.5}),
        (ry_rz_cz(2, 3), {"XZ": 1.0}),
        (ry_rz_cz(5, 4, ring=False), {"ZIIII": 1.0, "IIZII": 0.5, "XYIII": 0.25}),
        (ry_rz_cz(4, 3, noise=0.1), Projector(4)),
        (strongly_entangling(4, 4), {"ZIII": 1.0}),
        (product(3), Projector(3)),
        (product(1), {"Z": 1.0}),
        (MIXED, {"IZXI": 1.0}),
        (MIXED, {"YIIZ": 1.0}),
    ],
)
def test_the_chain_is_the_dense_vector(circuit, observable):
    for measure in (gradient_variances, cost_variance):
        found, exact = (measure(circuit, observable, method=method) for method in ("chain", "dense"))
        np.testing.assert_allclose(found.variance, exact.variance, rtol=1e-9, atol=1e-15)


def test_a_truncated_bond_is_within_its_error():
    circuit = ry_rz_cz(8, 16)
    parameters = [0, 1, 40, 100, 255]
    exact = gradient_variances(circuit, {"ZZIIIIII": 1.0}, parameters=parameters, method="dense").variance
    found = gradient_variances(circuit, {"ZZIIIIII": 1.0}, parameters=parameters, method="chain", bond=16)
    assert np.all((found.low <= exact) & (exact <= found.high))
    np.testing.assert_allclose(found.variance, exact, rtol=0.02)
    assert np.all(np.isinf(found.effective_samples))
    assert not found.refused.any()


@pytest.mark.parametrize("sigma", [None, 0.4])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_one_sweep_gives_every_depth(sigma, noise):
    depths = [1, 2, 5, 4]
    circuits = [ry_rz_cz(5, depth, noise=noise) for depth in depths]
    together = gradient_variance_over_depth(circuits, {"ZZIII": 1.0}, parameter=2, sigma=sigma).variance
    apart = [gradient_variances(each, {"ZZIII": 1.0}, parameters=[2], sigma=sigma).variance[0] for each in circuits]
    np.testing.assert_allclose(together, apart, rtol=1e-9, atol=1e-15)


def test_depths_of_another_circuit_are_refused():
    with pytest.raises(Unqualified, match="circuit 0 of those over depth"):
        gradient_variance_over_depth([mcclean(4, 2), mcclean(4, 3), ry_rz_cz(4, 4)], {"ZZII": 1.0})
    with pytest.raises(Unqualified, match="parameter 9 is not in its first layer"):
        gradient_variance_over_depth([ry_rz_cz(4, 2), ry_rz_cz(4, 3)], {"ZZII": 1.0}, parameter=9)


def test_a_hundred_qubits_see_only_the_light_cone():
    layers = 3
    wide = ry_rz_cz(100, layers)
    narrow = ry_rz_cz(14, layers)
    first = 2 * 50
    found = gradient_variances(wide, {"I" * 50 + "Z" + "I" * 49: 1.0}, parameters=[first, first + 6, 0])
    expected = gradient_variances(narrow, {"I" * 7 + "Z" + "I" * 6: 1.0}, parameters=[14, 14 + 6], method="chain")
    assert found.method == "chain"
    np.testing.assert_allclose(found.variance, [*expected.variance, 0.0], rtol=1e-9, atol=1e-20)


@pytest.mark.parametrize("qubits", [20, 32, pytest.param(100, marks=pytest.mark.slow)])
def test_product_ansatz_of_cerezo_at_any_width(qubits):
    everywhere = gradient_variances(product(qubits), Projector(qubits), method="chain").variance
    np.testing.assert_allclose(everywhere, (1 / 8) * (3 / 8) ** (qubits - 1), rtol=1e-9)
    local = {"I" * i + "Z" + "I" * (qubits - 1 - i): 1 / (2 * qubits) for i in range(qubits)}
    found = gradient_variances(product(qubits), local, method="chain").variance
    np.testing.assert_allclose(found, 1 / (8 * qubits**2), rtol=1e-9)


@pytest.mark.parametrize("qubits", [6, *(pytest.param(one, marks=pytest.mark.slow) for one in (8, 12))])
def test_plateau_of_the_ring(qubits):
    """d/[2(d²−1)], to within the error; the ring's own conserved parity changes it by 1/(d + 2) on an even ring."""
    dimension = 2**qubits
    circuit = ry_rz_cz(qubits, 6 * qubits)
    found = gradient_variances(circuit, {"ZZ" + "I" * (qubits - 2): 1.0}, parameters=[0], method="chain", bond=16)
    plateau = dimension / (2 * (dimension**2 - 1)) * (1 - 1 / (dimension + 2))
    assert found.variance[0] == pytest.approx(plateau, rel=2e-3)


@pytest.mark.slow
def test_projector_falls_by_two_in_log2_a_qubit():
    sizes = np.array([6, 8, 10])
    values = [
        gradient_variances(ry_rz_cz(n, 4 * n), Projector(n), parameters=[0], method="chain", bond=16).variance[0]
        for n in map(int, sizes)
    ]
    assert np.polyfit(sizes, np.log2(values), 1)[0] == pytest.approx(-2, abs=0.05)


@pytest.mark.slow
def test_plateaus_at_32_qubits():
    qubits = 32
    dimension = 2**qubits
    circuits = [ry_rz_cz(qubits, depth * qubits) for depth in (4, 8)]
    found = gradient_variance_over_depth(circuits, {"ZZ" + "I" * (qubits - 2): 1.0})
    np.testing.assert_allclose(found.variance * 2 * (dimension**2 - 1) / dimension, 1.0, rtol=0.01)


def test_rotations_of_two_qubits_are_refused():
    with pytest.raises(Unqualified, match="rotations of one qubit"):
        gradient_variances(RandomCircuit(2, (Rotation(("ZZ",), (0, 1), 0),)), {"XI": 1.0}, method="chain")


def test_a_truncation_keeps_the_largest_singular_values():
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(4, 4))
    u, s, vh = np.linalg.svd(matrix)
    state = MatrixProductState([u[None] * s, vh[:, :, None]], tolerance=0.0, bond=2)
    state.apply_pair(0, np.eye(16), 1)
    kept = np.tensordot(state.tensors[0], state.tensors[1], 1).reshape(4, 4)
    np.testing.assert_allclose(kept, (u[:, :2] * s[:2]) @ vh[:2], atol=1e-12)
    assert state.norm() == pytest.approx(np.sqrt(np.sum(s[:2] ** 2)))


def test_a_product_is_taken_away_exactly():
    generator = np.random.default_rng(1)
    tensors = [generator.normal(size=shape) for shape in ((1, 3, 2), (2, 3, 2), (2, 3, 1))]
    state = MatrixProductState(tensors, tolerance=0.0, bond=10)
    site = np.array([1.0, 0.0, 0.0])
    before = state.overlap([site] * 3)
    state.subtract_product(site, 0.25)
    assert state.overlap([site] * 3) == pytest.approx(before - 0.25)
    other = np.array([0.0, 1.0, 1.0])
    expected = np.einsum("aib,bjc,ckd,i,j,k->", *tensors, other, other, other)
    assert state.overlap([other] * 3) == pytest.approx(expected)
