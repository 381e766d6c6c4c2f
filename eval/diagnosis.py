"""What a diagnosis says: of one size, and of how the gradient changes with the qubits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eval.claims import CLAIMS
from eval.statistics.decay import Shape
from eval.statistics.laws import Line

MANY_SHOTS = 1e6
"""A circuit, for one component to rise above its shot noise: a second at 1 MHz."""
MANY_EXECUTIONS = 1000
FLAT_SLOPE = CLAIMS["C4"].thresholds["flat_slope"]
"""Bits of variance per qubit above which there is no decay to speak of."""
SMALLER = "use fewer layers, a local cost, or angles drawn near the identity"

Verdict = Literal["decays", "does not decay", "undecided"]


@dataclass(frozen=True)
class Diagnosis:
    """What was found; ``print`` it. ``None`` where a quantity does not exist for the model.

    Attributes:
        name: The name of the model.
        parameters: Numbers that are trained.
        qubits: The number of qubits of the circuit.
        depth: Gates in a row on the longest path.
        samples: Random parameters at which the gradient was taken.
        variance: The variance of a gradient component over random parameters, mean over components and outputs.
        variance_low: With ``variance_high``, its 95% interval, by bootstrap over the samples.
        variance_high: See ``variance_low``.
        plateau: The same variance if both parts of the circuit around a gate were 2-designs, as on a barren plateau;
            ``None`` also where transforms of the QNode change what is measured.
        shots: A circuit, for the signal-to-noise ratio of a typical component to reach one.
        executions: Circuits of one gradient of one example by parameter shift, forward included.
        temp_bytes: Temporary memory of one compiled gradient, simulated; ``None`` where the backend does not say.
        advice: One sentence.
    """

    name: str
    parameters: int
    qubits: int | None
    depth: int | None
    samples: int
    variance: float
    variance_low: float
    variance_high: float
    plateau: float | None
    shots: float | None
    executions: int | None
    temp_bytes: int | None
    advice: str

    @property
    def table(self) -> str:
        """What was measured, without the advice."""
        size = f"{self.parameters:,} parameters"
        if self.qubits is not None:
            size = f"{self.qubits} qubits, depth {self.depth}, {size}"
        lines = [
            (self.name, size),
            (
                "gradient variance",
                f"{self.variance:.3g} a component (95%: {self.variance_low:.3g} to {self.variance_high:.3g}; "
                f"{self.samples} random parameters)",
            ),
        ]
        if self.plateau is not None:
            lines.append(
                ("of a 2-design", f"{self.plateau:.3g}, the variance that a barren plateau has on these qubits")
            )
        if self.shots is not None:
            lines.append(("shot floor", f"{self.shots:,.0f} shots a circuit for signal-to-noise 1"))
        if self.executions is not None:
            lines.append(("executions a step", f"{self.executions:,} circuits an example by parameter shift"))
        if self.temp_bytes is not None:
            lines.append(("memory", f"{self.temp_bytes / 2**20:,.3g} MiB for one gradient, simulated"))
        width = max(len(label) for label, _ in lines)
        return "\n".join(f"{label:<{width}}  {value}" for label, value in lines)

    def __str__(self) -> str:
        return f"{self.table}\n\n{self.advice}"


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
    shape: Shape | None
    verdict: Verdict

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


def verdict(slope: Line) -> Verdict:
    """Of a slope of log2 Var per qubit."""
    if slope.low > FLAT_SLOPE:
        return "does not decay"
    return "decays" if slope.high < FLAT_SLOPE else "undecided"


def advise(
    variance: float, plateau: float | None, shots: float | None, executions: int | None, constant: bool = False
) -> str:
    """The most pressing thing to know of one size, in one sentence.

    Args:
        variance: The variance of a gradient component.
        plateau: The variance of a 2-design.
        shots: A circuit, for signal-to-noise 1.
        executions: Circuits of one gradient.
        constant: Whether what is measured is a multiple of the identity.
    """
    if constant:
        return "What is measured is a multiple of the identity: it is the same in every state, and has no gradient."
    if variance == 0:
        return "No parameter moves what is measured: check that the gates act on the measured wires."
    if shots is not None and shots > MANY_SHOTS:
        return f"Shots decide: {shots:.2g} a circuit before a component rises above its noise; {SMALLER}."
    if executions is not None and executions > MANY_EXECUTIONS:
        return (
            f"Executions decide: {executions:,} circuits an example and step on hardware; share angles less, measure "
            "fewer groups, use generators that commute, or SPSA, whose two circuits trade executions for noise."
        )
    if plateau is not None:
        return (
            f"The variance is {variance / plateau:.2g} times a 2-design's; whether it falls with the qubits, as on a "
            "barren plateau, one size cannot say: give a function of a size, and sizes=[4,6,8,10]."
        )
    return "Gradients are of ordinary size and reverse mode gives them all at once: nothing needs to change."
