"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from eval.panel import Panel
from eval.studies.barren_plateaus.rows import ComputedVariance

PANELS = (
    Panel(
        "Deep circuits: variance of a gradient component, ⟨Z₁Z₂⟩",
        "qubits", "variance_over_initialisations", "qubits", "variance of the first angle's derivative",
        ("layers_per_qubit",), {"family": "deep", "observable": "Z1Z2"}, log_y=True,
        reference=("formula of the plateau", lambda n: 2**n / (2 * (4**n - 1))), kind=ComputedVariance,
    ),
    Panel(
        "Shallow circuits with a local cost",
        "qubits", "variance_over_initialisations", "qubits", "variance of the first angle's derivative",
        ("ansatz", "layers"), {"family": "local"}, log_x=True, log_y=True, kind=ComputedVariance,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
