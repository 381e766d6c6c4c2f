"""What the bits say of claim C10."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.statistics.intervals import Interval, student
from eval.studies.bandwidth.config import Config


@dataclass(frozen=True)
class Setting:
    """One kind of network and one of its layers.

    Attributes:
        neuron, encoding, time_steps, layer: As in the table.
        rows: Of its networks, a row a seed.
    """

    neuron: str
    encoding: str
    time_steps: int
    layer: int
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        return f"{self.neuron}, {self.encoding}, T = {self.time_steps}, layer {self.layer}"

    @property
    def bound(self) -> float:
        """log2(T + 1) bits."""
        return float(np.log2(self.time_steps + 1))

    def column(self, name: str) -> np.ndarray:
        """A column, in the order of the seeds."""
        return np.array([row[name] for row in self.rows])

    def mean(self, name: str) -> Interval:
        """Of a column over the networks."""
        return student(self.column(name))

    @property
    def entropy_measurable(self) -> bool:
        """Whether the trains that occur are seen often enough for their entropy."""
        return bool(self.column("train_coverage").min() >= CLAIMS["C10"].thresholds["coverage"])

    def class_bits_measurable(self, response: str) -> bool:
        """Whether the bias that may be left is small enough."""
        return bool(np.abs(self.column(f"{response}_control")).max() <= CLAIMS["C10"].thresholds["control_bits"])

    @property
    def timing(self) -> Interval | None:
        """Bits about the class in the train less those without its timing; ``None`` where not measurable.

        Without timing are the trains shuffled within each trial, or, where these are too many to be measurable, the
        counts, which tell the same of the class. The bias that is left lies between none and the control's, so the
        interval goes from the lower end of the difference that takes all of it away to the upper end of the one that
        takes none; its centre is theirs.
        """
        if not self.class_bits_measurable("train"):
            return None
        plain, corrected = (student(values) for values in self.timing_values)
        low, high = min(plain.low, corrected.low), max(plain.high, corrected.high)
        return Interval((plain.mean + corrected.mean) / 2, low, high)

    @property
    def timing_values(self) -> tuple[np.ndarray, np.ndarray]:
        """The difference of each network without and with the controls taken away."""
        without = "shuffled" if self.class_bits_measurable("shuffled") else "count"
        plain = self.column("train_class_bits") - self.column(f"{without}_class_bits")
        return plain, plain - self.column("train_control") + self.column(f"{without}_control")


def settings(rows: Iterable[Row]) -> list[Setting]:
    """All that were measured, in the table's order."""
    groups: dict[tuple[str, str, int, int], list[Row]] = {}
    for row in rows:
        if row["part"] == "spiking":
            key = (row["neuron"], row["encoding"], row["time_steps"], row["layer"])
            groups.setdefault(key, []).append(row)
    return [Setting(*key, tuple(sorted(group, key=lambda row: row["training_seed"]))) for key, group in groups.items()]


def deterministic(found: Iterable[Setting]) -> list[Setting]:
    """Those without noise, in which the entropy of a train is its information about the input, if measurable."""
    return [one for one in found if one.encoding == "direct" and one.entropy_measurable]


def excess(setting: Setting) -> Interval:
    """Entropy of the trains less log2(T + 1), bits."""
    return student(setting.column("train_entropy") - setting.bound)


def timing(found: Sequence[Setting]) -> Interval:
    """Mean over measurable settings of what timing adds about the class, interval over networks."""
    both = [one.timing_values for one in found if one.timing is not None]
    plain, corrected = (student(np.mean([pair[index] for pair in both], axis=0)) for index in (0, 1))
    return Interval((plain.mean + corrected.mean) / 2, min(plain.low, corrected.low), max(plain.high, corrected.high))


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """One verdict on C10.

    ``supported`` if in every measurable setting the whole trains carry less than log2(T + 1) bits about the input and
    timing adds less than ``timing_bits`` about the class, by whole intervals; ``refuted`` if in every one they carry
    more than log2(T + 1); else ``conditional``.
    """
    found = settings(rows)
    inputs, timed = deterministic(found), [one for one in found if one.timing is not None]
    if not inputs or not timed:
        return [_nothing(config)]
    above = [one for one in inputs if excess(one).low > 0]
    below = [one for one in inputs if excess(one).high < 0]
    limit = CLAIMS["C10"].thresholds["timing_bits"]
    untimed = [one for one in timed if one.timing is not None and one.timing.high < limit]
    supported = len(below) == len(inputs) and len(untimed) == len(timed)
    effect = timing(timed)
    return [
        Verdict(
            claim="C10",
            verdict="supported" if supported else "refuted" if len(above) == len(inputs) else "conditional",
            statement="\n".join((_on_counts(found), _on_trains(inputs, above), _on_timing(timed, untimed, effect))),
            effect=effect.mean,
            low=effect.low,
            high=effect.high,
            quantity="bits about the class that the timing of a hidden neuron's spikes adds to their number, mean of "
            f"{len(timed)} settings",
            conditions=_conditions(rows, found, inputs, timed, config),
        )
    ]


def _longest(found: Sequence[Setting]) -> Setting:
    """Of the most steps, the first layer of the first kind."""
    return max(found, key=lambda one: one.time_steps)


def _on_counts(found: Sequence[Setting]) -> str:
    most = _longest(found)
    counts = [one.mean("count_entropy").mean for one in found if one.time_steps == most.time_steps]
    about = [one.mean("count_class_bits").mean for one in found if one.time_steps == most.time_steps]
    return (
        f"A count of {most.time_steps} steps carries at most log2({most.time_steps + 1}) = {most.bound:.2f} bits, an "
        f"identity; counts of trained neurons have {_span(counts)} bits of entropy, {_span(about)} about the class."
    )


