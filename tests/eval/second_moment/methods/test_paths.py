from __future__ import annotations

import numpy as np
import pytest

from eval.second_moment import (
    Clifford,
    Projector,
    RandomCircuit,
    Rotation,
    cost_variance,
    gradient_variances,
    mcclean,
    ry_rz_cz,
    strongly_entangling,
)
from paradigms.interface import Unsupported

TWO_QUBIT_AXES = RandomCircuit(
    4,
    (
        Rotation(("Y",), (0,), 0),
        Rotation(("ZZ",), (0, 2), 1),
        Clifford("H", (2,)),
        Rotation(("XY",), (3, 1), 2, frequency=2.0),
        Clifford("CNOT", (0, 1)),
        Rotation(("X",), (2,), 3),
        Rotation(("YXZ",), (0, 1, 3), 4),
    ),
)


@pytest.mark.parametrize(
    ("circuit", "observable"),
    [
        (mcclean(4, 5), {"ZZII": 1.0}),
        (ry_rz_cz(5, 4, noise=0.05), Projector(5)),
        (strongly_entangling(4, 4), {"ZIII": 1.0, "IXZI": 0.5}),
        (TWO_QUBIT_AXES, {"IZIZ": 1.0}),
    ],
)
def test_paths_agree_with_the_dense_vector(circuit, observable):
    for measure in (gradient_variances, cost_variance):
        found = measure(circuit, observable, method="paths", samples=2**16, seed=3)
        exact = measure(circuit, observable, method="dense").variance
        # Five standard errors: many components are compared, and they are correlated.
        np.testing.assert_array_less(np.abs(found.variance - exact), 2.5 * (found.high - found.low) / 2 + 1e-15)
        assert np.all(found.variance[exact < 1e-14] == 0)


@pytest.mark.parametrize(("qubits", "samples"), [(3, 2048), pytest.param(8, 16384, marks=pytest.mark.slow)])
def test_nominal_intervals_cover(qubits, samples):
    circuit = strongly_entangling(qubits, qubits)
    observable = {"Z" + "I" * (qubits - 1): 1.0}
    exact = gradient_variances(circuit, observable, parameters=[1], method="dense").variance[0]
    covered = 0
    for seed in range(100):
        found = gradient_variances(circuit, observable, parameters=[1], method="paths", samples=samples, seed=seed)
        assert not found.refused[0]
        covered += bool(found.low[0] <= exact <= found.high[0])
    assert covered >= 90


def test_few_survivors_are_refused():
    circuit = strongly_entangling(16, 16)
    few = gradient_variances(circuit, {"Z" + "I" * 15: 1.0}, parameters=[1], method="paths", samples=2048)
    assert few.refused[0]
    assert few.effective_samples[0] < 100
    more = gradient_variances(circuit, {"Z" + "I" * 15: 1.0}, parameters=[1], method="paths", samples=2**16)
    assert not more.refused[0]
    assert more.effective_samples[0] >= 100


def test_long_range_circuits_go_to_paths():
    found = gradient_variances(strongly_entangling(12, 2), {"Z" + "I" * 11: 1.0}, parameters=[1], samples=2**12)
    assert found.method == "paths"


def test_seeds_reproduce_and_differ():
    arguments = (strongly_entangling(4, 2), {"ZIII": 1.0})
    first, again, other = (
        gradient_variances(*arguments, method="paths", samples=4096, seed=seed).variance for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_too_few_samples_and_normal_angles_are_refused():
    with pytest.raises(Unsupported, match="samples=100 must be at least"):
        gradient_variances(ry_rz_cz(3, 1), {"ZII": 1.0}, method="paths", samples=100)
    with pytest.raises(Unsupported, match="uniform angles"):
        gradient_variances(ry_rz_cz(3, 1), {"ZII": 1.0}, method="paths", sigma=0.1)
