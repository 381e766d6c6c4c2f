"""The most pressing thing to know of a gradient, in one sentence."""

from __future__ import annotations

MANY_SHOTS = 1e6
"""A circuit, for one component to rise above its shot noise: a second at 1 MHz."""
MANY_EXECUTIONS = 1000
SMALLER = "use fewer layers, a local cost, or angles drawn near the identity"


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
