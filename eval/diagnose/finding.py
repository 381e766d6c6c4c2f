"""What a diagnosis of one size says."""

from __future__ import annotations

from dataclasses import dataclass


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
        variance_low: Together with ``variance_high``, its 95% interval, by bootstrap over the samples.
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
