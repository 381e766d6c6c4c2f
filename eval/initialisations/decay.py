"""Polynomial or exponential: which of the two describes how a variance falls with the number of qubits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from eval.claims import CLAIMS

Shape = Literal["exponential", "polynomial", "none", "undecided"]


@dataclass(frozen=True)
class Fit:
    """A straight line through log2 of the variance.

    Attributes:
        slope: Of log2 Var per unit of the abscissa.
        low: Lower end of its 95% interval (Student's t).
        high: Upper end.
        chi_squared: Sum of squared residuals over their squared standard errors.
    """

    slope: float
    low: float
    high: float
    chi_squared: float


@dataclass(frozen=True)
class Decay:
    """How a variance falls.

    Attributes:
        shape: ``none`` where the whole interval of the slope per qubit lies above ``flat_slope``; else ``exponential``
            or ``polynomial`` where the evidence for the one against the other reaches ``evidence``; else ``undecided``.
        per_qubit: Fit of log2 Var = a + b n, whose slope b is in bits per qubit.
        exponent: Fit of log2 Var = a + b log2 n, whose slope b is the power of n.
        evidence: QAIC of the exponential less that of the power law: positive favours the power law.
    """

    shape: Shape
    per_qubit: Fit
    exponent: Fit
    evidence: float


def decay(qubits: Sequence[int], variances: Sequence[float], relative_errors: Sequence[float]) -> Decay:
    """Tell the two shapes apart.

    Both laws have two parameters and are fitted to log2 Var by least squares, weighted by the standard errors. Neither
    is exact at small n, so what they leave over may exceed the errors; the difference of their Akaike criteria is
    therefore divided by the better law's excess, χ²/(N - 2) where that is above 1 (QAIC, Burnham & Anderson 2002,
    section 2.5). The thresholds are those of claim C4.

    Args:
        qubits: At least 4 different numbers.
        variances: Positive.
        relative_errors: Standard errors of the variances as shares of them.

    Raises:
        ValueError: If there are fewer than 4 points.
    """
    if len(set(qubits)) < 4:
        raise ValueError(f"{len(set(qubits))} numbers of qubits do not tell a power law from an exponential: measure 4")
    count = np.asarray(qubits, float)
    bits, errors = np.log2(variances), np.asarray(relative_errors, float) / np.log(2)
    per_qubit, exponent = line(count, bits, errors), line(np.log2(count), bits, errors)
    excess = max(1.0, min(per_qubit.chi_squared, exponent.chi_squared) / (len(count) - 2))
    evidence = (per_qubit.chi_squared - exponent.chi_squared) / excess
    return Decay(_shape(per_qubit, evidence), per_qubit, exponent, evidence)


def _shape(per_qubit: Fit, evidence: float) -> Shape:
    thresholds = CLAIMS["C4"].thresholds
    if per_qubit.low > thresholds["flat_slope"]:
        return "none"
    if abs(evidence) < thresholds["evidence"]:
        return "undecided"
    return "polynomial" if evidence > 0 else "exponential"


def line(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> Fit:
    """Weighted least squares; the interval widens with the residuals where they exceed the errors."""
    weights = errors**-2.0
    centre = np.average(x, weights=weights)
    spread = np.sum(weights * (x - centre) ** 2)
    slope = np.sum(weights * (x - centre) * y) / spread
    residuals = y - np.average(y, weights=weights) - slope * (x - centre)
    chi_squared = float(np.sum(weights * residuals**2))
    freedom = len(x) - 2
    half = stats.t.ppf(0.975, freedom) * np.sqrt(max(1.0, chi_squared / freedom) / spread)
    return Fit(float(slope), float(slope - half), float(slope + half), chi_squared)