def _on_trains(inputs: Sequence[Setting], above: Sequence[Setting]) -> str:
    most = max(inputs, key=lambda one: excess(one).mean)
    share = most.mean("share_above_bound")
    return (
        f"Without input noise whole trains carry more than log2(T + 1) bits about the input in {len(above)} of "
        f"{len(inputs)} settings, by whole intervals; most beyond it for {most}: {_shown(most.mean('train_entropy'))} "
        f"bits against {most.bound:.2f}, {100 * share.mean:.0f}% of the neurons above."
    )


def _on_timing(timed: Sequence[Setting], untimed: Sequence[Setting], effect: Interval) -> str:
    limit = CLAIMS["C10"].thresholds["timing_bits"]
    return (
        f"About the class the timing adds {_shown(effect, 3)} bits a neuron, less than {limit:g} beyond doubt in "
        f"{len(untimed)} of {len(timed)} settings."
    )


def _conditions(
    rows: Sequence[Row],
    found: Sequence[Setting],
    inputs: Sequence[Setting],
    timed: Sequence[Setting],
    config: Config,
) -> tuple[str, ...]:
    accuracies = [row["test_accuracy"] for row in rows if row["part"] == "spiking"]
    thresholds = CLAIMS["C10"].thresholds
    return (
        f"{config.task}, hidden layers of {', '.join(map(str, config.hidden))} neurons, {config.seeds} networks a "
        f"setting, test accuracy {min(accuracies):.3f} to {max(accuracies):.3f}; intervals over networks",
        _calibrated(rows),
        f"entropies of trains are judged where coverage is at least {thresholds['coverage']:g} ({len(inputs)} of "
        f"{sum(one.encoding == 'direct' for one in found)} settings without noise), information about the class where "
        f"that of shuffled classes is at most {thresholds['control_bits']:g} bits ({len(timed)} of {len(found)})",
        *_beside(rows),
        "one neuron at a time: what a population carries together is not measured",
    )


def _calibrated(rows: Sequence[Row]) -> str:
    cases = [case for case in known_cases(rows) if case.measurable]
    held = sum(case.low <= case.known <= case.high for case in cases)
    worst = max((abs(case.estimate - case.known) for case in cases), default=0.0)
    return (
        f"on {len(cases)} kinds of generated trains of known bits, measurable by the same rule, the estimate is "
        f"off by at most {worst:.3f} bits and the interval holds the truth in {held}"
    )


def _beside(rows: Sequence[Row]) -> list[str]:
    """The ReLU network's neurons."""
    sentences = []
    rectified = [row for row in rows if row["part"] == "rectified"]
    limit = CLAIMS["C10"].thresholds["control_bits"]
    for bits in dict.fromkeys(row["bits"] for row in rectified):
        own = [row for row in rectified if row["bits"] == bits]
        entropies, about = ([_layer_mean(own, layer, name) for layer in _layers(own)] for name in _RELU)
        measurable = all(abs(row["control"]) <= limit for row in own)
        classes = f", {_span(about)} about the class" if measurable else ", too many levels to measure the class in"
        sentences.append(f"activations of an equal ReLU network in {bits} bits have {_span(entropies)} bits{classes}")
    return sentences


_RELU = ("entropy", "class_bits")


def _layers(rows: Sequence[Row]) -> list[int]:
    return sorted({row["layer"] for row in rows})


def _layer_mean(rows: Sequence[Row], layer: int, name: str) -> float:
    return float(np.mean([row[name] for row in rows if row["layer"] == layer]))


@dataclass(frozen=True)
class Known:
    """Trains whose bits are known, and what was estimated of them.

    Attributes:
        code, response, time_steps, trials: As in the table.
        known: The truth, bits.
        estimate: Mean of the repetitions, no bias taken away.
        low: Lower end of the interval, as in ``Setting.timing``.
        high: Upper end.
        measurable: By the rule for networks.
    """

    code: str
    response: str
    time_steps: int
    trials: int
    known: float
    estimate: float
    low: float
    high: float
    measurable: bool


def known_cases(rows: Iterable[Row]) -> list[Known]:
    """All of them, in the table's order."""
    groups: dict[tuple[str, str, int, int], list[Row]] = {}
    for row in rows:
        if row["part"] == "known":
            groups.setdefault((row["code"], row["response"], row["time_steps"], row["trials"]), []).append(row)
    return [_known(key, group) for key, group in groups.items()]


def _known(key: tuple[str, str, int, int], group: Sequence[Row]) -> Known:
    thresholds = CLAIMS["C10"].thresholds
    estimates = np.array([row["estimate"] for row in group])
    plain = student(estimates)
    if group[0]["control"] is None:
        measurable = min(row["coverage"] for row in group) >= thresholds["coverage"]
        return Known(*key, group[0]["known"], plain.mean, plain.low, plain.high, measurable)
    controls = np.array([row["control"] for row in group])
    corrected = student(estimates - controls)
    low, high = min(plain.low, corrected.low), max(plain.high, corrected.high)
    measurable = bool(np.abs(controls).max() <= thresholds["control_bits"])
    return Known(*key, group[0]["known"], plain.mean, low, high, measurable)


def _nothing(config: Config) -> Verdict:
    return Verdict(
        claim="C10",
        verdict="not measured here",
        statement="There are too many different trains for the examples at hand in every setting.",
        effect=None,
        low=None,
        high=None,
        quantity="bits about the class that the timing of a hidden neuron's spikes adds to their number",
        conditions=(f"{config.task}, T = {', '.join(map(str, config.time_steps))}",),
    )


def _span(values: Sequence[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"


def _shown(interval: Interval, digits: int = 2) -> str:
    return f"{interval.mean:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"
