"""Entropies and mutual information of discrete responses, corrected for the bias of finite samples, in bits.

Entropies are estimated by Grassberger's formula (arXiv physics/0307138, 2003), whose bias is far below that of the
frequencies put into Shannon's. No estimator is right where most responses occur once, so each estimate comes with a
check: for an entropy Good's coverage of the sample (Good 1953), for an information the same estimate with the classes
shuffled, whose true value is zero.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from scipy.special import digamma

Codes = Int[np.ndarray, " trials"]
"""The response of each trial, or its class, as a number that names it."""


class Estimate(NamedTuple):
    """What a response tells, in bits.

    Attributes:
        entropy: The entropy of the response.
        coverage: The probability that a further response would be one already seen.
        class_bits: The information about the class.
        control: The same with shuffled classes: what is left of the bias, at most, since a response that tells nothing
            of the class is the one whose bias is largest.
    """

    entropy: float
    coverage: float
    class_bits: float
    control: float


def estimate(responses: Codes, classes: Codes, random: np.random.Generator) -> Estimate:
    """Estimate what a response tells; the information is ``H(R) - Σ P(class) H(R | class)``.

    Args:
        responses: The response of each trial.
        classes: The class of each trial.
        random: What shuffles the classes for the control.
    """
    names, own = np.unique(responses, return_inverse=True)
    kinds, classes = np.unique(classes, return_inverse=True)

    def information(classes: Codes) -> float:
        table = np.bincount(classes * len(names) + own, minlength=len(kinds) * len(names))
        table = table.reshape(len(kinds), len(names))
        conditional = sum(row.sum() / len(own) * entropy(row[row > 0]) for row in table)
        return whole - float(conditional)

    counts = np.bincount(own)
    whole = entropy(counts)
    return Estimate(whole, coverage(counts), information(classes), information(random.permutation(classes)))


def entropy(counts: Int[np.ndarray, " responses"]) -> float:
    """Estimate an entropy by Grassberger's formula, ``(ln N - Σ n G(n) / N) / ln 2``.

    Here ``G(n) = ψ(n) + (-1)^n / 2 · [ψ((n + 1) / 2) - ψ(n / 2)]`` (his equation 33).

    Args:
        counts: How often each response occurred, n ≥ 1.
    """
    # Most counts are small and occur often, and ψ is slow.
    values, times = np.unique(counts, return_counts=True)
    total = np.sum(values * times)
    signs = np.where(values % 2 == 0, 1.0, -1.0)
    worth = digamma(values) + signs / 2 * (digamma((values + 1) / 2) - digamma(values / 2))
    return float((np.log(total) - np.sum(times * values * worth) / total) / np.log(2))


def coverage(counts: Int[np.ndarray, " responses"]) -> float:
    """Return Good's coverage: one less the share of trials whose response occurred once."""
    return float(1 - np.sum(counts == 1) / np.sum(counts))


def words(trains: Int[np.ndarray, "time trials"]) -> Codes:
    """Write each train as a number."""
    return np.tensordot(1 << np.arange(len(trains), dtype=np.int64), trains.astype(np.int64), axes=1)


def shuffled(trains: Int[np.ndarray, "time trials"], random: np.random.Generator) -> Int[np.ndarray, "time trials"]:
    """Put the spikes of each trial at random steps of it: the counts stay, the timing goes."""
    return np.take_along_axis(trains, np.argsort(random.random(trains.shape), axis=0), axis=0)
