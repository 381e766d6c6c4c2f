"""Tasks made of problems that are at hand, beside those that have a name on the command line; and pairs of texts."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
from jaxtyping import Int, Int32

from paradigms.interface import Spec
from training.data.arrays import ArraySplit
from training.data.checks import UNSCORED
from training.data.puzzles.problems import Problems, Puzzles, sequences
from training.data.split import Split
from training.errors import BadInput
from training.tasks import Task

PAIR = 2
"""Texts of an example."""


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


def paired(task: Task) -> Task:
    """Put two texts into each example, a long one and a short one.

    The longest text is with the shortest, the second longest with the second shortest, and so on, so that all examples
    are about as long. Each text is scored as it is in an example of its own, by a model that keeps them apart
    (``text_start`` of the transformer); a text that is left over is left out.

    Args:
        task: A language of which not all tokens are scored, and those of an example follow one another; what pads
            examples behind the last of them is not kept.

    Raises:
        BadInput: A split holds a single text, or the task scores all tokens.
    """
    if not task.unscored or task.texts > 1:
        raise BadInput(
            f"task {task.name} has no scored tokens to tell two texts of an example apart by: leave it as it is"
        )
    named = {name: _pairs(f"task {task.name}, {name}", getattr(task, name)) for name in ("train", "validation", "test")}
    length = max(inputs.shape[1] for inputs, _ in named.values())
    splits = {
        name: ArraySplit(_padded(inputs, length, 0), _padded(targets, length, UNSCORED))
        for name, (inputs, targets) in named.items()
    }
    spec = Spec(jax.ShapeDtypeStruct((length,), np.int32), task.spec.kind, task.spec.outputs)
    return replace(task, spec=spec, texts=PAIR, note=f"{task.note}; two of them are an example", **splits)


def _pairs(name: str, split: Split) -> tuple[Int32[np.ndarray, "pairs length"], Int32[np.ndarray, "pairs length"]]:
    inputs, targets = split.take(np.arange(len(split)))
    if len(inputs) < PAIR:
        raise BadInput(f"{name} holds {len(inputs)} texts, and an example has {PAIR}: give more")
    lengths = inputs.shape[1] - np.argmax(targets[:, ::-1] != UNSCORED, axis=1)
    order = np.argsort(lengths, kind="stable")
    count = len(order) // PAIR
    first, second = order[::-1][:count], order[:count]
    length = int((lengths[first] + lengths[second]).max())
    found = []
    for rows, fill in ((inputs, 0), (targets, UNSCORED)):
        pairs = np.full((count, length), fill, np.int32)
        for texts, begin in ((first, np.zeros(count, int)), (second, lengths[first])):
            row, column = np.nonzero(np.arange(rows.shape[1]) < lengths[texts][:, None])
            pairs[row, begin[row] + column] = rows[texts[row], column]
        found.append(pairs)
    return found[0], found[1]


def _padded(rows: Int[np.ndarray, "rows length"], length: int, fill: int) -> Int32[np.ndarray, "rows longer"]:
    return np.pad(rows, ((0, 0), (0, length - rows.shape[1])), constant_values=fill).astype(np.int32)
