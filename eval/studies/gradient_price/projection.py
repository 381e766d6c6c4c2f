"""Seconds of one gradient of one example, N = 10³ to 10¹¹ parameters, on this device and on quantum hardware.

On this device: the law fitted to the seconds above the knee, an example's share of its batch, extrapolated beyond the
sizes that were timed. On quantum hardware by parameter shift: 2N circuits of S shots, with S = 1/(2ε²) for a standard
deviation ε of every component (Var ≤ 1/(2S)), so N/ε² shots in all; N times as many for the same error in L2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eval.studies.gradient_price.config import Config
from eval.studies.gradient_price.exponents import EXAMPLE_SECONDS
from eval.studies.gradient_price.findings import law
from eval.studies.gradient_price.names import LAYERS, NEURONS, REVERSE, SHIFT, SNN, TRANSFORMER, VQC, WIDTH
from eval.studies.gradient_price.rows import DeviceProjection, ErrorOf, Exponent, HardwareProjection, Series

SIZES = tuple(10**power for power in range(3, 12))
SHOT_RATES = (1e3, 1e4, 1e5, 1e6)
"""Shots per second (Hz)."""
ON_THIS_DEVICE = (
    Series(TRANSFORMER, "backprop", REVERSE, WIDTH),
    Series(SNN, "bptt", REVERSE, NEURONS),
    Series(VQC, "adjoint", REVERSE, LAYERS),
    Series(VQC, SHIFT, REVERSE, LAYERS),
)
COMPONENT: ErrorOf = "every component"
L2: ErrorOf = "L2 norm"
FORMULAS: dict[ErrorOf, str] = {
    COMPONENT: "seconds = N/ε² ÷ shots per second",
    L2: "seconds = N²/ε² ÷ shots per second",
}
"""The formula by what the error ε is of."""


def projections(known: Sequence[Exponent], config: Config) -> list[DeviceProjection | HardwareProjection]:
    """Project a row for every N.

    Args:
        known: The exponents, of which those of seconds per example are read.
        config: The settings, of which the error on hardware is read.
    """
    return [*_on_this_device(known), *_on_hardware(config.error)]


def _on_this_device(known: Sequence[Exponent]) -> Iterator[DeviceProjection]:
    for one in ON_THIS_DEVICE:
        fitted = law(known, one, EXAMPLE_SECONDS)
        if fitted is None:
            continue
        for size in SIZES:
            yield DeviceProjection(
                **one._asdict(),
                parameters=size,
                projected_seconds=fitted.factor * size**fitted.exponent,
                extrapolated=not fitted.smallest <= size <= fitted.largest,
                formula=f"seconds = {fitted.factor:.3g} · N^{fitted.exponent:.3f}, fitted",
            )


def _on_hardware(error: float) -> Iterator[HardwareProjection]:
    for error_of, formula in FORMULAS.items():
        for rate in SHOT_RATES:
            for size in SIZES:
                shots = hardware_shots(size, error, error_of)
                yield HardwareProjection(
                    paradigm=VQC,
                    differentiation=SHIFT,
                    gradient=REVERSE,
                    parameters=size,
                    gradient_executions=2 * size,
                    shots_to_error=shots,
                    shot_rate=rate,
                    error=error,
                    error_of=error_of,
                    projected_seconds=shots / rate,
                    formula=formula,
                )


def hardware_shots(parameters: int, error: float, error_of: ErrorOf) -> float:
    """Return all shots of one gradient by parameter shift for a standard deviation ``error`` of ``error_of``."""
    return parameters ** (2 if error_of == L2 else 1) / error**2
