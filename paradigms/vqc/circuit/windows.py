"""The windows of neighbouring qubits within which a simulator multiplies gates into one matrix."""

from __future__ import annotations

import itertools

WIDTH = 4
"""Neighbouring qubits whose gates are multiplied into one matrix, at most."""
LAST_WIDTH = 5
"""The same at the end of a register of ``LARGE`` qubits or more, where matrices multiply from the right."""
LARGE = 12


def windows(qubits: int, width: int = WIDTH) -> tuple[tuple[int, ...], ...]:
    """The register in windows of neighbouring qubits, of nearly one size, wider ones last.

    Measured on one CPU core from 8 to 20 qubits: of some thirty divisions the fastest, or within 2% of it. Where every
    example of a batch has matrices of its own, a smaller ``width`` is faster: matrices then cost as much as the state.
    """
    last = LAST_WIDTH if qubits >= LARGE else 0
    others = qubits - last
    count = -(-others // width)
    edges = [others * place // count for place in range(count + 1)] + [qubits] * bool(last)
    return tuple(tuple(range(start, end)) for start, end in itertools.pairwise(edges))
