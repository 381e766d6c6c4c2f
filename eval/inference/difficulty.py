"""How hard problems are, and the best strategy at each difficulty, chosen on other problems than it is judged by."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int, Real

from training.errors import BadInput

BINS = 5
"""Bins of difficulty (Snell et al. 2024, section 3.2)."""


def difficulty_bins(ease: Real[np.ndarray, " problems"], bins: int = BINS) -> Int[np.ndarray, " problems"]:
    """Cut problems into bins of one size by how easy they are, the hardest first.

    Args:
        ease: The share of a model's answers that are right, or the mean of a verifier's scores, of answers that nothing
            else is computed from.
        bins: How many.

    Returns:
        The bin of each problem; of problems that are as easy as each other, those that come first are in the lower.

    Raises:
        BadInput: There are fewer problems than bins, or an ease is not a number.
    """
    if not 1 <= bins <= len(ease):
        raise BadInput(f"{len(ease)} problems make no {bins} bins: draw more, or use fewer bins")
    if np.isnan(ease).any():
        raise BadInput("the ease of a problem is not a number: every problem needs one")
    ranks = np.argsort(np.argsort(ease, kind="stable"), kind="stable")
    return ranks * bins // len(ease)


def cross_validated(
    outcomes: Float[np.ndarray, "strategies problems"], bins: Int[np.ndarray, " problems"], *, seed: int = 0
) -> tuple[Float[np.ndarray, " problems"], Int[np.ndarray, " problems"]]:
    """Take for each problem the strategy that does best on others of its bin: the compute-optimal choice.

    The problems are cut into two halves; what is best in one is used in the other, and the other way round, so that no
    problem takes part in the choice that it is judged by.

    Args:
        outcomes: How often each strategy is right on each problem, at one budget.
        bins: The bin of each problem.
        seed: Draws the halves.

    Returns:
        The outcome of the chosen strategy on each problem, and its number.

    Raises:
        BadInput: There is no strategy, or fewer than two problems.
    """
    strategies, problems = outcomes.shape
    if strategies < 1 or problems < 2:
        raise BadInput(f"{strategies} strategies and {problems} problems leave nothing to choose on one half of them")
    half = np.random.Generator(np.random.Philox(seed)).permutation(problems) % 2
    chosen = np.empty(problems, int)
    for judged in (0, 1):
        others = half != judged
        # Where the other half has no problem of a bin, what is best in all of it is taken.
        overall = outcomes[:, others].mean(axis=1).argmax()
        for one in np.unique(bins):
            known = others & (bins == one)
            best = outcomes[:, known].mean(axis=1).argmax() if known.any() else overall
            chosen[(half == judged) & (bins == one)] = best
    return outcomes[chosen, np.arange(problems)], chosen
