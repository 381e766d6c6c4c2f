"""The observables of which a model's circuit gives the expectation values."""

from __future__ import annotations

import itertools

from pennylane.operation import Operator
from pennylane.pauli import PauliWord


def observables(qubits: int, count: int) -> list[Operator]:
    """List products of Pauli Z: single qubits, then pairs, then triples, in lexicographic order.

    All are diagonal, so one set of measurements gives them all.

    Args:
        qubits: The number of qubits of the register.
        count: How many products, at most 2^qubits - 1.
    """
    sizes = range(1, qubits + 1)
    words = itertools.chain.from_iterable(itertools.combinations(range(qubits), size) for size in sizes)
    return [PauliWord(dict.fromkeys(word, "Z")).operation() for word in itertools.islice(words, count)]
