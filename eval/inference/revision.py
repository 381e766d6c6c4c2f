"""Answers that revise earlier ones: a model that was shown its own wrong attempts (Snell et al. 2024, section 6).

A wrong attempt is closed by AGAIN in the place of its END, and another follows it.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Int, Int32, PRNGKeyArray

from eval.inference.answers import Answers
from eval.inference.continued import behind
from eval.inference.sampling import Samples, sampler
from paradigms.interface import Decodes, Variables
from training.data.puzzles.problems import Problems
from training.data.vocabulary import Vocabulary

AGAIN, END = "AGAIN", "END"
"""The words that close an attempt that another follows, and the last."""
SHOWN = 3
"""Attempts that a model is shown at most, the latest ones."""


@dataclass(frozen=True)
class Revised:
    """Attempts, one after another.

    Attributes:
        samples: Attempts to each problem, in their order.
        read: Tokens of the context that each was written behind.
    """

    samples: Samples
    read: Int32[np.ndarray, "problems attempts"]


def with_attempts(
    vocabulary: Vocabulary,
    problems: Problems,
    attempts: Int[np.ndarray, "problems attempts most"],
    counts: Int[np.ndarray, "problems attempts"],
) -> tuple[Int32[np.ndarray, "problems longer"], Int32[np.ndarray, " problems"]]:
    """Write attempts behind their prompts, each closed by AGAIN.

    Args:
        vocabulary: The words, AGAIN and END among them.
        problems: The problems.
        attempts: Token numbers, padded at the end.
        counts: Tokens of each attempt; 0 for none.

    Returns:
        Rows padded at the end with 0, and their lengths.
    """
    again, end = (vocabulary.number(word) for word in (AGAIN, END))
    prompts, lengths = problems.prompts, problems.lengths
    rows, most = np.arange(len(problems)), attempts.shape[2]
    for attempt, count in zip(np.moveaxis(attempts, 1, 0), counts.T, strict=True):
        closed = np.zeros((len(problems), most + 1), np.int32)
        closed[:, :most] = np.where(np.arange(most) < count[:, None], attempt, 0)
        ended = (count > 0) & (closed[rows, np.maximum(count - 1, 0)] == end)
        place = np.where(ended, count - 1, count)
        closed[rows[count > 0], place[count > 0]] = again
        prompts, lengths = behind(prompts, lengths, closed, np.where(count > 0, place + 1, 0))
    return prompts, lengths


def revisions(vocabulary: Vocabulary, problems: Problems, answers: Answers, *, seed: int = 0) -> Problems:
    """Make problems that a model learns to revise from.

    Each prompt is followed by 0 to :data:`SHOWN` wrong answers of the model's own; each number of them is equally
    frequent as far as there are so many. The solution is a right answer of the model's own, or the one that is known
    where it has none.

    Args:
        vocabulary: The words, AGAIN and END among them.
        problems: Problems of the split that trains.
        answers: The model's own, at least :data:`SHOWN` to a problem.
        seed: Draws what is shown.
    """
    random = np.random.Generator(np.random.Philox(seed))
    # Own answers in an order of chance, the wrong ones first.
    order = np.argsort(answers.correct + random.random(answers.correct.shape) / 2, axis=1)[:, :SHOWN]
    wanted = random.integers(0, SHOWN + 1, len(problems))
    shown = np.minimum(wanted, (~answers.correct).sum(axis=1))
    attempts = np.take_along_axis(answers.tokens, order[:, :, None], axis=1)
    counts = np.take_along_axis(answers.counts, order, axis=1)
    counts = np.where(np.arange(counts.shape[1]) < shown[:, None], counts, 0)
    prompts, lengths = with_attempts(vocabulary, problems, attempts, counts)
    return Problems(prompts, lengths, right_solutions(problems, answers), problems.codes)


def right_solutions(problems: Problems, answers: Answers) -> Int32[np.ndarray, "problems completion"]:
    """Return a right answer of the model's own to each problem, and the known one where it has none."""
    own = answers.correct.any(axis=1)
    first = np.take_along_axis(answers.tokens, answers.correct.argmax(axis=1)[:, None, None], axis=1)[:, 0]
    solutions = problems.solutions.copy()
    width = min(first.shape[1], solutions.shape[1])
    solutions[own] = 0
    solutions[own, :width] = first[own, :width]
    return solutions


def revise(
    decoder: Decodes,
    variables: Variables,
    vocabulary: Vocabulary,
    problems: Problems,
    key: PRNGKeyArray,
    *,
    attempts: int,
    most: int,
    temperature: float = 1.0,
) -> Revised:
    """Write attempts one after another, each behind the latest :data:`SHOWN` before it.

    Args:
        decoder: A model that decodes, and that learned from :func:`revisions`.
        variables: Its variables.
        vocabulary: The words, AGAIN and END among them.
        problems: The problems.
        key: The source of chance.
        attempts: How many.
        most: The most tokens of an attempt.
        temperature: What logits are divided by, above 0.
    """
    end = vocabulary.number(END)
    write = sampler(decoder, most=most, end=end, temperature=temperature)
    width = problems.prompts.shape[1] + SHOWN * (most + 1)
    tokens, counts = np.zeros((len(problems), SHOWN, most), np.int32), np.zeros((len(problems), SHOWN), np.int32)
    parts, read = [], []
    for number in range(attempts):
        prompts, lengths = with_attempts(vocabulary, problems, tokens, counts)
        found = write(variables, prompts[:, :width], lengths, jax.random.fold_in(key, number))
        parts.append(found)
        read.append(lengths)
        tokens = np.concatenate([tokens[:, 1:], found.tokens], axis=1)
        counts = np.concatenate([counts[:, 1:], found.counts], axis=1)
    joined = Samples(
        *(
            np.concatenate([getattr(part, name) for part in parts], axis=1)
            for name in ("tokens", "counts", "ended", "log_likelihood")
        )
    )
    return Revised(joined, np.stack(read, axis=1))
