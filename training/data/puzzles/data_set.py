"""Puzzles as a task: problems with their answers, of which the answers are scored."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import numpy as np

from paradigms.interface import Spec
from training.data.arrays import ArraySplit
from training.data.draws import Draws
from training.data.puzzles.problems import Problems, Puzzles, SplitName, draw, joined, sequences
from training.data.split import DataSet

EXAMPLES = 250_000
"""Problems of the training split; the smaller kinds occur in it more than once."""


def data_set(puzzles: Puzzles, seed: int, held_out: Mapping[int, int]) -> DataSet:
    """Draw problems that train, and others to validate and test.

    Args:
        puzzles: What is drawn.
        seed: Which draw of it. To which split a problem belongs does not depend on it.
        held_out: Distinct problems of each trained complexity, in validation and in test each.

    Returns:
        Prompts with their answers, shifted by one token; what is to be predicted of the prompt and behind the answer
        does not count.
    """
    count = -(-EXAMPLES // len(puzzles.trained))
    names: tuple[SplitName, ...] = ("train", "validation", "test")
    drawn = [
        _shuffled(puzzles, Draws(seed * len(names) + place), wanted, name)
        for place, (name, wanted) in enumerate(
            zip(names, (dict.fromkeys(puzzles.trained, count), held_out, held_out), strict=True)
        )
    ]
    length = max(int((one.lengths + (one.solutions != 0).sum(axis=1)).max()) for one in drawn) - 1
    train, validation, test = (ArraySplit(*sequences(one, length)) for one in drawn)
    return DataSet(
        spec=Spec(jax.ShapeDtypeStruct((length,), np.int32), "language", len(puzzles.vocabulary.words)),
        train=train,
        validation=validation,
        test=test,
        note=f"{puzzles.name} of complexity {', '.join(map(str, puzzles.trained))}, drawn; a problem belongs to train, "
        "validation or test by a number made of it, so that none is in two; answers alone are scored",
        vocabulary=puzzles.vocabulary,
        unscored=True,
    )


def _shuffled(puzzles: Puzzles, draws: Draws, wanted: Mapping[int, int], split: SplitName) -> Problems:
    problems = joined([draw(puzzles, draws, count, complexity, split) for complexity, count in wanted.items()])
    return problems[np.argsort(draws.uniform(len(problems)), kind="stable")]
