"""Answers to problems, which of them are right, and how often the one that is chosen of k is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from jaxtyping import Bool, Float, Int, Int32
from scipy.special import expit

from eval.inference.sampling import Samples
from eval.inference.selection import best_of, coverage, majority
from training.data.puzzles.problems import Problems, Puzzles
from training.errors import BadInput

Selector: TypeAlias = Literal["majority", "verifier", "weighted", "likelihood", "checker"]
SELECTORS: tuple[Selector, ...] = get_args(Selector)
"""What chooses among answers: the most votes; the best score of a learned verifier; the most votes weighed by it; the
likeliest; an exact checker, which bounds all others."""
JUDGES: tuple[Selector, ...] = ("verifier", "weighted")
"""Selectors that pay for a verifier."""


@dataclass(frozen=True)
class Answers:
    """Answers to problems.

    Attributes:
        tokens: Token numbers, END included; 0 behind it.
        counts: The tokens of each answer.
        ended: Whether END came.
        log_likelihood: The logarithm of each answer's probability, in nats.
        correct: Whether it is right.
        votes: A number of what it says in the end, the same of equal ones.
    """

    tokens: Int32[np.ndarray, "problems samples most"]
    counts: Int[np.ndarray, "problems samples"]
    ended: Bool[np.ndarray, "problems samples"]
    log_likelihood: Float[np.ndarray, "problems samples"]
    correct: Bool[np.ndarray, "problems samples"]
    votes: Int[np.ndarray, "problems samples"]

    def __getitem__(self, chosen: Any) -> Answers:
        """Take some of the problems, or of the answers to each, as from an array of both axes."""
        return Answers(*(getattr(self, field.name)[chosen] for field in fields(Answers)))

    @property
    def pass_rate(self) -> Float[np.ndarray, " problems"]:
        """Return the share of right answers to each problem."""
        return self.correct.mean(axis=1)


def marked(puzzles: Puzzles, problems: Problems, samples: Samples) -> Answers:
    """Check answers, and number what they say."""
    count, each, most = samples.tokens.shape
    asked = problems[np.repeat(np.arange(count), each)]
    said = samples.tokens.reshape(-1, most)
    correct, votes = (found(asked, said).reshape(count, each) for found in (puzzles.check, puzzles.final))
    return Answers(samples.tokens, samples.counts, samples.ended, samples.log_likelihood, correct, votes)


def chosen(
    selector: Selector, answers: Answers, k: int, scores: Float[np.ndarray, "problems samples"] | None = None
) -> Float[np.ndarray, " problems"]:
    """Return the probability that the answer which is chosen of k is right, for each problem.

    Args:
        selector: What chooses.
        answers: The pool.
        k: Answers to choose of.
        scores: A verifier's, where one chooses.

    Raises:
        BadInput: ``k`` is beyond the pool, or scores are missing or no numbers.
    """
    if selector in JUDGES and scores is None:
        raise BadInput(f"selector={selector} chooses by a verifier's scores: give them")
    if selector == "majority":
        return majority(answers.votes, answers.correct, k)
    if selector == "weighted":
        return majority(answers.votes, answers.correct, k, expit(np.asarray(scores, float)))
    if selector == "verifier":
        return best_of(np.asarray(scores, float), answers.correct, k)
    if selector == "likelihood":
        return best_of(answers.log_likelihood, answers.correct, k)
    return coverage(answers.correct, k)
