"""What quantum hardware would run for a gradient, by the paradigm's own cost."""

from __future__ import annotations

from dataclasses import dataclass

from paradigms.interface import Cost
from training.gradients import GradientName

NO_COUNTERPART = "this way of taking the gradient has no counterpart on quantum hardware"


@dataclass(frozen=True)
class Circuits:
    """What quantum hardware would run for one call of a program, of a whole batch; or the reason why it could not.

    Attributes:
        executions: Circuits.
        shots: Measurement repetitions, of all circuits together.
    """

    executions: int | str
    shots: int | float | str


def circuits_of(name: str, cost: Cost, gradient: GradientName, examples: int) -> Circuits:
    """Count circuits and shots of a batch's gradient, its forward passes included.

    SPSA runs the forward pass twice; a forward gradient carries a tangent, which no hardware does.

    Args:
        name: The name of the paradigm, for the reason.
        cost: Its own cost of one example.
        gradient: How the gradient is taken.
        examples: The number of examples of the batch.
    """
    forward, exact = cost.forward, cost.gradient
    return Circuits(
        _counted(name, "circuit executions", forward.circuit_executions, exact.circuit_executions, gradient, examples),
        _counted(name, "shots", forward.shots, exact.shots, gradient, examples),
    )


def _counted(
    name: str, what: str, forward: int | None, exact: int | None, gradient: GradientName, examples: int
) -> int | str:
    each = {"reverse": exact, "spsa": None if forward is None else 2 * forward, "forward": None}[gradient]
    if each is not None:
        return each * examples
    return f"{name} has no {what}" if forward is None else NO_COUNTERPART
