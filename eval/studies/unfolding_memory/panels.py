"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterable

from eval.panel import Panel
from eval.recorder import Row


def _spiking_rules(rows: list[Row]) -> Iterable[Row]:
    return (row for row in rows if row.get("part") in ("lengths", "traced") and row["model"] == "spiking network")


def _plain_rules(rows: list[Row]) -> Iterable[Row]:
    return (row for row in rows if row.get("part") in ("lengths", "traced") and row["rule"] in ("bptt", "backprop"))


PANELS = (
    Panel(
        "Bytes kept by each rule of a spiking network",
        "time_steps", "residual_bytes", "time steps T", "bytes kept from the forward to the reverse pass",
        ("rule",), log_x=True, log_y=True, rows=_spiking_rules,
    ),
    Panel(
        "The same for networks without spikes",
        "time_steps", "residual_bytes", "time steps T", "bytes kept by backpropagation", ("model",),
        log_x=True, log_y=True, rows=_plain_rules,
    ),
    Panel(
        "Accuracy that each rule trains to, on digits",
        "updates", "value", "updates", "validation accuracy, mean of the runs", ("rule",),
        {"part": "learning", "task": "digits", "quantity": "accuracy"},
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
