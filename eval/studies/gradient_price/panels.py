"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.claims import CLAIMS
from eval.panel import Panel
from eval.rows import Row, of
from eval.studies.gradient_price.exponents import FLOPS, SECONDS, value
from eval.studies.gradient_price.names import GROWING, OWN, REVERSE, VQC, Axis
from eval.studies.gradient_price.rows import DeviceProjection, GradientPrice, HardwareProjection
from training.gradients import GradientName


@dataclass(frozen=True)
class Priced:
    """A price with the N that it is held against, and what the gradient costs in units of the forward pass."""

    paradigm: str
    axis: Axis
    differentiation: str
    gradient: GradientName
    number: int
    gradient_to_forward_flops: float | None
    gradient_to_forward: float | None
    gradient_executions: int | None
    residual_bytes: int | None


@dataclass(frozen=True)
class Projected:
    """Seconds projected for N parameters, wherever the gradient is computed."""

    paradigm: str
    differentiation: str
    where: str
    shot_rate: float | None
    error_of: str | None
    parameters: int
    projected_seconds: float


def _priced(rows: list[Row]) -> Iterator[Priced]:
    for one in of(rows, GradientPrice):
        yield Priced(
            one.paradigm, one.axis, one.differentiation, one.gradient, one.number, value(one, FLOPS),
            value(one, SECONDS), one.gradient_executions, one.residual_bytes,
        )  # fmt: skip


def _projected(rows: list[Row]) -> Iterator[Projected]:
    for one in of(rows, DeviceProjection):
        yield Projected(
            one.paradigm, one.differentiation, "this device", None, None, one.parameters, one.projected_seconds
        )
    for one in of(rows, HardwareProjection):
        yield Projected(
            one.paradigm, one.differentiation, "quantum hardware", one.shot_rate, one.error_of, one.parameters,
            one.projected_seconds,
        )  # fmt: skip


RULE = ("paradigm", "differentiation")
N = "parameters N (gate angles of a circuit)"
PRICES = {"gradient": REVERSE, "axis": (*GROWING, OWN)}
"""Of gradients in reverse mode, along what makes the number of parameters grow."""
OMEGA = CLAIMS["C1"].thresholds["omega"]
BOUND = (f"{OMEGA:g}, the cheap-gradient bound", lambda number: OMEGA)
"""Griewank and Walther's bound of a reverse pass that keeps what the forward pass computed."""
ABOVE_THE_BOUND = (
    f"The bound of {OMEGA:g} is for a reverse pass that computes nothing twice. Rules that keep less compute again and "
    "may lie above it: the adjoint rule keeps one state and undoes each gate on two of them. What matters then is that "
    "the ratio does not grow with N."
)

PANELS = (
    Panel(
        "On this computer, circuits simulated: operations of a gradient",
        "number", "gradient_to_forward_flops", N, "FLOPs of the gradient ÷ of the forward pass", RULE,
        PRICES, log_x=True, log_y=True, reference=BOUND, note=ABOVE_THE_BOUND, kind=Priced, rows=_priced,
    ),
    Panel(
        "On this computer, circuits simulated: seconds of a gradient",
        "number", "gradient_to_forward", N, "seconds of the gradient ÷ of the forward pass", RULE,
        PRICES, log_x=True, log_y=True, reference=BOUND, note=ABOVE_THE_BOUND, kind=Priced, rows=_priced,
    ),
    Panel(
        "On quantum hardware: circuit executions of a gradient",
        "number", "gradient_executions", "gate angles N", "circuit executions per gradient", RULE,
        {**PRICES, "paradigm": VQC}, log_x=True, log_y=True, reference=("2N", lambda n: 2 * n),
        kind=Priced, rows=_priced,
    ),
    Panel(
        "On this computer: bytes kept for the reverse pass",
        "number", "residual_bytes", N, "bytes kept from the forward to the reverse pass", RULE,
        PRICES, log_x=True, log_y=True, kind=Priced, rows=_priced,
    ),
    Panel(
        "Projected: seconds of one gradient, on this computer and on quantum hardware",
        "parameters", "projected_seconds", "parameters N", "seconds per gradient",
        ("paradigm", "differentiation", "where", "shot_rate", "error_of"),
        log_x=True, log_y=True, kind=Projected, rows=_projected,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
