"""What the measured variances and curves say of claim C4."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.statistics.decay import Decay, decay
from eval.statistics.intervals import student
from eval.studies.initialisations.config import Config
from eval.studies.initialisations.run import SHALLOW

_LIMITS = CLAIMS["C4"].thresholds


def decays(rows: Sequence[Row]) -> dict[str, Decay]:
    """How the variance falls with n in every setting, in the order of the table."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["part"] == "variance":
            found.setdefault(row["setting"], []).append(row)
    return {
        setting: decay(
            *([row[name] for row in points] for name in ("qubits", "variance", "relative_error")),
            flat_slope=_LIMITS["flat_slope"],
            least_evidence=_LIMITS["evidence"],
        )
        for setting, points in found.items()
    }


def final_losses(rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Validation loss after the last step, a value a seed, of every setting that was trained."""
    training = [row for row in rows if row["part"] == "training"]
    last = max((row["step"] for row in training), default=0)
    return {
        setting: np.array(
            [row["validation_loss"] for row in training if row["setting"] == setting and row["step"] == last]
        )
        for setting in dict.fromkeys(row["setting"] for row in training)
    }


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """One verdict on C4, of the settings other than deep and uniform.

    ``supported`` if uniform angles fall exponentially and at least one way out does not, ``refuted`` if all fall
    so; but ``conditional`` where the numbers of qubits or the errors do not meet the claim's thresholds.
    """
    thresholds = CLAIMS["C4"].thresholds
    found = decays(rows)
    others = {setting: how for setting, how in found.items() if setting != "uniform"}
    saved = [setting for setting, how in others.items() if how.shape in ("polynomial", "none")]
    lost = [setting for setting, how in others.items() if how.shape == "exponential"]
    widest = max(config.qubits)
    worst = max(row["relative_error"] for row in rows if row["part"] == "variance")
    in_range = widest >= thresholds["least_qubits"] and worst <= thresholds["relative_error"]
    if found["uniform"].shape == "exponential" and saved:
        outcome = "supported" if in_range else "conditional"
    elif found["uniform"].shape == "exponential" and len(lost) == len(others):
        outcome = "refuted" if in_range else "conditional"
    else:
        outcome = "conditional"
    best = max(others, key=lambda setting: others[setting].per_qubit.slope)
    effect, low, high = _difference(others[best], found["uniform"])
    return [
        Verdict(
            claim="C4",
            verdict=outcome,
            statement=f"{_shapes(found)} {_training(rows)}",
            effect=effect,
            low=low,
            high=high,
            quantity=f"slope of log2 variance of {best} less that of uniform, deep (bits per qubit)",
            conditions=_conditions(config, worst, in_range),
        )
    ]


def _shapes(found: dict[str, Decay]) -> str:
    words = {
        "exponential": "exponentially",
        "polynomial": "polynomially",
        "none": "not at all",
        "undecided": "in a way that these points do not decide",
    }
    parts = []
    for setting, how in found.items():
        fit = how.per_qubit if how.shape in ("exponential", "undecided") else how.exponent
        unit = "bits per qubit" if fit is how.per_qubit else "as a power of n"
        parts.append(f"{setting} {words[how.shape]} ({fit.slope:.2f} [{fit.low:.2f}, {fit.high:.2f}] {unit})")
    return f"The variance of a gradient component falls: {'; '.join(parts)}."


def _training(rows: Sequence[Row]) -> str:
    losses = final_losses(rows)
    if "uniform" not in losses:
        return "No training was compared."
    parts = []
    for setting, values in losses.items():
        if setting != "uniform":
            parts.append(f"{setting} {student(values - losses['uniform'])}")
    qubits = next(row["qubits"] for row in rows if row["part"] == "training")
    return (
        f"After training on digits with {qubits} qubits the validation loss differs from that of uniform angles "
        f"({losses['uniform'].mean():.3f} nats) by {', '.join(parts)}."
    )


def _difference(first: Decay, second: Decay) -> tuple[float, float, float]:
    """Of two independent slopes, whose half-widths add in squares."""
    effect = first.per_qubit.slope - second.per_qubit.slope
    half = math.hypot(*((one.per_qubit.high - one.per_qubit.low) / 2 for one in (first, second)))
    return effect, effect - half, effect + half


def _conditions(config: Config, worst: float, in_range: bool) -> tuple[str, ...]:
    thresholds = CLAIMS["C4"].thresholds
    measured = (
        f"n = {min(config.qubits)} to {max(config.qubits)}, {config.layers_per_qubit} n layers of RY, RZ, RY and a "
        f"ring of CZ ({SHALLOW}: {config.shallow_layers} layers), cost ⟨Z₁Z₂⟩ on RY(π/4)|0⟩ product states",
        f"standard errors of the variances up to {worst:.0%}; a decay is called by a difference of QAIC of "
        f"{thresholds['evidence']:g}",
        "a variance that does not vanish is necessary for training, not sufficient, and may mean that the circuit is "
        "simulated classically: study=surrogates_of_circuits",
    )
    if in_range:
        return measured
    return (
        *measured,
        f"polynomial and exponential are told apart for good only with n to {thresholds['least_qubits']:g} and errors "
        f"of {thresholds['relative_error']:.0%} at most: preset=full",
    )
