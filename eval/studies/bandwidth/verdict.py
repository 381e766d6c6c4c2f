"""What the bits say of claim C10."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import above, below, throughout
from eval.statistics.intervals import student
from eval.studies.bandwidth.config import Config, NeuronName
from eval.studies.bandwidth.readings import (
    Biased,
    Setting,
    activations,
    estimates_right,
    excess,
    known_cases,
    longest,
    mean_timing,
    settings,
)
from eval.studies.bandwidth.rows import RectifiedNetwork, SpikingNetwork

NEURONS: dict[NeuronName, str] = {"if": "integrate-and-fire", "lif": "leaky integrate-and-fire"}
LAYERS = ("first", "deeper")
TRAINS_JUDGED = len(NEURONS) * len(LAYERS)
"""Statements on whole trains, whose intervals hold together."""
_LIMITS = CLAIMS["C10"].thresholds
_NETWORKS = "two networks of a setting"
_CHECKS = "estimates on trains of known bits that are off by no more than 0.05 bits"
_TRIALS = "more trials, or fewer steps in settings.time_steps: too many different trains for the trials"


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C10.

    Args:
        rows: The table.
        config: The settings of the study.

    Returns:
        One verdict.
    """
    found = [one for one in settings(rows) if len(one.rows) > 1]
    judgements = (
        _counts(found),
        *(_trains(rows, found, neuron, layer) for neuron in NEURONS for layer in LAYERS),
        _timing_little(rows, found),
        _timing_something(rows, found),
        _activations(rows, found),
    )
    return [Verdict("C10", judgements, tuple(_conditions(rows, found, config)), tuple(_context(rows, found)))]


def _counts(found: Sequence[Setting]) -> Judgement:
    if not found:
        return not_measured("counts", "Fewer than two networks of any setting were trained.", _NETWORKS)
    beyond = [one.values(lambda row: row.count_entropy) - one.bound for one in found]
    together = [student(values, len(found)) for values in beyond]
    identity = True if all(values.max() <= 0 for values in beyond) else None
    shown = student(max(beyond, key=np.mean))
    side = "below" if shown.mean <= 0 else "above"
    return judged(
        "counts",
        False if any(one.low > 0 for one in together) else identity,
        f"The entropy of the number of spikes is {abs(shown.mean):.2f} bits {side} log2(T + 1) where it is nearest.",
        needed="more trials: an estimate of an entropy is above what is possible",
        quantity="entropy of the number of spikes less log2(T + 1), in bits, the largest of the settings",
        value=shown.mean,
        low=shown.low,
        high=shown.high,
    )


def _trains(rows: Sequence[Row], found: Sequence[Setting], neuron: NeuronName, layer: str) -> Judgement:
    name = f"trains_{neuron}_{layer}"
    own = [
        one
        for one in found
        if one.encoding == "direct" and one.neuron == neuron and (one.layer == 1) == (layer == "first")
    ]
    if not own:
        return not_measured(
            name,
            f"No two networks of {NEURONS[neuron]} neurons without input noise have such a layer.",
            f"{_NETWORKS}, with {neuron} in settings.neurons and direct in settings.encodings",
        )
    most = longest(own, lambda one: one.entropy_measurable)
    if not most:
        return judged(name, None, "Too many trains occur once at every number of steps.", needed=_TRIALS)
    beyond = student(excess(most), TRAINS_JUDGED)
    right = estimates_right(rows, "driven")
    more = "more" if beyond.mean >= 0 else "fewer"
    return judged(
        name,
        below(beyond.low, beyond.high, 0.0) if right else None,
        f"At T = {most[0].time_steps} whole trains carry {abs(beyond.mean):.2f} bits {more} than log2(T + 1).",
        needed="more settings.seeds: the interval holds 0" if right else _CHECKS,
        quantity=f"entropy of whole trains less log2(T + 1), in bits, T = {most[0].time_steps}",
        value=beyond.mean,
        low=beyond.low,
        high=beyond.high,
    )


def _timing_little(rows: Sequence[Row], found: Sequence[Setting]) -> Judgement:
    name, each = "timing_little", [one.timing for one in found]
    both = [one for one in each if one is not None]
    if not both:
        return _no_timing(name, found)
    alone = [one.interval() for one in both]
    together = [one.interval(len(both)) for one in both]
    limit, right = _LIMITS["timing_bits"], estimates_right(rows, "rate", "timing")
    small = throughout(
        lambda low, high: below(low, high, limit),
        [(one.low, one.high) for one in alone],
        [(one.low, one.high) for one in together],
    )
    most = max(alone, key=lambda one: one.mean)
    return judged(
        name,
        small if right else None,
        f"Timing adds at most {most.mean:.3f} bits about the class, in any of {len(both)} settings.",
        needed="more settings.seeds: intervals hold 0.05 bits" if right else _CHECKS,
        quantity="bits about the class that timing adds to the number of spikes, the most of the settings",
        value=most.mean,
        low=most.low,
        high=most.high,
    )


def _timing_something(rows: Sequence[Row], found: Sequence[Setting]) -> Judgement:
    name, mean = "timing_something", mean_timing(found)
    if mean is None:
        return _no_timing(name, found)
    shown, right = mean.interval(), estimates_right(rows, "rate", "timing")
    return judged(
        name,
        above(shown.low, shown.high, 0.0) if right else None,
        f"On average over the settings, timing adds {shown.mean:.3f} bits about the class.",
        needed="more settings.seeds: the interval holds 0" if right else _CHECKS,
        quantity="bits about the class that timing adds to the number of spikes, mean of the settings",
        value=shown.mean,
        low=shown.low,
        high=shown.high,
    )


