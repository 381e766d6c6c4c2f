"""From the table to the verdict on C0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.claims import CLAIMS
from eval.judgement import Verdict
from eval.recorder import Row
from eval.statistics.intervals import Interval, student
from eval.studies.gradient_worth.config import TRAINING_EXAMPLES, Config
from eval.studies.gradient_worth.findings import (
    Comparison,
    common_target,
    compare,
    names,
    part,
    periods,
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
    PRODUCT,
    RIVALS,
    SMALL_DEEP,
    SMALL_RIVALS,
)

JUDGED = {"flops": "FLOPs", "seconds": "seconds"}
COMPARISONS = len(DEEP) * len(RIVALS) * len(JUDGED) + len(DEEP) + 1
"""Intervals that the statement rests on, all of which hold at once: rivals, logistic regression and entanglement."""
QUANTITY = "log10 of FLOPs to the target, {pair}: the least of the pairs of a rival and a deep network"


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """One verdict on C0.

    ``supported`` where each rival is dearer than each deep network in FLOPs and in seconds to the highest accuracy that
    all reach which reach any, whole simultaneous intervals beyond the threshold; ``refuted`` where none is dearer in
    either and some is cheaper; else ``conditional``.
    """
    least, count = CLAIMS["C0"].thresholds["least_seeds"], seeds(rows)
    if count < least:
        return [_not_measured(f"A ranking needs at least {least:g} paired seeds; settings.seeds={count} are too few.")]
    target = common_target(rows, COMPARED)
    if target is None:
        lowest = min(row["target"] for row in part(rows, "target", measure="accuracy"))
        return [
            _not_measured(
                f"No model reaches {lowest:.0%} validation accuracy with every seed within {config.steps} updates: "
                "raise settings.steps or lower settings.accuracy_targets."
            )
        ]
    found = _compared(rows, DEEP, RIVALS, target, COMPARISONS)
    weakest = min((one for one in found if one.cost == "flops"), key=lambda one: one.ratio.mean)
    return [
        Verdict(
            claim="C0",
            verdict=outcome(found),
            statement=f"{_by_network(found, target)} {_logistic(rows, target)} {_entanglement(rows)}",
            effect=weakest.ratio.mean,
            low=weakest.ratio.low,
            high=weakest.ratio.high,
            quantity=QUANTITY.format(pair=f"{weakest.rival} ÷ {weakest.reference}"),
            conditions=_conditions(rows, target, config),
        )
    ]


def _compared(
    rows: Sequence[Row], deep: Sequence[str], rivals: Sequence[str], target: float, comparisons: int
) -> list[Comparison]:
    return [
        compare(rows, network, rival, target, cost, comparisons)
        for network in deep
        for rival in rivals
        for cost in JUDGED
    ]


def outcome(found: Sequence[Comparison]):
    """The verdict's word."""
    outcomes = [one.outcome for one in found]
    if set(outcomes) == {"dearer"}:
        return "supported"
    return "refuted" if "dearer" not in outcomes and "cheaper" in outcomes else "conditional"


def _by_network(found: Sequence[Comparison], target: float) -> str:
    parts = []
    for network in dict.fromkeys(one.reference for one in found):
        own = [one for one in found if one.reference == network]
        parts.append(f"beside the {network} ({outcome(own)}), {_prices(own)}")
    return f"To {target:.0%} validation accuracy: {'; '.join(parts)}."


def _prices(found: Sequence[Comparison]) -> str:
    parts = []
    for rival in dict.fromkeys(one.rival for one in found):
        own = [one for one in found if one.rival == rival]
        shown = " and ".join(f"{_times(one)} the {JUDGED[one.cost]} ({one.outcome})" for one in own)
        parts.append(f"the {rival} takes {shown}")
    return ", ".join(parts)


def _times(one: Comparison) -> str:
    if one.bound == "unknown":
        return "an unknown number of times"
    mean, low, high = (10**end for end in one.ratio)
    bound = f"{one.bound} " if one.bound else ""
    return f"{bound}{_plain(mean)} times [{_plain(low)}, {_plain(high)}]"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def _logistic(rows: Sequence[Row], target: float) -> str:
    reached, count = share_reached(rows, LOGISTIC, target)
    if reached < count:
        return f"The floor, logistic regression, reaches that with {reached} of {count} seeds."
    # Beside the cheapest deep network.
    one = max(
        (compare(rows, network, LOGISTIC, target, "flops", COMPARISONS) for network in DEEP),
        key=lambda one: one.ratio.mean,
    )
    remark = {
        "cheaper": "that accuracy needs no network",
        "dearer": "the network is worth its price",
        "undecided": "which of the two is cheaper is open",
    }
    return (
        f"The floor, logistic regression, reaches that too, at {_times(one)} the FLOPs of the {one.reference}: "
        f"{remark[one.outcome]}."
    )


def _entanglement(rows: Sequence[Row]) -> str:
    with_it, without = (_tested(rows, model) for model in (CIRCUIT, PRODUCT))
    gain = student(with_it - without, COMPARISONS)
    shown = f"with entanglement the circuit's test accuracy changes by {gain}"
    if gain.high < CLAIMS["C0"].thresholds["entanglement_gain"]:
        return f"The circuit without entanglement is as good: {shown}."
    return f"Entanglement helps: {shown}." if gain.low > 0 else f"Whether entanglement helps is open: {shown}."


def _tested(rows: Sequence[Row], model: str) -> np.ndarray:
    return np.array([row["test_accuracy"] for row in part(rows, "end", model=model)])


