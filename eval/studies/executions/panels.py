"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from eval.panel import Panel

PANELS = (
    Panel(
        "Circuits of one gradient",
        "parameters", "gradient_executions", "parameters N", "circuit executions a gradient", ("family",),
        {"part": "executions"}, log_x=True, log_y=True, reference=("2N", lambda n: 2 * n),
    ),
    Panel(
        "Seconds of one gradient, simulated here",
        "parameters", "gradient_seconds", "parameters N", "seconds a gradient on this device", ("rule",),
        {"part": "seconds"}, log_x=True, log_y=True,
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
