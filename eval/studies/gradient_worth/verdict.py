"""What the costs of an accuracy say of claim C0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Judgement, Verdict, judged, not_measured
from eval.rows import Row, of
from eval.statistics.equivalence import below, some
from eval.statistics.intervals import student
from eval.studies.gradient_worth.config import TRAINING_EXAMPLES, Config
from eval.studies.gradient_worth.findings import (
    Comparison,
    Judged,
    common_target,
    compare,
    judged_measure,
    moments,
    of_model,
    periods,
    ranking,
    seeds,
    share_reached,
    signal,
    signal_to_noise,
    to_target,
)
from eval.studies.gradient_worth.models import (
    CIRCUIT,
    COMPARED,
    DEEP,
    LOGISTIC,
    PERCEPTRON,
    PRODUCT,
    SMALL_DEEP,
    SMALL_RIVALS,
    SPIKING,
    TRANSFORMER,
)
from eval.studies.gradient_worth.rows import Cost, End, EqualFlops, LayerSignal, Look, Measure, Ranking, Seen, Update
from eval.studies.gradient_worth.signal import updates_of_moments
from eval.studies.gradient_worth.targets import at_equal_flops, by_run, costs_to_targets
from eval.studies.gradient_worth.training import looks

JUDGED: dict[Judged, str] = {"flops": "FLOPs", "seconds": "seconds"}
PAIRS: dict[str, tuple[str, Judged, str]] = {
    f"{own}_{cost}_{reference}": (rival, cost, reference)
    for own, rival in (("spiking", SPIKING), ("circuit", CIRCUIT))
    for cost in JUDGED
    for reference in (TRANSFORMER, PERCEPTRON)
}
"""Statements that a rival is dearer than a deep network: name -> (rival, cost, deep network)."""
COMPARISONS = len(PAIRS) + len(DEEP) + 1
"""Intervals that the statements rest on, all of which hold at once: rivals, logistic regression and entanglement."""
_LIMITS = CLAIMS["C0"].thresholds
_NOUNS: dict[Measure, str] = {"accuracy": "accuracy", "loss": "error"}
"""What models are brought to: an accuracy, or an error where they predict values."""


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Judge the statements of claim C0.

    Args:
        rows: The table; what it holds of costs to targets is computed again from the curves.
        config: The settings of the study.

    Returns:
        One verdict.
    """
    known = with_targets(rows, config)
    target = common_target(known, COMPARED)
    judgements = (
        *(_dearer(known, name, target, config) for name in PAIRS),
        _logistic(known, target, config),
        _entanglement(known),
    )
    return [Verdict("C0", judgements, tuple(_conditions(known, config)), tuple(_context(known, target, config)))]


def with_targets(rows: Sequence[Row], config: Config) -> list[Row]:
    """Return the measured rows, and with them the costs of the targets and the accuracies at equal compute.

    A run some of whose looks are not in the table is left out: when it reached a target would not be known.

    Args:
        rows: The table; what was derived in it is left out.
        config: The settings, for the targets and for the looks that make a run whole.
    """
    updates = of(rows, Update)
    priced = {row.model for row in updates}
    runs = by_run([row for row in of(rows, Look) if row.model in priced])
    whole = [row for own in runs.values() if [one.updates for one in own] == looks(config) for row in own]
    found: list[Row] = [*of(rows, Seen), *updates, *whole, *of(rows, End), *of(rows, LayerSignal)]
    found += costs_to_targets(whole, updates, config)
    counted = {row.model for row in updates if row.update_flops is not None}
    if set(COMPARED) <= counted & {row.model for row in whole}:
        found += at_equal_flops(whole, updates, COMPARED)
    return found


def _dearer(rows: Sequence[Row], name: str, target: float | None, config: Config) -> Judgement:
    rival, cost, reference = PAIRS[name]
    if target is None:
        return _no_target(rows, name, cost, (rival, reference), config)
    found = compare(rows, reference, rival, target, cost, COMPARISONS)
    if found is None:
        return _unknown(name, cost, rival, reference)
    return _judged(name, found, found.dearer, target, judged_measure(rows))


def _logistic(rows: Sequence[Row], target: float | None, config: Config) -> Judgement:
    name = "logistic_regression"
    if target is None:
        return _no_target(rows, name, "flops", (LOGISTIC, *DEEP), config)
    found = []
    for network in DEEP:
        one = compare(rows, network, LOGISTIC, target, "flops", COMPARISONS)
        if one is None:
            return _unknown(name, "flops", LOGISTIC, network)
        found.append(one)
    # Shown beside the cheaper of the two.
    shown = max(found, key=lambda one: one.ratio.mean if one.ratio else 0.0)
    return _judged(name, shown, some(*(one.dearer for one in found)), target, judged_measure(rows))


