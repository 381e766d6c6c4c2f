"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from eval.panel import Panel

PANELS = (
    Panel(
        "Variance of the gradient, early in training",
        "width", "early_variance_over_examples", "width of the surrogate", "variance over examples", ("shape",),
        {"part": "training"}, log_x=True, log_y=True,
    ),
    Panel(
        "Accuracy after equal training",
        "width", "test_accuracy", "width of the surrogate", "test accuracy, mean of the seeds", ("shape",),
        {"part": "training"}, log_x=True,
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
