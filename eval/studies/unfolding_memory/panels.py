"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterable

from eval.panel import Panel
from eval.rows import Row, of
from eval.studies.unfolding_memory.models import RULES, SNN
from eval.studies.unfolding_memory.rows import Accuracy, Gradient, Trace


def _spiking_rules(rows: list[Row]) -> Iterable[Gradient | Trace]:
    return (row for row in (*of(rows, Gradient), *of(rows, Trace)) if row.model == SNN)


def _plain_rules(rows: list[Row]) -> Iterable[Gradient | Trace]:
    plain = {rules[0] for rules in RULES.values()}
    return (row for row in (*of(rows, Gradient), *of(rows, Trace)) if row.differentiation in plain)


PANELS = (
    Panel(
        "Bytes kept by each rule of a spiking network",
        "time_steps", "residual_bytes", "time steps T", "bytes kept from the forward to the reverse pass",
        ("differentiation",), log_x=True, log_y=True, kind=Trace, rows=_spiking_rules,
    ),
    Panel(
        "The same for networks without spikes",
        "time_steps", "residual_bytes", "time steps T", "bytes kept by backpropagation", ("model",),
        log_x=True, log_y=True, kind=Trace, rows=_plain_rules,
    ),
    Panel(
        "Accuracy that each rule trains to, on digits",
        "updates", "test_accuracy", "updates", "test accuracy, mean of the runs", ("differentiation",),
        {"task": "digits"}, kind=Accuracy,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