def _no_timing(name: str, found: Sequence[Setting]) -> Judgement:
    if not found:
        return not_measured(name, "Fewer than two networks of any setting were trained.", _NETWORKS)
    return judged(name, None, "With shuffled classes too many bits are found in every setting.", needed=_TRIALS)


def _activations(rows: Sequence[Row], found: Sequence[Setting]) -> Judgement:
    name, bits = "activations", int(_LIMITS["activation_bits"])
    beside = activations(rows, bits)
    last = 0 if beside is None else beside[0]
    own = [one for one in found if one.encoding == "direct" and one.layer == last]
    if beside is None or not own:
        return not_measured(
            name,
            f"A spiking network without input noise and a ReLU network with {bits}-bit activations were not both read.",
            f"{_NETWORKS} with direct in settings.encodings, and {bits} in settings.activation_bits",
        )
    seeds = [row.training_seed for row in own[0].rows]
    levels = {row.training_seed: row for row in beside[1]}
    most = longest(own, lambda one: one.class_bits_measurable("train"))
    if not most or any(abs(row.control) > _LIMITS["control_bits"] for row in levels.values()):
        return judged(name, None, "With shuffled classes too many bits are found.", needed=_TRIALS)
    shared = [place for place, seed in enumerate(seeds) if seed in levels]
    if len(shared) < 2:
        return judged(name, None, "The networks were trained with different seeds.", needed=_NETWORKS)
    plain = np.array([levels[seeds[place]].class_bits for place in shared], float)
    corrected = plain - np.array([levels[seeds[place]].control for place in shared], float)
    trains = [one.class_bits("train") for one in most]
    # The bias of the one says nothing of the other's: each end takes away what makes it the farther.
    difference = Biased(
        np.mean([one.plain[shared] for one in trains], axis=0) - corrected,
        np.mean([one.corrected[shared] for one in trains], axis=0) - plain,
    ).interval()
    right = estimates_right(rows, "rate", "timing")
    more = "more" if difference.mean >= 0 else "less"
    return judged(
        name,
        below(difference.low, difference.high, 0.0) if right else None,
        f"At T = {most[0].time_steps} a train of the last hidden layer tells {abs(difference.mean):.2f} bits {more} "
        f"about the class than an activation of {bits} bits.",
        needed="more settings.seeds: the interval holds 0" if right else _CHECKS,
        quantity=f"bits about the class in a train of T = {most[0].time_steps} less those in a {bits}-bit activation",
        value=difference.mean,
        low=difference.low,
        high=difference.high,
    )


def _conditions(rows: Sequence[Row], found: Sequence[Setting], config: Config) -> Iterator[str]:
    accuracies = [row.test_accuracy for row in of(rows, SpikingNetwork)]
    if accuracies:
        yield (
            f"networks with hidden layers of {' and '.join(map(str, config.hidden))} neurons learn {config.task}, "
            f"{config.seeds} of them in each setting, to a test accuracy of {min(accuracies):.3f} to "
            f"{max(accuracies):.3f}"
        )
    quiet = [one for one in found if one.encoding == "direct"]
    yield (
        f"an entropy of trains is judged where coverage is at least {_LIMITS['coverage']:g}, in "
        f"{sum(one.entropy_measurable for one in quiet)} of {len(quiet)} settings without input noise"
    )
    yield (
        f"information about the class is judged where at most {_LIMITS['control_bits']:g} bits are found with shuffled "
        f"classes, in {sum(one.timing is not None for one in found)} of {len(found)} settings"
    )
    cases = [case for case in known_cases(rows) if case.measurable]
    if cases:
        held = sum(case.low <= case.known <= case.high for case in cases)
        worst = max(abs(case.estimate - case.known) for case in cases)
        yield (
            f"on trains of known bits the estimate is off by at most {worst:.3f} bits, and its interval holds the "
            f"truth in {held} of {len(cases)} cases"
        )


def _context(rows: Sequence[Row], found: Sequence[Setting]) -> Iterator[str]:
    if found:
        steps = max(one.time_steps for one in found)
        most = [one for one in found if one.time_steps == steps]
        counts = [one.mean(lambda row: row.count_entropy).mean for one in most]
        about = [one.mean(lambda row: row.count_class_bits).mean for one in most]
        yield f"At T = {steps} the number of a neuron's spikes has {_span(counts)} bits of entropy."
        yield f"At T = {steps} the number of a neuron's spikes tells {_span(about)} bits about the class."
    quiet = [one for one in found if one.encoding == "direct" and one.entropy_measurable]
    if quiet:
        most = max(quiet, key=lambda one: float(excess([one]).mean()))
        share = most.mean(lambda row: row.share_above_bound).mean
        yield (
            f"Trains are farthest above log2(T + 1) for {most}, where they are above it in {share:.0%} of the neurons."
        )
    rectified = of(rows, RectifiedNetwork)
    for bits in dict.fromkeys(row.activation_bits for row in rectified):
        own = [row for row in rectified if row.activation_bits == bits]
        layers = sorted({row.layer for row in own})
        entropies = [float(np.mean([row.entropy for row in own if row.layer == layer])) for layer in layers]
        yield f"Activations of an equal ReLU network, rounded to {bits} bits, have {_span(entropies)} bits of entropy."


def _span(values: Sequence[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low} to {high}"
