"""Spike trains whose information is known: what the estimators are checked on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from jaxtyping import Float, Int

CLASSES = 10


@dataclass(frozen=True)
class ClassCode:
    """A code whose spikes are drawn independently, with a probability per class and step; classes are equally likely.

    Attributes:
        probabilities: The probability of a spike, ``[classes, time]``.
    """

    probabilities: Float[np.ndarray, "classes time"]

    def draw(
        self, trials: int, random: np.random.Generator
    ) -> tuple[Int[np.ndarray, "time trials"], Int[np.ndarray, " trials"]]:
        """Draw trains, and the classes in turn that they belong to."""
        classes = np.arange(trials) % len(self.probabilities)
        chances = self.probabilities[classes].T
        return (random.uniform(size=chances.shape) < chances).astype(np.int64), classes

    def bits(self) -> tuple[float, float]:
        """Return the information about the class in the count and in the whole train, by summing over all trains."""
        steps = self.probabilities.shape[1]
        every = (np.arange(2**steps)[:, None] >> np.arange(steps)) & 1
        likelihood = np.stack([np.where(every, own, 1 - own).prod(axis=1) for own in self.probabilities])
        counts = np.stack([np.bincount(every.sum(axis=1), own, steps + 1) for own in likelihood])
        return _bits(counts), _bits(likelihood)


def rate_code(steps: int, random: np.random.Generator) -> ClassCode:
    """Draw a code whose probabilities differ between classes only: the timing says nothing."""
    return ClassCode(np.repeat(random.uniform(0.05, 0.5, (CLASSES, 1)), steps, axis=1))


def timing_code(steps: int, random: np.random.Generator) -> ClassCode:
    """Draw a code whose probabilities differ between classes and steps."""
    base = rate_code(steps, random).probabilities
    return ClassCode(np.clip(base * random.uniform(0.2, 1.8, base.shape), 0.01, 0.9))


CLASS_CODES = {"rate": rate_code, "timing": timing_code}


def driven_trains(drives: Float[np.ndarray, " trials"], steps: int) -> Int[np.ndarray, "time trials"]:
    """Return the trains of an integrate-and-fire neuron under constant drives in [0, 1), reset by subtraction."""
    # After t steps it has fired floor(t drive) times.
    fired = np.floor(np.arange(steps + 1)[:, None] * drives)
    return np.diff(fired, axis=0).astype(np.int64)


def driven_bits(steps: int) -> tuple[float, float]:
    """Return the entropy of the count and of the train when that drive is uniform in [0, 1).

    The count floor(T drive) takes T values equally often. The train changes where t drive passes a whole number for
    some t ≤ T, at the fractions with denominators up to T (the Farey sequence): its entropy is that of their distances.
    """
    places = sorted({Fraction(k, n) for n in range(1, steps + 1) for k in range(n + 1)})
    lengths = np.diff(np.array(places, float))
    return float(np.log2(steps)), float(-np.sum(lengths * np.log2(lengths)))


def _bits(likelihood: Float[np.ndarray, "classes responses"]) -> float:
    mean = likelihood.mean(axis=0)
    ratios = np.divide(likelihood, mean, out=np.ones_like(likelihood), where=likelihood > 0)
    return float(np.sum(likelihood * np.log2(ratios)) / len(likelihood))
