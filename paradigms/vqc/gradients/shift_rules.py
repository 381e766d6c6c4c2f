"""Parameter-shift rules: the shifts of an angle and the coefficients that make a derivative of the shifted values.

An expectation value is a trigonometric polynomial in every gate angle. One with R frequencies is fixed by 2R + 1
values, and its derivative by 2R (Wierichs, Izaac, Wang, Lin 2022, Quantum 6, 677).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from paradigms.interface import Unsupported

_DIGITS = 8
"""Decimals to which frequencies are told apart."""
_SCALES = np.geomspace(0.25, 4.0, 129)


@dataclass(frozen=True)
class ShiftRule:
    """The rule f'(φ) = Σ coefficients[i] · f(φ + shifts[i]), exact for the frequencies it was made for.

    Attributes:
        shifts: The shifts, in radians.
        coefficients: The coefficient of each shift.
    """

    shifts: tuple[float, ...]
    coefficients: tuple[float, ...]

    @property
    def terms(self) -> int:
        """The number of circuits that one derivative takes: 2R."""
        return len(self.shifts)

    @property
    def variance_factor(self) -> float:
        """Σ c², one half for two terms.

        With S shots per circuit and single-shot variance at most 1, the derivative's variance is at most Σ c² / S.
        """
        return sum(coefficient**2 for coefficient in self.coefficients)


@functools.lru_cache(maxsize=256)
def shift_rule(gate_frequencies: tuple[float, ...]) -> ShiftRule:
    """Make the rule with 2R terms for R frequencies, the shifts in pairs ±x.

    For equidistant frequencies kΩ, k = 1 … R (eq. 17 of Wierichs et al. 2022, in units of Ω), the shifts are x_μ =
    (2μ-1)π/(2RΩ), with coefficients ±Ω(-1)^(μ-1) / (4R sin²(Ωx_μ/2)). For R = 1 that is the two-term rule of Schuld et
    al. 2019, for R = 2 the four-term rule of controlled rotations. For other frequencies, the coefficients solve Σ_μ
    y_μ 2 sin(Ω_k x_μ) = Ω_k at those shifts x_μ = s(2μ-1)π/(2R), s on a grid, for which Σ y², and with it the variance
    under shots, is least.

    Args:
        gate_frequencies: The frequencies with which expectation values depend on the angle.

    Raises:
        Unsupported: If a frequency is not positive, or frequencies are too close to one another.
    """
    if any(frequency <= 0 for frequency in gate_frequencies):
        raise Unsupported(f"frequencies={gate_frequencies} must be positive: differences of distinct eigenvalues")
    values = np.array(sorted(set(gate_frequencies)))
    if not values.size:
        return ShiftRule((), ())
    steps = np.arange(1, values.size + 1)
    # In units of the lowest frequency.
    odd = (2 * steps - 1) * np.pi / (2 * values.size) / values[0]
    if np.allclose(values, steps * values[0], atol=10**-_DIGITS):
        shifts = odd
        coefficients = values[0] * (-1.0) ** (steps - 1) / (4 * values.size * np.sin(values[0] * odd / 2) ** 2)
    else:
        shifts, coefficients = _arbitrary(values, odd)
    pairs = zip(shifts, coefficients, strict=True)
    terms = [(sign * float(shift), sign * float(weight)) for shift, weight in pairs for sign in (1, -1)]
    return ShiftRule(tuple(shift for shift, _ in terms), tuple(weight for _, weight in terms))


def _arbitrary(values: np.ndarray, odd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    solutions = []
    for scale in _SCALES:
        system = 2 * np.sin(values[:, None] * scale * odd[None, :])
        if np.linalg.cond(system) < 1e6:
            solutions.append((scale * odd, np.linalg.solve(system, values)))
    if not solutions:
        raise Unsupported(
            f"frequencies={tuple(values)} are too close to one another for a shift rule; "
            "differentiate by adjoint or backprop"
        )
    return min(solutions, key=lambda solution: float(np.sum(solution[1] ** 2)))
