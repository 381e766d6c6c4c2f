"""Which fused gates the gates of a layer become."""

from __future__ import annotations

import numpy as np
import pennylane as qml
import pytest

from paradigms.vqc.circuit.ansatz import HardwareEfficient, StronglyEntangling
from paradigms.vqc.simulator.fused import FusedDiagonal, FusedMatrix, FusedPermutation
from paradigms.vqc.simulator.fusion import fuse
from paradigms.vqc.simulator.native_gates import translate


def fused(layer, qubits: int, shape: tuple[int, ...], index: int = 0):
    wires = qml.wires.Wires(range(qubits))
    return fuse([translate(layer.gates(np.zeros(shape), wires, index), wires).gates], qubits)


def test_rotations_become_one_real_matrix_a_window_and_diagonal_gates_one_phase():
    found = fused(HardwareEfficient("YZ"), 10, (10, 2))
    assert [type(gate) for gate in found] == [FusedMatrix] * 3 + [FusedDiagonal]
    assert all(matrix.real for matrix in found[:3])


def test_a_phase_between_rotations_is_multiplied_into_them():
    found = fused(HardwareEfficient("YZY"), 10, (10, 3))
    assert [type(gate) for gate in found] == [FusedMatrix] * 3 + [FusedDiagonal]
    assert not any(matrix.real for matrix in found[:3])


def test_rings_of_cnot_of_all_ranges_are_one_permutation():
    wires = qml.wires.Wires(range(5))
    layer = StronglyEntangling()
    period = [translate(layer.gates(np.zeros((5, 3)), wires, index), wires).gates for index in range(4)]
    (permutation,) = (gate for gate in fuse(period, 5) if isinstance(gate, FusedPermutation))
    assert len(permutation.moves) == 4


def test_layers_of_a_period_may_differ_in_moves_only():
    wires = qml.wires.Wires(range(2))
    differing = [translate([gate], wires).gates for gate in (qml.RY(0.1, 0), qml.RY(0.1, 1))]
    with pytest.raises(ValueError, match="differ in more than the wires of their CNOT and SWAP gates"):
        fuse(differing, 2)