def _judged(name: str, one: Comparison, decision: bool | None, target: float, measure: Measure) -> Judgement:
    if one.ratio is None or one.bound == "unknown":
        return judged(
            name,
            decision,
            f"What {_called(one.rival)} and {_called(one.reference)} pay for {_told_target(target, measure)} was not "
            "seen with enough seeds.",
            needed=_needed(one, measure),
        )
    bound = f", {one.bound}" if one.bound else ""
    return judged(
        name,
        decision,
        f"To {_told_target(target, measure)} {_called(one.rival)} takes {_times(one)} the {JUDGED[one.cost]} of "
        f"{_called(one.reference)}.",
        needed=_needed(one, measure),
        quantity=f"log10 of {JUDGED[one.cost]} to the {_NOUNS[measure]}, {one.rival} ÷ {one.reference}{bound}",
        value=one.ratio.mean,
        low=one.ratio.low,
        high=one.ratio.high,
    )


def _told_target(target: float, measure: Measure) -> str:
    if measure == "loss":
        return f"a validation error of {target:.0%} of the variance"
    return f"{target:.0%} validation accuracy"


def _needed(one: Comparison, measure: Measure) -> str:
    least = _LIMITS["least_seeds"]
    if one.pairs < least:
        return f"at least {least:g} paired seeds: raise settings.seeds"
    if one.bound:
        return f"more settings.steps, with which no seed falls short of the {_NOUNS[measure]}"
    return "more settings.seeds: the interval of the ratio holds 1"


def _no_target(rows: Sequence[Row], name: str, cost: Judged, models: Sequence[str], config: Config) -> Judgement:
    if not all(of_model(rows, Look, model) for model in models):
        return _unknown(name, cost, *models)
    measure = judged_measure(rows)
    easiest = min(config.accuracy_targets) if measure == "accuracy" else max(config.loss_targets)
    easier = "lower settings.accuracy_targets" if measure == "accuracy" else "higher settings.loss_targets"
    return not_measured(
        name,
        f"No model in the table reaches {_told_target(easiest, measure)} with every seed within {config.steps} "
        "updates.",
        f"more settings.steps, or {easier}",
    )


def _unknown(name: str, cost: Judged, *models: str) -> Judgement:
    return not_measured(
        name,
        f"The {JUDGED[cost]} of {' or of '.join(map(_called, models))} are not in the table, or no run is whole.",
        "whole runs of each of these models, and what an update of each costs",
    )


def _entanglement(rows: Sequence[Row]) -> Judgement:
    name, least = "entanglement", _LIMITS["least_seeds"]
    needed = f"at least {least:g} paired seeds with entanglement and without"
    if judged_measure(rows) == "loss":
        return not_measured(name, "What is predicted are values, which have no accuracy.", "data of classes")
    tested = [
        {row.training_seed: row.test_accuracy for row in of_model(rows, End, model) if row.test_accuracy is not None}
        for model in (CIRCUIT, PRODUCT)
    ]
    pairs = sorted(set(tested[0]) & set(tested[1]))
    if len(pairs) < 2:
        return not_measured(name, "The circuit was not tested with entanglement and without.", needed)
    gain = student([tested[0][seed] - tested[1][seed] for seed in pairs], COMPARISONS)
    more = f"{abs(100 * gain.mean):.1f} points {'higher' if gain.mean >= 0 else 'lower'}"
    return judged(
        name,
        None if len(pairs) < least else below(gain.low, gain.high, _LIMITS["entanglement_gain"]),
        f"With entanglement the circuit's test accuracy is {more}.",
        needed=needed if len(pairs) < least else "more settings.seeds: the interval of the gain holds 0.02",
        quantity="test accuracy with entanglement less that without",
        value=gain.mean,
        low=gain.low,
        high=gain.high,
    )


def _conditions(rows: Sequence[Row], config: Config) -> Iterator[str]:
    if config.task is None:
        yield (
            f"every model sees the same {config.side**2} features, digits averaged over {config.side}×{config.side} "
            f"cells, and trains on {TRAINING_EXAMPLES:,} of them"
        )
    for row in of(rows, Seen):
        examples = f"{row.training_examples:,} examples"
        yield f"every model sees the same {row.features} features of {row.data}, and trains on {examples}"
        yield f"the data are the user's own, {row.note}"
    yield (
        f"Adam makes {config.steps} updates of {config.batch_size} examples with {seeds(rows)} paired seeds; the "
        f"learning rate of each model is the best of {len(config.learning_rates)} for {config.tuning_seeds} other seeds"
    )
    sizes = [f"{row.parameters:,} in the {row.model}" for row in of(rows, Update) if row.model in COMPARED]
    if sizes:
        yield f"numbers that are trained: {', '.join(sizes)}"
    edges = {row.model for row in of(rows, End) if row.rate_at_edge}
    if edges:
        yield f"the best learning rate is at the edge of the grid for {', '.join(map(_called, sorted(edges)))}"
    yield (
        f"validation is looked at every {config.steps // config.records} updates; a run that falls short of the "
        f"{_NOUNS[judged_measure(rows)]} counts with all that it spent, as a bound"
    )
    yield f"all {COMPARISONS} intervals hold at once, with a probability of 95%"
    yield "FLOPs are counted on the program of an update, Adam included"
    yield "the circuit's FLOPs and seconds are those of an exact simulation, differentiated by the adjoint method"
    known = [row.update_seconds for row in of(rows, Update) if row.update_seconds is not None]
    if known:
        yield (
            "seconds are the median of one update, compiled and run by itself on this machine, times the updates; the "
            f"shortest takes {1e3 * min(known):.2g} ms, which is little else than starting a program, and so a share "
            "of the others"
        )
    if any(row.joules is None for row in of(rows, Update)):
        yield "joules are unavailable on this device"


