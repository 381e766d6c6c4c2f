"""The price of one gradient of a model beside its forward pass, as a row of the table."""

from __future__ import annotations

from eval.studies.gradient_price.models.programs import Model
from eval.studies.gradient_price.names import REVERSE
from eval.studies.gradient_price.rows import GradientPrice, Series
from training.pricing import METRICS, Price

NO_FORWARD_MODE = "this rule is a custom VJP, which has no forward mode"


def price_row(
    one: Series, size: int | None, model: Model, forward: Price, found: Price, call_seconds: float | None, error: float
) -> GradientPrice:
    """Write the price of a gradient as a row.

    Args:
        one: The series that the gradient is of.
        size: How far the series' axis has grown; ``None`` for a model that takes no size.
        model: The model with the rule of differentiation in it.
        forward: The price of the forward pass that the gradient is held against.
        found: The gradient's own price.
        call_seconds: What a call of a program that does nothing takes, which belongs to a gradient that was timed.
        error: Standard deviation of a component for which shots are counted.
    """
    subject = model.subject
    executed, alone = subject.paradigm.cost().forward.circuit_executions, None
    if found.circuit_executions is not None and executed is not None:
        alone = found.circuit_executions // subject.batch - (executed if one.gradient == REVERSE else 0)
    compiled = found.temp_bytes is not None
    return GradientPrice(
        **one._asdict(),
        size=size,
        parameters=model.parameters,
        gate_angles=subject.gate_angles,
        batch=subject.batch,
        forward_executions=executed,
        gradient_executions=alone,
        shots_to_error=alone * shots_a_circuit(error) if alone is not None and one.gradient == REVERSE else None,
        forward_flops=forward.flops,
        flops=found.flops,
        uncountable=found.unavailable.get(METRICS["flops"]),
        forward_seconds=found.forward_seconds,
        gradient_seconds=found.gradient_seconds,
        call_seconds=None if found.gradient_seconds is None else call_seconds,
        turns=found.turns,
        residual_bytes=found.residual_bytes,
        temp_bytes=found.temp_bytes,
        argument_bytes=found.argument_bytes,
        total_bytes=_held(found, model.gradient_bytes) if compiled else None,
        forward_temp_bytes=forward.temp_bytes if compiled else None,
        forward_total_bytes=_held(forward, 0) if compiled else None,
    )


def shots_a_circuit(error: float) -> float:
    """Count the shots of a circuit for an error ε of a component: 1/(2ε²).

    By the two-term rule and observables in [-1, 1] a component's variance is at most 1/(2S).
    """
    return 1 / (2 * error**2)


def _held(price: Price, output_bytes: int) -> int | None:
    """Arguments, temporaries and what a program returns."""
    if price.temp_bytes is None or price.argument_bytes is None:
        return None
    return price.argument_bytes + price.temp_bytes + output_bytes
