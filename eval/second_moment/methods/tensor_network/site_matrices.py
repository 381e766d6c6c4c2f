"""One-qubit gates of a layer as one matrix per qubit, and the fewest letters in which a circuit's chain closes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from eval.second_moment.circuits.observables import Observable, Projector
from eval.second_moment.circuits.random_circuit import Clifford, Depolarising, RandomCircuit, Rotation
from eval.second_moment.methods.tensor_network.routing import GateLayer, Single
from eval.second_moment.pauli.transition_matrices import derivative_matrix, gate_matrix

ALL_LETTERS = np.eye(4)
PHASE_FREE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, np.sqrt(0.5)], [0.0, 1.0, 0.0], [0.0, 0.0, np.sqrt(0.5)]])
"""Columns I, Z and (X + Y)/√2: enough where X and Y are treated alike. Rows I, X, Z, Y."""


def site_matrix(gates: Sequence[Single], flip: float) -> Float[np.ndarray, "4 4"]:
    """The gates' averaged matrices, multiplied; it carries a vector of words from after the gates to before them."""
    return _product(tuple(_signature(gate) for gate in gates), flip, None)


def site_derivative(gates: Sequence[Single], flip: float, nth: int) -> Float[np.ndarray, "4 4"]:
    """The same with the ``nth`` gate, a rotation, differentiated."""
    return _product(tuple(_signature(gate) for gate in gates), flip, nth)


def smallest_basis(
    circuit: RandomCircuit, layers: Sequence[GateLayer], observable: Observable, flip: float
) -> Float[np.ndarray, "4 letters"]:
    """:data:`PHASE_FREE` if nothing in the circuit can tell X from Y where it matters, else :data:`ALL_LETTERS`.

    CZ gates exchange X and Y on both copies of a site alike. It is then enough that the difference X − Y is never seen
    (the input does not see it, and no layer turns it into anything that is) or never made (neither by the observable
    nor by a layer).
    """
    if any(gate.name != "CZ" for layer in layers for gate in layer.pairs):
        return ALL_LETTERS
    inside = PHASE_FREE @ PHASE_FREE.T
    outside = ALL_LETTERS - inside
    signatures = {tuple(_signature(gate) for gate in gates) for layer in layers for gates in layer.singles.values()}
    matrices = [
        _product(signature, flip, nth)
        for signature in signatures
        for nth in (None, *(place for place, gate in enumerate(signature) if isinstance(gate, Rotation)))
    ]
    unseen = np.allclose(circuit.input_moments() @ outside, 0, atol=1e-15) and all(
        np.allclose(inside @ matrix @ outside, 0, atol=1e-15) for matrix in matrices
    )
    unmade = (isinstance(observable, Projector) or all(set(word) <= set("IZ") for word in observable)) and all(
        np.allclose(outside @ matrix @ inside, 0, atol=1e-15) for matrix in matrices
    )
    return PHASE_FREE if unseen or unmade else ALL_LETTERS


def _signature(gate: Single) -> Single:
    """The gate without its place, so that equal gates share a matrix."""
    if isinstance(gate, Rotation):
        return Rotation(gate.words, (0,), 0, gate.frequency)
    return Clifford(gate.name, (0,)) if isinstance(gate, Clifford) else Depolarising((0,), gate.rate)


@lru_cache(maxsize=1024)
def _product(signature: tuple[Single, ...], flip: float, nth: int | None) -> Float[np.ndarray, "4 4"]:
    product = np.eye(4)
    for place, gate in enumerate(signature):
        if place == nth and isinstance(gate, Rotation):
            product = product @ derivative_matrix(gate, flip)
        else:
            product = product @ gate_matrix(gate, flip)
    return product
