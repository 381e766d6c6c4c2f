"""What was read of spiking networks, and of trains of known bits, with intervals and with what is measurable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from eval.claims import CLAIMS
from eval.rows import Row, of
from eval.statistics.intervals import Interval, student
from eval.studies.bandwidth.config import EncodingName, NeuronName
from eval.studies.bandwidth.rows import Code, KnownCode, RectifiedNetwork, Response, SpikingNetwork

_LIMITS = CLAIMS["C10"].thresholds


class Biased(NamedTuple):
    """A quantity of each network whose bias lies between none and the control's.

    Attributes:
        plain: The estimates with no bias taken away.
        corrected: The estimates with all of the control taken away.
    """

    plain: Float[np.ndarray, " networks"]
    corrected: Float[np.ndarray, " networks"]

    def interval(self, comparisons: int = 1) -> Interval:
        """Return the interval that holds those of both; its centre is theirs.

        Args:
            comparisons: How many such intervals are to hold together.

        Raises:
            ValueError: For fewer than two networks.
        """
        return _around(student(self.plain, comparisons), student(self.corrected, comparisons))


@dataclass(frozen=True)
class Setting:
    """One kind of network and one of its layers.

    Attributes:
        neuron: The kind of neuron.
        encoding: How the input enters.
        time_steps: The number of steps T.
        layer: The hidden layer, counted from 1.
        rows: The rows of its networks, one per seed.
    """

    neuron: NeuronName
    encoding: EncodingName
    time_steps: int
    layer: int
    rows: tuple[SpikingNetwork, ...]

    def __str__(self) -> str:
        return f"{self.neuron}, {self.encoding}, T = {self.time_steps}, layer {self.layer}"

    @property
    def bound(self) -> float:
        """The bits log2(T + 1) that a number of spikes can carry at most."""
        return float(np.log2(self.time_steps + 1))

    def values(self, quantity: Callable[[SpikingNetwork], float]) -> Float[np.ndarray, " networks"]:
        """Return a quantity of each network, in the order of the seeds."""
        return np.array([quantity(row) for row in self.rows], float)

    def mean(self, quantity: Callable[[SpikingNetwork], float]) -> Interval:
        """Return the mean of a quantity over the networks, with its interval."""
        return student(self.values(quantity))

    @property
    def entropy_measurable(self) -> bool:
        """Whether the trains that occur are seen often enough for their entropy."""
        return bool(min(row.train_coverage for row in self.rows) >= _LIMITS["coverage"])

    def class_bits_measurable(self, response: Response) -> bool:
        """Tell whether the bias that may be left in the information about the class is small enough."""
        return max(abs(row.read(response).control) for row in self.rows) <= _LIMITS["control_bits"]

    def class_bits(self, response: Response) -> Biased:
        """Return what a response tells of the class, in bits."""
        plain = self.values(lambda row: row.read(response).class_bits)
        return Biased(plain, plain - self.values(lambda row: row.read(response).control))

    @property
    def timing(self) -> Biased | None:
        """Bits about the class in the train less those without its timing; ``None`` where not measurable.

        Without timing are the trains shuffled within each trial, or, where these are too many to be measurable, the
        counts, which tell the same of the class.
        """
        if not self.class_bits_measurable("train"):
            return None
        whole = self.class_bits("train")
        without = self.class_bits("shuffled" if self.class_bits_measurable("shuffled") else "count")
        return Biased(whole.plain - without.plain, whole.corrected - without.corrected)


def settings(rows: Iterable[Row]) -> list[Setting]:
    """Return all that were measured, in the table's order, with the networks whose seeds all of them have."""
    groups: dict[tuple[NeuronName, EncodingName, int, int], dict[int, SpikingNetwork]] = {}
    for row in of(rows, SpikingNetwork):
        groups.setdefault((row.neuron, row.encoding, row.time_steps, row.layer), {})[row.training_seed] = row
    shared = sorted(set.intersection(*map(set, groups.values()))) if groups else []
    return [Setting(*key, tuple(group[seed] for seed in shared)) for key, group in groups.items()]


