"""The panels of the study's interactive figure in the report."""

from __future__ import annotations

from collections.abc import Iterator

from eval.panel import Panel
from eval.recorder import Row
from eval.studies.regularisation.verdict import effects, in_words, regularised


def _at_best_strengths(rows: list[Row]) -> Iterator[Row]:
    """Yield the changes against the circuit alone by seed, each regulariser at the strength that validation prefers."""
    for effect in regularised(effects(rows)):
        for gain, change in zip(effect.gains, effect.gap_changes, strict=True):
            yield {
                "data_set": effect.data_set,
                "regulariser": in_words(effect.regulariser),
                "gain": float(gain),
                "gap_change": float(change),
            }


PANELS = (
    Panel(
        "Test accuracy gained by each regulariser",
        "regulariser", "gain", "regulariser", "test accuracy less that of the circuit alone, paired by seed",
        ("data_set",), rows=_at_best_strengths,
    ),
    Panel(
        "Change of the gap between test and training loss",
        "regulariser", "gap_change", "regulariser", "change of test loss − training loss, nats, paired by seed",
        ("data_set",), rows=_at_best_strengths,
    ),
)  # fmt: skip
"""One line of columns and one of labels per panel."""
