"""Tasks made of problems that are at hand, beside those that have a name on the command line."""

from __future__ import annotations

import jax
import numpy as np

from paradigms.interface import Spec
from training.data.arrays import ArraySplit
from training.data.puzzles.problems import Problems, Puzzles, sequences
from training.tasks import Task


def task_of(name: str, puzzles: Puzzles, train: Problems, held_out: Problems, length: int, note: str) -> Task:
    """Make a task of problems with their solutions, which alone are scored.

    Args:
        name: What to call it.
        puzzles: What they are problems of.
        train: The problems that train.
        held_out: The problems that validate and test; none of them is in the split that trains.
        length: Tokens of an example; a prompt and its solution have one more at most.
        note: How the problems came about, in one sentence.
    """
    spec = Spec(jax.ShapeDtypeStruct((length,), np.int32), "language", len(puzzles.vocabulary.words))
    judged = ArraySplit(*sequences(held_out, length))
    return Task(
        name,
        spec,
        ArraySplit(*sequences(train, length)),
        judged,
        judged,
        note=note,
        vocabulary=puzzles.vocabulary,
        unscored=True,
    )
