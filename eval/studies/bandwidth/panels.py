"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

import math

from eval.panel import Panel
from eval.studies.bandwidth.rows import SpikingNetwork

PANELS = (
    Panel(
        "Entropy of whole spike trains",
        "time_steps", "train_entropy", "time steps T", "bits per neuron, without input noise", ("neuron", "layer"),
        {"encoding": "direct"}, log_x=True, kind=SpikingNetwork,
        reference=("log₂(T + 1), the bound of counts", lambda steps: math.log2(steps + 1)),
    ),
    Panel(
        "Information about the class",
        "time_steps", "train_class_bits", "time steps T", "bits per neuron in the whole train",
        ("neuron", "encoding", "layer"), log_x=True, kind=SpikingNetwork,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