def excess(found: Sequence[Setting]) -> Float[np.ndarray, " networks"]:
    """Return the entropy of the trains less log2(T + 1) in bits, per network, mean of the settings."""
    return np.mean([one.values(lambda row: row.train_entropy) - one.bound for one in found], axis=0)


def mean_timing(found: Sequence[Setting]) -> Biased | None:
    """Return what timing adds about the class, mean of the settings in which it is measurable; ``None`` for none."""
    each = [one.timing for one in found]
    both = [one for one in each if one is not None]
    if not both:
        return None
    return Biased(np.mean([one.plain for one in both], axis=0), np.mean([one.corrected for one in both], axis=0))


def longest(found: Sequence[Setting], measurable: Callable[[Setting], bool]) -> list[Setting]:
    """Return the settings of the most steps at which all are measurable; none where there is no such number."""
    for steps in sorted({one.time_steps for one in found}, reverse=True):
        own = [one for one in found if one.time_steps == steps]
        if all(map(measurable, own)):
            return own
    return []


def activations(rows: Iterable[Row], bits: int) -> tuple[int, list[RectifiedNetwork]] | None:
    """Return the last layer of the ReLU network and its rows in the order of the seeds; ``None`` if there is none."""
    own = [row for row in of(rows, RectifiedNetwork) if row.activation_bits == bits]
    if not own:
        return None
    last = max(row.layer for row in own)
    return last, sorted((row for row in own if row.layer == last), key=lambda row: row.training_seed)


@dataclass(frozen=True)
class Known:
    """Trains whose bits are known, and what was estimated of them.

    Attributes:
        code: What generated them.
        response: What was read of them.
        time_steps: The number of steps.
        trials: The number of trains.
        known: The truth, in bits.
        estimate: The mean of the repetitions, no bias taken away.
        low: The lower end of the interval, which allows for bias as that of a network does.
        high: The upper end of the interval.
        measurable: Whether the bits would be judged, by the rule for networks.
    """

    code: Code
    response: Response
    time_steps: int
    trials: int
    known: float
    estimate: float
    low: float
    high: float
    measurable: bool


def known_cases(rows: Iterable[Row]) -> list[Known]:
    """Return all that were repeated, in the table's order."""
    groups: dict[tuple[Code, Response, int, int], list[KnownCode]] = {}
    for row in of(rows, KnownCode):
        groups.setdefault((row.code, row.response, row.time_steps, row.trials), []).append(row)
    return [_known(key, group) for key, group in groups.items() if len(group) > 1]


def estimates_right(rows: Iterable[Row], *codes: Code) -> bool | None:
    """Tell whether every measurable estimate on trains of known bits is off by no more than the largest control.

    Args:
        rows: The table.
        codes: What generated the trains: ``driven`` for entropies, ``rate`` and ``timing`` for information.

    Returns:
        ``None`` where nothing was checked.
    """
    cases = [case for case in known_cases(rows) if case.measurable and case.code in codes]
    return all(abs(case.estimate - case.known) <= _LIMITS["control_bits"] for case in cases) if cases else None


def _known(key: tuple[Code, Response, int, int], group: Sequence[KnownCode]) -> Known:
    estimates = np.array([row.estimate for row in group], float)
    plain, truth = student(estimates), group[0].known
    controls = np.array([row.control for row in group if row.control is not None], float)
    if not len(controls):
        measurable = min(row.coverage for row in group) >= _LIMITS["coverage"]
        return Known(*key, truth, plain.mean, plain.low, plain.high, measurable)
    both = Biased(estimates, estimates - controls).interval()
    measurable = bool(np.abs(controls).max() <= _LIMITS["control_bits"])
    return Known(*key, truth, plain.mean, both.low, both.high, measurable)


def _around(one: Interval, other: Interval) -> Interval:
    return Interval((one.mean + other.mean) / 2, min(one.low, other.low), max(one.high, other.high))
