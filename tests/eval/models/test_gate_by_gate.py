"""The operations of the adjoint method gate by gate, against gates that are counted one by one."""

from __future__ import annotations

import numpy as np
import pytest

from eval.models.gate_by_gate import adjoint_flops
from paradigms.vqc.circuit.ansatz import HardwareEfficient


def counted(qubits: int, layers: int, observables: int) -> int:
    """Walk through the gates of a hardware-efficient circuit, amplitude by amplitude."""
    size, total = 2**qubits, 0
    for layer in range(layers):
        for gate in HardwareEfficient().gates(np.zeros((qubits, 3)), range(qubits), layer):
            matrix = np.asarray(gate.matrix(), complex)
            if gate.num_params:
                # RY: two products of a real number with a complex one (2 each), one complex sum (2). RZ: a phase (6).
                once = size * (2 + 2 + 2 if np.isrealobj(np.real_if_close(matrix)) and matrix[0, 1].imag == 0 else 6)
                # Once forward, undone on both states, and the imaginary part of the inner product: 2 products, 1 sum
                # of them, 1 into the total. Its angle: a product and a sum; and a product for the weight's gradient.
                total += 3 * once + 4 * size + 3
            else:
                # The last of four amplitudes changes its sign, real and imaginary part.
                negated = int(np.sum(np.diag(matrix) == -1)) * size // 4
                total += 3 * 2 * negated
    chances = 3 * size
    expectation_values = 2 * size * observables
    second_state = 2 * size * observables + 2 * size
    return total + chances + expectation_values + second_state


@pytest.mark.parametrize(("qubits", "layers", "observables"), [(2, 1, 1), (3, 2, 2), (4, 3, 10), (6, 4, 2)])
def test_the_formula_is_what_the_gates_take(qubits: int, layers: int, observables: int) -> None:
    entanglers = layers * len(HardwareEfficient.pairs(qubits))
    assert adjoint_flops(qubits, 3 * qubits * layers, entanglers, observables) == counted(qubits, layers, observables)


def test_a_single_rotation_by_hand() -> None:
    # One qubit, one RY, one observable: 3 times 12, 8 for the derivative, 6 + 4 + 4 + 4 about the read-out, 3.
    assert adjoint_flops(1, 1, 0, 1) == 36 + 8 + 6 + 4 + 4 + 4 + 3