def _context(rows: Sequence[Row], target: float | None, config: Config) -> Iterator[str]:
    if target is not None:
        short = [(model, *share_reached(rows, model, target)) for model in COMPARED]
        for model, reached, count in short:
            if reached < count:
                yield f"Of the {model}'s {count} seeds, {reached} reach the {_NOUNS[judged_measure(rows)]}."
        yield from _hardware(rows, target)
    yield from _at_equal_flops(rows)
    yield from _matched(rows)
    yield from _signals(rows, config)


def _hardware(rows: Sequence[Row], target: float) -> Iterator[str]:
    hardware: tuple[Cost, ...] = ("circuit_executions", "shots")
    executions, shots = (
        [one for one in to_target(rows, CIRCUIT, target, cost) if one is not None] for cost in hardware
    )
    if executions and shots:
        yield (
            f"Quantum hardware would pay {np.median(executions):.2g} circuit executions and {np.median(shots):.2g} "
            "shots by parameter shift, were its gradients as exact: medians of the seeds that reach the "
            f"{_NOUNS[judged_measure(rows)]}."
        )


def _at_equal_flops(rows: Sequence[Row]) -> Iterator[str]:
    own = of(rows, EqualFlops)
    if not own:
        return
    means = {model: np.mean([row.eval_accuracy for row in own if row.model == model]) for model in COMPARED}
    best, worst = max(means, key=lambda model: means[model]), min(means, key=lambda model: means[model])
    yield (
        "With the FLOPs that the cheapest of the four spends in all, the highest mean validation accuracy is "
        f"{means[best]:.1%}, of the {best}, and the lowest {means[worst]:.1%}, of the {worst}."
    )


def _matched(rows: Sequence[Row]) -> Iterator[str]:
    target = common_target(rows, (*SMALL_DEEP, *SMALL_RIVALS))
    if target is None:
        return
    number = len(SMALL_DEEP) * len(SMALL_RIVALS) * len(JUDGED)
    for rival in SMALL_RIVALS:
        for network in SMALL_DEEP:
            flops, time = (compare(rows, network, rival, target, cost, number) for cost in JUDGED)
            if flops is None or time is None or flops.bound == "unknown" or not (flops.ratio and time.ratio):
                continue
            yield (
                f"With all at the circuit's number of parameters, the {_plain(rival)} takes {_told(flops)} the FLOPs "
                f"and {_told(time)} the seconds of the {_plain(network)} to the same {_NOUNS[judged_measure(rows)]}."
            )


def _signals(rows: Sequence[Row], config: Config) -> Iterator[str]:
    if moments(rows) != updates_of_moments(config) or any(not of_model(rows, LayerSignal, one) for one in COMPARED):
        return
    pairs = ranking(rows, COMPARED)
    for period, updates in periods(rows).items():
        own = [row for row in pairs if row.period == period]
        entries = dict.fromkeys(end for row in own for end in _ends(row))
        signals = {(model, shots): signal(rows, model, updates, shots) for model, shots in entries}
        values = {
            entry: found.mean
            for entry, one in signals.items()
            if (found := signal_to_noise(one, config.batch_size)) is not None
        }
        # Where one was not measured with two seeds, which is highest is not known.
        if not values or any(len(one.seeds) < 2 for one in signals.values()):
            continue
        most, least = max(values, key=lambda entry: values[entry]), min(values, key=lambda entry: values[entry])
        yield (
            f"{period.capitalize()}, the signal-to-noise of a batch's gradient is highest in the {_entry(*most)}, "
            f"{values[most]:.2g}, and lowest in the {_entry(*least)}, {values[least]:.2g}."
        )
        yield f"{period.capitalize()}, simultaneous 95% intervals order these pairs by it: {_order(own)}."


def _ends(row: Ranking) -> tuple[tuple[str, int | None], tuple[str, int | None]]:
    return (row.first, row.first_shots), (row.second, row.second_shots)


def _order(own: Sequence[Ranking]) -> str:
    apart = []
    for row in own:
        if row.ranked and row.log10_ratio is not None:
            ends = [_entry(*end) for end in _ends(row)]
            higher, lower = ends if row.log10_ratio > 0 else reversed(ends)
            apart.append(f"{higher} above {lower}")
    return ", ".join(apart) or "none"


def _entry(model: str, shots: int | None) -> str:
    return model if shots is None else f"{model} with shots"


def _times(one: Comparison) -> str:
    assert one.ratio is not None, "a ratio that is shown is known"
    value = 10**one.ratio.mean
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
    return f"{one.bound} {shown} times".strip()


def _told(one: Comparison) -> str:
    return _times(one) + (" (not told apart from 1)" if one.dearer is None else "")


def _called(model: str) -> str:
    return model if model == LOGISTIC else f"the {model}"


def _plain(model: str) -> str:
    return model.split(",")[0]
