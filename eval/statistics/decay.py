"""Polynomial or exponential: which of the two describes how a variance falls with the number of qubits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eval.statistics.laws import Line, line

DecayShape = Literal["exponential", "polynomial", "none", "undecided"]


@dataclass(frozen=True)
class Decay:
    """How a variance falls.

    Attributes:
        shape: ``none`` where the whole interval of the slope per qubit lies above ``flat_slope``; else ``exponential``
            or ``polynomial`` where the evidence for the one against the other reaches ``least_evidence``; else
            ``undecided``.
        per_qubit: The line log2 Var = a + b n, whose slope b is in bits per qubit.
        exponent: The line log2 Var = a + b log2 n, whose slope b is the power of n.
        evidence: The QAIC of the exponential less that of the power law: positive favours the power law.
    """

    shape: DecayShape
    per_qubit: Line
    exponent: Line
    evidence: float


def decay(
    qubits: Sequence[int],
    variances: Sequence[float],
    relative_errors: Sequence[float],
    *,
    flat_slope: float,
    least_evidence: float,
) -> Decay:
    """Tell an exponential decay from a power law.

    Both laws have two parameters and are fitted to log2 Var by least squares, weighted by the standard errors. Neither
    is exact at small n, so what they leave over may exceed the errors; the difference of their Akaike criteria is
    therefore divided by the better law's excess, χ²/(N - 2) where that is above 1 (QAIC, Burnham & Anderson 2002,
    section 2.5).

    Args:
        qubits: The numbers of qubits, at least 4 different ones.
        variances: The positive variance at each number of qubits.
        relative_errors: The standard errors of the variances as shares of them, all positive.
        flat_slope: The slope, in bits per qubit, above which there is no decay to speak of.
        least_evidence: The difference of QAIC from which one of the two counts as the better.

    Returns:
        The shape, both lines and the evidence for the one against the other.

    Raises:
        ValueError: If there are fewer than 4 different numbers of qubits, or an error is not positive.
    """
    if len(set(qubits)) < 4:
        raise ValueError(f"{len(set(qubits))} numbers of qubits do not tell a power law from an exponential: measure 4")
    count = np.asarray(qubits, float)
    bits, errors = np.log2(variances), np.asarray(relative_errors, float) / np.log(2)
    per_qubit, exponent = line(count, bits, errors.tolist()), line(np.log2(count), bits, errors.tolist())
    excess = max(1.0, min(per_qubit.chi_squared, exponent.chi_squared) / (len(count) - 2))
    evidence = (per_qubit.chi_squared - exponent.chi_squared) / excess
    return Decay(_shape(per_qubit, evidence, flat_slope, least_evidence), per_qubit, exponent, evidence)


def _shape(per_qubit: Line, evidence: float, flat_slope: float, least_evidence: float) -> DecayShape:
    if per_qubit.low > flat_slope:
        return "none"
    if abs(evidence) < least_evidence:
        return "undecided"
    return "polynomial" if evidence > 0 else "exponential"
