"""What simulating a layered circuit, and differentiating it by the adjoint method, takes gate by gate."""

from __future__ import annotations


def adjoint_flops(qubits: int, rotations: int, entanglers: int, observables: int) -> int:
    """Count the floating-point operations of one example's expectation values and gradient, by the adjoint method.

    All expectation values are pulled back with one weight each, so that a single state goes backward beside the first
    one (Jones & Gacon 2020, arXiv 2009.02823). Of 2ⁿ complex amplitudes,

    - a rotation about Y takes 6 operations an amplitude (two real multiples of complex numbers and their sum), and so
      does one about Z (a complex product); it is applied once forward, and undone on both states backward;
    - a CZ changes the sign of a quarter, which is half an operation an amplitude; forward, and undone on both states;
    - an angle's derivative is the imaginary part of an inner product, the generator being a permutation with signs: 4;
    - chances take 3, each observable 2 in its expectation value and 2 in the weighted sum that the second state starts
      from, and that product another 2.

    Two operations an angle make it from its feature, and one gives the derivative by the weight.

    Args:
        qubits: The qubits n.
        rotations: Rotations about Y or Z, each with an angle that is trained.
        entanglers: CZ gates.
        observables: Observables diagonal in the computational basis.

    Returns:
        The operations, additions and multiplications alike.
    """
    halves = 2 * (3 * 6 * rotations + 4 * rotations + 3 + 4 * observables + 2) + 3 * entanglers
    return halves * 2**qubits // 2 + 3 * rotations