def _conditions(rows: Sequence[Row], target: float, config: Config) -> tuple[str, ...]:
    models = names(rows)
    parameters = ", ".join(f"{row['model']} {row['parameters']:,}" for row in part(rows, "cost"))
    rates = {model: part(rows, "end", model=model)[0] for model in models}
    chosen = ", ".join(
        f"{model} {row['learning_rate']:g}{' (the edge of the grid)' if row['rate_at_edge'] else ''}"
        for model, row in rates.items()
    )
    accuracies = ", ".join(f"{model} {_share(student(_tested(rows, model)))}" for model in models)
    reached = ", ".join("{} {}/{}".format(model, *share_reached(rows, model, target)) for model in models)
    equal = part(rows, "equal_flops")
    at_equal = ", ".join(
        f"{model} {_share(student([row['validation_accuracy'] for row in equal if row['model'] == model]))}"
        for model in models
    )
    return (
        f"digits averaged over {config.side}×{config.side} cells, the same {config.side**2} features for every model; "
        f"{TRAINING_EXAMPLES:,} of them to train on; other data, sizes and targets are not judged",
        f"parameters: {parameters}",
        f"Adam, {config.steps} updates of {config.batch_size} examples, {seeds(rows)} paired seeds; learning rates by "
        f"{len(config.learning_rates)} rates × {config.tuning_seeds} other seeds for every model: {chosen}",
        f"test accuracy at the end: {accuracies}",
        f"seeds that reach {target:.0%} of validation: {reached}; looked at every {config.steps // config.records} "
        "updates; a run that falls short counts with all it spent, as a bound",
        f"validation accuracy at {equal[0]['flops_budget']:.2g} FLOPs, the least that any of the four spends in all: "
        f"{at_equal}",
        _hardware(rows, target),
        _seconds(rows),
        f"FLOPs are counted on the program of an update, Adam included; joules: {_joules(rows, target)}",
        _matched(rows),
        _signals(rows, config),
    )


def _hardware(rows: Sequence[Row], target: float) -> str:
    executions, shots = (
        [one for one in to_target(rows, CIRCUIT, target, cost) if one is not None] for cost in ("executions", "shots")
    )
    paid = (
        f"{np.median(executions):.2g} circuit executions and {np.median(shots):.2g} shots (medians of the seeds that "
        "reach it)"
        if executions
        else "more than was spent"
    )
    return (
        "the circuit's FLOPs and seconds are those of an exact simulation, differentiated by the adjoint method; "
        f"quantum hardware would pay, by parameter shift, {paid}, were its gradients as exact"
    )


def _seconds(rows: Sequence[Row]) -> str:
    floor = min(row["seconds_update"] for row in part(rows, "cost"))
    return (
        "seconds are the median of one update, compiled and run by itself on this machine, times the updates: the "
        "intervals are over seeds and do not hold the error of that timing; the shortest update takes "
        f"{1e3 * floor:.2g} ms, which is little else than starting a program, and so a share of the others"
    )


def _joules(rows: Sequence[Row], target: float) -> str:
    known = {model: to_target(rows, model, target, "joules") for model in COMPARED}
    if any(row["joules_update"] is None for row in part(rows, "cost")):
        return "unavailable on this device"
    shown = {model: [one for one in own if one is not None] for model, own in known.items()}
    return ", ".join(f"{model} {np.median(own):.2g}" for model, own in shown.items() if own)


def _matched(rows: Sequence[Row]) -> str:
    target = common_target(rows, (*SMALL_DEEP, *SMALL_RIVALS))
    if target is None:
        return "with all at the circuit's number of parameters no model reaches a target with every seed"
    number = len(SMALL_DEEP) * len(SMALL_RIVALS) * len(JUDGED)
    found = _compared(rows, SMALL_DEEP, SMALL_RIVALS, target, number)
    return f"with all at the circuit's number of parameters ({outcome(found)}): {_by_network(found, target)}"


def _signals(rows: Sequence[Row], config: Config) -> str:
    parts = []
    for period, updates in periods(rows).items():
        own = part(rows, "ranking", period=period)
        entries = list(dict.fromkeys((row[end], row[f"{end}_shots"]) for row in own for end in ("first", "second")))
        values = [signal_to_noise(signal(rows, model, updates, shots), config.batch_size) for model, shots in entries]
        shown = ", ".join(f"{_entry(*entry)} {_number(value)}" for entry, value in zip(entries, values, strict=True))
        parts.append(f"{period} {shown}; beyond doubt: {_order(own)}")
    return f"signal-to-noise of a gradient of {config.batch_size} examples: {'; '.join(parts)}"


def _order(own: Sequence[Row]) -> str:
    apart = []
    for row in own:
        if row["ranked"]:
            ends = [_entry(row[end], row[f"{end}_shots"]) for end in ("first", "second")]
            above, below = ends if row["log10_ratio"] > 0 else reversed(ends)
            apart.append(f"{above} above {below}")
    return ", ".join(apart) or "no pair"


def _entry(model: str, shots: int | None) -> str:
    return model if shots is None else f"{model} with {shots:,} shots a circuit"


def _number(value: Interval | None) -> str:
    return "hidden by noise" if value is None else f"{value.mean:.2g} [{value.low:.2g}, {value.high:.2g}]"


def _share(value: Interval) -> str:
    return f"{value.mean:.1%} ± {100 * (value.high - value.mean):.1f}"


def _not_measured(statement: str) -> Verdict:
    return Verdict(
        claim="C0",
        verdict="not measured here",
        statement=statement,
        effect=None,
        low=None,
        high=None,
        quantity=QUANTITY.format(pair="rival ÷ network"),
        conditions=(),
    )
