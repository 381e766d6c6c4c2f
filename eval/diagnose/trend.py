"""How the gradient of a circuit changes with its qubits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eval.claims import CLAIMS
from eval.diagnose.advice import SMALLER
from eval.diagnose.finding import Diagnosis
from eval.statistics.bits import error_bits
from eval.statistics.decay import DecayShape, decay
from eval.statistics.laws import EXACT_BITS, Line, line
from training.errors import BadInput

FLAT_SLOPE = CLAIMS["C4"].thresholds["flat_slope"]
"""Bits of variance per qubit above which there is no decay to speak of."""

TrendVerdict = Literal["decays", "does not decay", "undecided"]


@dataclass(frozen=True)
class Trend:
    """How the variance of a gradient changes with the qubits; ``print`` it.

    Attributes:
        name: The name of the circuit.
        sizes: Arguments of the function of a size.
        diagnoses: One a size.
        slope: The slope of log2 Var per qubit, with its 95% interval.
        shape: An exponential or a power law; ``None`` for fewer than four sizes, which do not tell.
        verdict: ``decays`` where the whole interval lies below ``FLAT_SLOPE``, ``does not decay`` where it lies above,
            else ``undecided``.
    """

    name: str
    sizes: tuple[int, ...]
    diagnoses: tuple[Diagnosis, ...]
    slope: Line
    shape: DecayShape | None
    verdict: TrendVerdict

    @property
    def advice(self) -> str:
        """One sentence."""
        fall = f"{self.slope} bits of variance a further qubit, from {self.slope.first:.0f} to {self.slope.last:.0f}"
        if self.verdict == "does not decay":
            return f"The gradient does not decay over these sizes: {fall}."
        if self.verdict == "undecided":
            wanted = "a fourth size and more" if len(self.sizes) < 4 else "more samples=, or sizes further apart,"
            return f"Undecided: {fall}; {wanted} would narrow the interval, which holds decay and none."
        if self.shape == "exponential":
            return f"The gradient decays, exponentially as on a barren plateau: {fall}; {SMALLER}."
        if self.shape == "polynomial":
            return f"The gradient decays as a power of the qubits, which is no barren plateau: {fall}."
        wanted = "a fourth size and more" if self.shape is None else "sizes further apart"
        return f"The gradient decays: {fall}; {wanted} would tell an exponential (a barren plateau) from a power law."

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.verdict}", "", f"{'size':>6}  {'qubits':>6}  {'variance':>9}  95%"]
        for size, found in zip(self.sizes, self.diagnoses, strict=True):
            interval = f"{found.variance_low:.3g} to {found.variance_high:.3g}"
            lines.append(f"{size:>6}  {found.qubits:>6}  {found.variance:>9.3g}  {interval}")
        return "\n".join([*lines, "", self.advice, "", "At the largest size:", self.diagnoses[-1].table])


def verdict(slope: Line) -> TrendVerdict:
    """Say whether a gradient decays, from the slope of log2 Var per qubit."""
    if slope.low > FLAT_SLOPE:
        return "does not decay"
    return "decays" if slope.high < FLAT_SLOPE else "undecided"


def follow(
    build: Callable[[int], Any],
    sizes: Sequence[int],
    samples: int,
    seed: int,
    name: str,
    diagnose: Callable[..., Diagnosis],
) -> Trend:
    """Follow the variance of a gradient over sizes of a circuit.

    Args:
        build: Makes a QNode, its parameters and what else it takes, from a size.
        sizes: Three or more.
        samples: Random parameters at each size.
        seed: Seed of their draw.
        name: The name of the circuit.
        diagnose: Diagnoses one size.

    Raises:
        BadInput: Too few sizes, sizes that do not differ in qubits, or no circuit with a gradient to follow.
    """
    chosen = tuple(sorted(set(sizes)))
    if len(chosen) < 3:
        raise BadInput(
            f"sizes={list(sizes)} are too few for a trend with an interval; give three or more, as in [4,6,8]"
        )
    found = []
    for size in chosen:
        made = build(size)
        if not isinstance(made, tuple) or len(made) < 2:
            raise BadInput(
                f"{name}({size}) returned {type(made).__name__}; return a QNode, its parameters, and its inputs"
            )
        one = diagnose(*made, samples=samples, seed=seed, name=name)
        if not one.variance or one.qubits is None:
            raise BadInput(f"{name}({size}) has no variance of a circuit's gradient to follow: {one.advice}")
        found.append(one)
    qubits = [one.qubits for one in found]
    if len(set(qubits)) < len(qubits):
        raise BadInput(
            f"sizes={list(chosen)} of {name} have {qubits} qubits; let every size have another number of them"
        )
    bits = [float(np.log2(one.variance)) for one in found]
    errors = [max(error_bits(one.variance, one.variance_low, one.variance_high), EXACT_BITS) for one in found]
    slope = line([float(count) for count in qubits], bits, errors)
    shape = None
    if len(found) >= 4:
        limits = CLAIMS["C4"].thresholds
        relative = [error * np.log(2) for error in errors]
        shape = decay(
            qubits,
            [one.variance for one in found],
            relative,
            flat_slope=limits["flat_slope"],
            least_evidence=limits["evidence"],
        ).shape
    return Trend(name, chosen, tuple(found), slope, shape, verdict(slope))
