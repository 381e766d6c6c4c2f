"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from eval.panel import Panel
from eval.studies.surrogates.rows import Noise, Training

PANELS = (
    Panel(
        "Variance of the gradient, early in training",
        "width", "variance_over_examples", "width of the surrogate", "variance over examples", ("shape",),
        where={"place": "early"}, log_x=True, log_y=True, kind=Noise,
    ),
    Panel(
        "Accuracy after equal training",
        "width", "test_accuracy", "width of the surrogate", "test accuracy, mean of the seeds", ("shape",),
        log_x=True, kind=Training,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
