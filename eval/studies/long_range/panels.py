"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator

from eval.panel import Panel
from eval.recorder import Row
from eval.studies.long_range.verdict import results


def _at_best_learning_rates(rows: list[Row]) -> Iterator[Row]:
    """Yield the test scores by seed, each model at the learning rate that validation prefers."""
    for result in results(rows):
        for score in result.scores.values():
            yield {
                "task": result.task,
                "matching": result.matching,
                "model": result.name,
                "lag": result.lag,
                "score": float(score),
            }


PANELS = (
    Panel(
        "Recall across a lag, equal parameters",
        "lag", "score", "steps from what must be kept to the answer", "test score: 0 chance, 1 truth", ("model",),
        {"task": "recall", "matching": "parameters"}, rows=_at_best_learning_rates,
    ),
    Panel(
        "Adding across a lag, equal parameters",
        "lag", "score", "steps from what must be kept to the answer", "test score: 0 chance, 1 truth", ("model",),
        {"task": "adding", "matching": "parameters"}, rows=_at_best_learning_rates,
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
