"""Towers of every number of discs: whether they arrive, and by how many moves."""

from __future__ import annotations

from eval.inference.trained import TrainedModel
from eval.rows import Row
from eval.statistics.intervals import wilson
from eval.studies.inference.models import SLACK, Models
from eval.studies.inference.rows import Size, Tower
from training.data.draws import Draws
from training.data.puzzles import hanoi
from training.data.puzzles.problems import draw

_MOST = int(SLACK * hanoi.completion_length)


def towers(models: Models, size: Size) -> list[Row]:
    """Measure greedy answers to test problems of every number of discs of which there are any.

    Args:
        models: The models of the repetition.
        size: The one that answers.
    """
    model: TrainedModel = getattr(models, size)
    found: list[Row] = []
    for discs in hanoi.complexities:
        asked = draw(models.puzzles, Draws(discs), models.config.problems, discs, "test", or_all=True)
        if not len(asked):
            continue
        answers = models.answers(f"towers-{size}-{discs}", model, asked, most=_MOST)
        needed = (asked.solutions != hanoi.PAD).sum(axis=1)
        right = answers.correct[:, 0]
        accuracy = wilson(int(right.sum()), len(asked))
        found.append(
            Tower(
                training_seed=models.seed,
                model=size,
                complexity=discs,
                trained=discs in hanoi.trained,
                problems=len(asked),
                accuracy=accuracy.mean,
                low=accuracy.low,
                high=accuracy.high,
                shortest=float((right & (answers.counts[:, 0] == needed)).mean()),
                tokens_spent=float(answers.counts.mean()),
                tokens_needed=float(needed.mean()),
                cut=float((~answers.ended).mean()),
            )
        )
    return found
