"""How often the chosen one of k answers is right, from one pool of n answers to each problem.

Where a formula averages over all subsets of k it is used, so that no curve is jagged. What is chosen among none of the
right answers is wrong, however it is chosen.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from scipy.special import gammaln

from training.data.puzzles.problems import NO_ANSWER
from training.errors import BadInput

SUBSETS = 32
"""Random subsets of the pool over which a vote is averaged."""


def coverage(correct: Bool[np.ndarray, "problems n"], k: int) -> Float[np.ndarray, " problems"]:
    """Return the probability that a right answer is among k: 1 − C(n−c, k) / C(n, k) (Chen et al. 2021, eq. 1).

    Args:
        correct: Which answers of the pool are right; c of them.
        k: Answers of a subset.

    Raises:
        BadInput: ``k`` is not between 1 and n.
    """
    _, n = _pool(correct, k)
    return 1 - _ratio(n - correct.sum(axis=1), n, k)


def best_of(
    scores: Real[np.ndarray, "problems n"], correct: Bool[np.ndarray, "problems n"], k: int
) -> Float[np.ndarray, " problems"]:
    """Return the probability that the answer with the highest score of k is right, in the mean over all subsets.

    The answers are put in the order of their scores, the lowest first. A subset of k lies within the first b of them
    with probability C(b, k) / C(n, k), and then its best does too. Answers of equal scores share their probability.

    Args:
        scores: A number for each answer of the pool.
        correct: Which answers of the pool are right.
        k: Answers of a subset.

    Raises:
        BadInput: ``k`` is not between 1 and n, or a score is not a number.
    """
    problems, n = _pool(correct, k)
    if np.isnan(scores).any():
        raise BadInput("a score is not a number: every answer needs one to be the best of several")
    below = _ratio(np.arange(n + 1), n, k)
    found = np.zeros(problems)
    for place, (own, right) in enumerate(zip(scores, correct, strict=True)):
        _, group, sizes = np.unique(own, return_inverse=True, return_counts=True)
        ends = np.cumsum(sizes)
        wins = (below[ends] - below[ends - sizes]) / sizes
        found[place] = wins[group] @ right
    return found


def majority(
    answers: Int[np.ndarray, "problems n"],
    correct: Bool[np.ndarray, "problems n"],
    k: int,
    weights: Real[np.ndarray, "problems n"] | None = None,
    *,
    seed: int = 0,
) -> Float[np.ndarray, " problems"]:
    """Return the probability that the answer with the most votes of k is right, over :data:`SUBSETS` random subsets.

    Answers with as many votes share the win. With weights, such as a verifier's probabilities, votes are weighed
    (weighted best-of-N, Li et al. 2023).

    Args:
        answers: A number for each answer of the pool, the same of equal ones; :data:`NO_ANSWER` where there is none.
        correct: Which answers of the pool are right, the same of equal ones.
        k: Answers of a subset.
        weights: Weights of votes, of at least 0; ``None`` for 1 each.
        seed: Draws the subsets, the same for every problem.

    Raises:
        BadInput: ``k`` is not between 1 and n, equal answers are right and wrong, or a weight is negative or no number.
    """
    problems, n = _pool(correct, k)
    weights = np.ones(answers.shape) if weights is None else np.asarray(weights, float)
    if not (weights >= 0).all():
        raise BadInput("a vote has a weight that is negative or not a number: weights are at least 0")
    random = np.random.Generator(np.random.Philox(seed))
    drawn = np.argsort(random.random((1 if k == n else SUBSETS, n)), axis=1)[:, :k]
    found = np.zeros(problems)
    for place in range(problems):
        named, number = np.unique(answers[place], return_inverse=True)
        right = np.bincount(number, correct[place], len(named)) / np.bincount(number, minlength=len(named))
        if not np.isin(right, (0, 1)).all():
            raise BadInput(f"equal answers to problem {place} are right and wrong: number answers by what they say")
        votes = np.zeros((len(drawn), len(named)))
        np.add.at(votes, (np.arange(len(drawn))[:, None], number[drawn]), weights[place][drawn])
        present = np.zeros(votes.shape, bool)
        present[np.arange(len(drawn))[:, None], number[drawn]] = True
        some = (present & (named != NO_ANSWER)).any(axis=1, keepdims=True)
        runs = present & ((named != NO_ANSWER) | ~some)
        votes = np.where(runs, votes, -1.0)
        winners = votes == votes.max(axis=1, keepdims=True)
        found[place] = ((winners @ right) / winners.sum(axis=1)).mean()
    return found


def _pool(correct: Bool[np.ndarray, "problems n"], k: int) -> tuple[int, int]:
    problems, n = correct.shape
    if not 1 <= k <= n:
        raise BadInput(f"k={k} answers cannot be taken from a pool of {n}: take 1 to {n}, or draw more")
    return problems, n


def _ratio(taken: Int[np.ndarray, " some"], n: int, k: int) -> Float[np.ndarray, " some"]:
    """C(taken, k) / C(n, k), in logarithms: both may be beyond floating point."""
    enough = taken >= k
    some = np.where(enough, taken, n)
    logs = gammaln(some + 1) - gammaln(some - k + 1) - gammaln(n + 1) + gammaln(n - k + 1)
    return np.where(enough, np.exp(logs), 0.0)
