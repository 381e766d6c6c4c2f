"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.panel import Panel
from eval.studies.long_range.config import GENERATED
from eval.studies.long_range.results import results
from eval.studies.long_range.rows import Run


@dataclass(frozen=True)
class SeedScore:
    """The test score of one seed, at the learning rate that validation prefers."""

    task: str
    matching: str
    model: str
    lag: int
    score: float


def _at_best_learning_rates(rows: list[Run]) -> Iterator[SeedScore]:
    for result in results(rows):
        task, matching, _, _, lag = result.setting
        for score in result.scores.values():
            yield SeedScore(task, matching, result.setting.name, lag, score)


PANELS = (
    Panel(
        "Score across a lag, equal parameters",
        "lag", "score", "steps from what must be kept to the answer", "test score: 0 chance, 1 truth",
        ("task", "model"), {"task": GENERATED, "matching": "parameters"}, kind=SeedScore, rows=_at_best_learning_rates,
    ),
)  # fmt: skip
