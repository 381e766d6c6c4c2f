"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.panel import Panel
from eval.studies.regularisation.config import DataSetName
from eval.studies.regularisation.rows import Run
from eval.studies.regularisation.verdict import effects, in_words, regularised


@dataclass(frozen=True)
class SeedChange:
    """What a regulariser changes for one training seed.

    Attributes:
        data_set: The data set that it was trained on.
        regulariser: The regulariser, in words.
        gain: The test accuracy less that of the circuit alone.
        gap_change: The gap between test and training loss less that of the circuit alone, in nats.
    """

    data_set: DataSetName
    regulariser: str
    gain: float
    gap_change: float


def _at_best_strengths(rows: list[Run]) -> Iterator[SeedChange]:
    """Yield the changes against the circuit alone by seed, each regulariser at the strength that validation prefers."""
    for effect in regularised(effects(rows)):
        for gain, change in zip(effect.gains, effect.gap_changes, strict=True):
            yield SeedChange(effect.data_set, in_words(effect.regulariser), float(gain), float(change))


PANELS = (
    Panel(
        "Test accuracy gained by each regulariser",
        "regulariser", "gain", "regulariser", "test accuracy less that of the circuit alone, paired by seed",
        ("data_set",), kind=SeedChange, rows=_at_best_strengths,
    ),
    Panel(
        "Change of the gap between test and training loss",
        "regulariser", "gap_change", "regulariser", "change of test loss − training loss, nats, paired by seed",
        ("data_set",), kind=SeedChange, rows=_at_best_strengths,
    ),
)  # fmt: skip
"""One line of fields and one of labels per panel."""
