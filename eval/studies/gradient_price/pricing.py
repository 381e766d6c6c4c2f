"""The price of one gradient of a model beside its forward pass, as a row of the table."""

from __future__ import annotations

from eval.recorder import Row
from eval.studies.gradient_price.programs import REVERSE, Model
from training.gradients import GradientName
from training.pricing import METRICS, Price

PRICE = "price"
"""``part`` of a row that prices one gradient; the others are those of ``exponents``, ``findings``, ``projection``."""
POINT = ("paradigm", "axis", "size")
COLUMNS = (
    *POINT, "differentiation", "gradient", "parameters", "gate_angles", "executions_forward",
    "executions", "shots", "flops_forward", "flops_gradient", "seconds_forward", "seconds_gradient", "seconds_call",
    "residual_bytes", "temp_bytes", "argument_bytes", "temp_bytes_forward", "memory_forward_bytes",
    "memory_gradient_bytes", "repeats", "batch", "unavailable", "uncountable",
)  # fmt: skip
"""Of a priced gradient; ``None`` where a quantity does not exist, cannot be had, or was not measured.

``executions`` are the circuits that quantum hardware would run for the gradient of one example, beside the
``executions_forward`` for its values; ``shots`` are all of the gradient's for the wanted error of a component. FLOPs,
seconds and bytes are those of a batch; where their names have no ``forward`` they are the gradient's, its forward pass
included. ``seconds_call`` is what a program takes that does nothing with the same arguments, ``memory_..._bytes`` all
that a program holds: arguments, temporaries and, for the gradient, the gradient itself. ``unavailable`` says why there
is no such gradient, ``uncountable`` why its operations cannot be counted.
"""
NO_FORWARD_MODE = "this rule is a custom VJP, which has no forward mode"


def price_row(model: Model, estimator: GradientName, forward: Price, found: Price | str, error: float) -> Row:
    """Write the price of a gradient as a row.

    Args:
        model: The model with the rule of differentiation in it.
        estimator: How the gradient is taken.
        forward: The price of the forward pass that it is held against.
        found: Its own price, or the reason why there is no such gradient.
        error: Standard deviation of a component for which ``shots`` are counted.
    """
    subject = model.subject
    executed = subject.paradigm.cost().forward.circuit_executions
    row: Row = dict.fromkeys(COLUMNS[len(POINT) :]) | {
        "gradient": estimator,
        "parameters": model.parameters,
        "gate_angles": subject.gate_angles,
        "executions_forward": executed,
        "flops_forward": forward.flops,
        "batch": subject.batch,
    }
    if isinstance(found, str):
        return row | {"unavailable": found}
    alone = None
    if found.circuit_executions is not None and executed is not None:
        alone = found.circuit_executions // subject.batch - (executed if estimator == REVERSE else 0)
    row |= {
        "executions": alone,
        "shots": alone * shots_a_circuit(error) if alone is not None and estimator == REVERSE else None,
        "flops_gradient": found.flops,
        "residual_bytes": found.residual_bytes,
        "temp_bytes": found.temp_bytes,
        "argument_bytes": found.argument_bytes,
        "seconds_forward": found.forward_seconds,
        "seconds_gradient": found.gradient_seconds,
        "repeats": found.turns,
        "uncountable": found.unavailable.get(METRICS["flops"]),
    }
    if found.compile_seconds is not None:
        row |= {
            "temp_bytes_forward": forward.temp_bytes,
            "memory_forward_bytes": _held(forward, 0),
            "memory_gradient_bytes": _held(found, model.gradient_bytes),
        }
    return row


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
