"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from eval.panel import Panel

PANELS = (
    Panel(
        "Deep circuits: variance of a gradient component, ⟨Z₁Z₂⟩",
        "qubits", "variance", "qubits", "variance of the first angle's derivative", ("depth_per_qubit",),
        {"part": "deep", "observable": "Z1Z2", "method": ("chain", "dense", "paths")}, log_y=True,
        reference=("formula of the plateau", lambda n: 2**n / (2 * (4**n - 1))),
    ),
    Panel(
        "Shallow circuits with a local cost",
        "qubits", "variance", "qubits", "variance of the first angle's derivative", ("ansatz", "depth"),
        {"part": "local", "method": ("chain", "dense")}, log_x=True, log_y=True,
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
