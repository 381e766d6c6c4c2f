"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from eval.panel import Panel
from eval.studies.surrogates_of_circuits.rows import Simulation

PANELS = (
    Panel(
        "What the classical surrogate costs",
        "qubits", "updates", "qubits", "Pauli words visited, summed over gates", ("setting", "threshold"),
        log_x=True, log_y=True, kind=Simulation,
    ),
    Panel(
        "What it gets wrong",
        "qubits", "relative_error", "qubits", "root-mean-square error ÷ spread of the cost",
        ("setting", "threshold"), log_x=True, log_y=True, low="relative_error_low", high="relative_error_high",
        kind=Simulation,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
