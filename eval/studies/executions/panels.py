"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from eval.panel import Panel
from eval.studies.executions.rows import ExecutionCount, GradientTiming

PANELS = (
    Panel(
        "Circuits of one gradient",
        "parameters", "gradient_executions", "parameters N", "circuit executions per gradient", ("family",),
        log_x=True, log_y=True, reference=("2N", lambda n: 2 * n), kind=ExecutionCount,
    ),
    Panel(
        "Seconds of one gradient, simulated here",
        "parameters", "gradient_seconds", "parameters N", "seconds per gradient on this device", ("differentiation",),
        log_x=True, log_y=True, kind=GradientTiming,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
