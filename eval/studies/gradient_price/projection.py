"""Seconds of one gradient of one example, N = 10³ to 10¹¹ parameters, on this device and on quantum hardware.

On this device: the law fitted to the seconds above the knee, an example's share of its batch, extrapolated beyond the
sizes that were timed. On quantum hardware by parameter shift: 2N circuits of S shots, with S = 1/(2ε²) for a standard
deviation ε of every component (Var ≤ 1/(2S)), so N/ε² shots in all; N times as many for the same error in L2.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.recorder import Row
from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import EXAMPLE_SECONDS, Series
from eval.studies.gradient_price.findings import law
from eval.studies.gradient_price.pricing import REVERSE
from eval.studies.gradient_price.subjects import LAYERS, NEURONS, SHIFT, SNN, TRANSFORMER, VQC, WIDTH

PROJECTION = "projection"
"""The ``part`` of a row that holds a projection."""
SIZES = tuple(10**power for power in range(3, 12))
SHOT_RATES = (1e3, 1e4, 1e5, 1e6)
"""Shots per second (Hz)."""
HERE, HARDWARE = "this device", "quantum hardware"
ON_THIS_DEVICE = (
    Series(TRANSFORMER, "backprop", REVERSE, WIDTH),
    Series(SNN, "bptt", REVERSE, NEURONS),
    Series(VQC, "adjoint", REVERSE, LAYERS),
    Series(VQC, SHIFT, REVERSE, LAYERS),
)
COMPONENT, L2 = "every component", "L2 norm"
FORMULAS = {COMPONENT: "seconds = N/ε² ÷ shots per second", L2: "seconds = N²/ε² ÷ shots per second"}
"""The formula by what the error ε is of."""


def projections(rows: Sequence[Row], config: Config) -> list[Row]:
    """Project a row for every N; ``extrapolated`` says whether N is outside the sizes that were timed.

    Args:
        rows: The exponents, of which those of seconds per example are read.
        config: The settings, of which the error on hardware is read.
    """
    found: list[Row] = []
    for one in ON_THIS_DEVICE:
        known = law(rows, one, EXAMPLE_SECONDS)
        if known is None:
            continue
        formula = f"seconds = {known['factor']:.3g} · N^{known['exponent']:.3f}, fitted"
        for size in SIZES:
            found.append(
                {
                    "part": PROJECTION, **one._asdict(), "where": HERE, "parameters": size,
                    "projected_seconds": known["factor"] * size ** known["exponent"],
                    "extrapolated": not known["smallest"] <= size <= known["largest"], "formula": formula,
                }
            )  # fmt: skip
    for norm, formula in FORMULAS.items():
        for rate in SHOT_RATES:
            for size in SIZES:
                shots = hardware_shots(size, config.error, norm)
                found.append(
                    {
                        "part": PROJECTION, "paradigm": VQC, "differentiation": SHIFT, "gradient": REVERSE,
                        "where": HARDWARE, "parameters": size, "gate_angles": size, "executions": 2 * size,
                        "shots": shots, "shot_rate": rate, "error": config.error, "error_of": norm,
                        "projected_seconds": shots / rate, "extrapolated": True, "formula": formula,
                    }
                )  # fmt: skip
    return found


def hardware_shots(parameters: int, error: float, norm: str) -> float:
    """Return all shots of one gradient by parameter shift for a standard deviation ``error`` of ``norm``."""
    return parameters ** (2 if norm == L2 else 1) / error**2
