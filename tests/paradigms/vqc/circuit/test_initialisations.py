"""Initial angles: their distributions, and that identity blocks are the identity."""

from __future__ import annotations

import jax
import numpy as np
import pennylane as qml
import pytest
from scipy import stats

from paradigms.interface import Unsupported
from paradigms.vqc.circuit.ansatz import HardwareEfficient
from paradigms.vqc.circuit.initialisations import (
    INITIALISATIONS,
    beta,
    beta_full_turn,
    beta_parameters,
    identity_blocks,
    small_gaussian,
    uniform,
)

KEY = jax.random.key(3)


@pytest.mark.parametrize("name", sorted(INITIALISATIONS))
def test_every_initialisation_gives_angles_of_the_circuit_s_shape(name: str) -> None:
    angles = INITIALISATIONS[name](KEY, 7, 3)
    assert angles.shape == (7, 3, 3)
    assert angles.dtype == np.float32
    np.testing.assert_array_equal(angles, INITIALISATIONS[name](KEY, 7, 3))
    assert not np.array_equal(angles, INITIALISATIONS[name](jax.random.key(4), 7, 3))


def test_the_distributions_are_those_stated() -> None:
    assert stats.kstest(np.ravel(uniform(KEY, 40, 40)), stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3
    deviation = (4 * 2 * (40 + 2)) ** -0.5
    assert stats.kstest(np.ravel(small_gaussian(KEY, 40, 40)), stats.norm(0, deviation).cdf).pvalue > 1e-3
    # Of few layers, of which two more are many.
    narrow = (4 * 3 * (1 + 2)) ** -0.5
    assert stats.kstest(np.ravel(small_gaussian(KEY, 1, 2000, 3)), stats.norm(0, narrow).cdf).pvalue > 1e-3
    a, b = beta_parameters(0.4, 0.05)
    assert stats.kstest(np.ravel(beta(KEY, 40, 40, (0.4, 0.05))), stats.beta(a, b).cdf).pvalue > 1e-3
    full = np.asarray(beta_full_turn(KEY, 40, 40))
    np.testing.assert_allclose(full.mean() / (2 * np.pi), 0.305, atol=0.02)
    assert 0 <= full.min() <= full.max() <= 2 * np.pi


def test_the_beta_distribution_has_the_moments_asked_for() -> None:
    a, b = beta_parameters(0.3, 0.04)
    np.testing.assert_allclose(stats.beta(a, b).stats("mv"), (0.3, 0.04), rtol=1e-12)
    with pytest.raises(Unsupported, match=r"no beta distribution has mean 0.5 and variance 0.25: scale"):
        beta_parameters(0.5, 0.25)


@pytest.mark.parametrize("layers", [5, 7, 10])
def test_identity_blocks_are_a_power_of_the_entangling_gates(layers: int) -> None:
    """Multiplied out gate by gate, in float64; a block leaves one ring of CZ, a layer left over adds one."""
    qubits = 3
    angles = np.asarray(identity_blocks(KEY, layers, qubits), np.float64)
    assert np.abs(angles[:2]).min() > 0
    total, ring = np.eye(2**qubits), np.eye(2**qubits)
    for index in range(layers):
        for gate in HardwareEfficient().gates(angles[index], range(qubits), index):
            total = qml.matrix(gate, wire_order=range(qubits)) @ total
    for gate in HardwareEfficient().gates(np.zeros((qubits, 3)), range(qubits), 0):
        ring = qml.matrix(gate, wire_order=range(qubits)) @ ring
    # float32 angles, of which some cancel only to their last digit
    np.testing.assert_allclose(total, np.linalg.matrix_power(ring, layers // 5 + layers % 5), atol=1e-5)


def test_too_few_layers_for_a_block_are_refused() -> None:
    with pytest.raises(Unsupported, match=r"paradigm.layers=4 holds no identity block: use at least 5 layers"):
        identity_blocks(KEY, 4, 3)
