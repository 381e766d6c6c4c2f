"""Expert iteration: a model learns from those of its own answers that are right (Anthony et al. 2017)."""

from __future__ import annotations

import numpy as np

from eval.inference.answers import Answers
from training.data.puzzles.problems import Problems
from training.errors import BadInput


def right_answers(problems: Problems, answers: Answers) -> Problems:
    """Return every distinct right answer as a problem with its solution.

    Args:
        problems: Problems of the split that trains.
        answers: The model's own.

    Raises:
        BadInput: None is right, so that there is nothing to learn from.
    """
    problem, sample = np.nonzero(answers.correct)
    if not len(problem):
        raise BadInput("none of the model's own answers is right: train it further, or draw more answers")
    width = problems.solutions.shape[1]
    tokens = answers.tokens[problem, sample]
    # A right answer is as long as a solution at most.
    solutions = np.zeros((len(problem), width), np.int32)
    solutions[:, : min(width, tokens.shape[1])] = tokens[:, :width]
    _, first = np.unique(np.column_stack([problem, solutions]), axis=0, return_index=True)
    first = np.sort(first)
    chosen = problems[problem[first]]
    return Problems(chosen.prompts, chosen.lengths, solutions[first], chosen.codes)
