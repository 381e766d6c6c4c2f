"""The conditions in which claim C0 was judged, and what else the table says that belongs to the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from eval.rows import of
from eval.studies.gradient_worth.config import Config
from eval.studies.gradient_worth.findings import (
    Findings,
    of_model,
    ranking,
    seeds,
    shot_numbers,
    signal,
    signal_to_noise,
)
from eval.studies.gradient_worth.models import CIRCUIT, COMPARED, DEEP
from eval.studies.gradient_worth.rows import End, LayerSignal, Ranking, Round, Seen, Update
from eval.studies.gradient_worth.signal import START, moments


def conditions(tasks: Sequence[Findings], intervals: int, config: Config) -> Iterator[str]:
    """Say how it was measured.

    Args:
        tasks: What was found on each task.
        intervals: How many intervals hold at once.
        config: The settings.
    """
    for one in tasks:
        yield from _data(one, config)
    yield (
        f"Adam makes {config.steps} updates of {config.batch_size} examples; each model's size and learning rate are "
        f"the best of {len(config.hidden)} and {len(config.learning_rates)} for {config.tuning_seeds} seeds that are "
        "not judged, by the operations to the target"
    )
    yield (
        f"a target lies {config.target_fraction:.0%} of the way from what the linear model reaches to what the better "
        "deep network does on the seeds of tuning, which choose the cheapest deep network, too"
    )
    for one in tasks:
        if one.gate == "open":
            yield from _models(one)
    yield (
        f"validation is looked at every {config.steps // config.records} updates; a run that falls short of the target "
        "counts with all that it spent, as a bound"
    )
    yield f"all {intervals} intervals hold at once, with a probability of 95%"
    yield "FLOPs are counted on the program of an update, Adam included"
    yield (
        "event by event, a spike costs one addition per connection forward and one in the gradient by the weight, and "
        "all else of an update stays as the program has it"
    )
    yield (
        "the circuit's FLOPs and seconds are those of an exact simulation, differentiated by the adjoint method; gate "
        "by gate, they are those of a closed formula that fuses no gates"
    )
    known = [row.update_seconds for one in tasks for row in of(one.rows, Round)]
    if known:
        yield (
            f"seconds are the median of one update, compiled and run by itself on this machine, times the updates, in "
            f"{config.timing_rounds} rounds whose spread is in the intervals; the shortest takes "
            f"{1e3 * min(known):.2g} ms, which is little else than starting a program"
        )
    if any(row.joules is None for one in tasks for row in of(one.rows, Update)):
        yield "joules are unavailable on this device"


def _data(one: Findings, config: Config) -> Iterator[str]:
    for row in of(one.rows, Seen):
        examples = f"trains on {row.training_examples:,} examples"
        if config.task is None:
            yield f"{one.task}: every model sees {row.note}, {row.features} numbers in all, and {examples} a seed"
        else:
            yield f"every model sees the same {row.features} features of {row.task}, and {examples}"
            yield f"the data are the user's own, {row.note}"
    if one.goal is None:
        return
    accuracy = one.goal.measure == "accuracy"

    def told(value: float) -> str:
        return f"{value:.1%}" if accuracy else f"an error of {value:.2g}"

    reached = f"a linear model reaches {told(one.goal.linear)} and the better deep network {told(one.goal.deep)}"
    if one.gate == "narrow":
        yield f"{one.task} is not used to judge: {reached}"
    elif one.gate == "linear":
        yield f"{one.task} is not used to judge: with half of its seeds or more, a linear model reaches the target"
    else:
        yield f"{one.task}: {reached}, and the target is {told(one.goal.target)}"


def _models(one: Findings) -> Iterator[str]:
    sizes = [f"{row.parameters:,} in the {row.model}" for row in of(one.rows, Update) if row.model in COMPARED]
    if sizes:
        yield f"{one.task}: {seeds(one.rows)} paired seeds; numbers that are trained: {', '.join(sizes)}"
    edges = {row.model for row in of(one.rows, End) if row.rate_at_edge}
    if edges:
        yield f"{one.task}: the best learning rate is at the edge of the grid for the {', the '.join(sorted(edges))}"


def context(tasks: Sequence[Findings], config: Config) -> Iterator[str]:
    """Compose sentences of measured numbers that decide nothing but belong to the answer."""
    for one in tasks:
        if one.gate != "open":
            continue
        for model in COMPARED:
            reached = list(one.reached(model).values())
            short = sum(count is None for count in reached)
            if short:
                yield f"On {one.task}, {len(reached) - short} of the {model}'s {len(reached)} seeds reach the target."
        yield from _between_networks(one)
        yield from _hardware(one)
        yield from _signals(one, config)


def _between_networks(one: Findings) -> Iterator[str]:
    """Say what the dearer deep network pays beside the cheapest: which of them it is belongs to the answer."""
    cheapest = one.reference("flops")
    if cheapest is None:
        return
    (other,) = [model for model in DEEP if model != cheapest]
    found = one.compare(other, "flops", 1)
    if found is not None and found.ratio is not None and found.bound in ("", "at least"):
        bound = f"{found.bound} " if found.bound else ""
        yield f"On {one.task} the {other} takes {bound}{10**found.ratio.mean:,.2g} times the FLOPs of the {cheapest}."


def _hardware(one: Findings) -> Iterator[str]:
    update, reached = one.update(CIRCUIT), one.reached(CIRCUIT)
    counts = [count for count in reached.values() if count is not None]
    if update is not None and update.circuit_executions and update.shots and counts:
        median = float(np.median(counts))
        yield (
            f"On {one.task} quantum hardware would pay {median * update.circuit_executions:.2g} circuit executions and "
            f"{median * update.shots:.2g} shots by parameter shift, were its gradients as exact: medians of the seeds "
            "that reach the target."
        )


def _signals(one: Findings, config: Config) -> Iterator[str]:
    if any(not of_model(one.rows, LayerSignal, model) for model in COMPARED):
        return
    pairs = ranking(one.rows, one.task, COMPARED, config)
    entries = [(model, shots) for model in COMPARED for shots in shot_numbers(one.rows, model)]
    for moment in moments(config):
        signals = {entry: signal(one.rows, entry[0], moment, entry[1]) for entry in entries}
        # Where one was not measured with two seeds, which is highest is not known.
        if any(len(found.seeds) < 2 for found in signals.values()):
            continue
        values = {
            entry: interval.mean
            for entry, found in signals.items()
            if (interval := signal_to_noise(found, config.batch_size)) is not None
        }
        if not values:
            continue
        most, least = max(values, key=lambda entry: values[entry]), min(values, key=lambda entry: values[entry])
        when = (
            "before training, with the mean output taken away,"
            if moment == START
            else f"at {float(moment):.0%} of the loss of a guess"
        )
        yield (
            f"On {one.task}, {when} the signal-to-noise of a batch's gradient is highest in the {_entry(*most)}, "
            f"{values[most]:.2g}, and lowest in the {_entry(*least)}, {values[least]:.2g}."
        )
        own = [row for row in pairs if row.moment == moment]
        yield f"On {one.task}, {when} simultaneous 95% intervals order these pairs by it: {_order(own)}."


def _order(own: Sequence[Ranking]) -> str:
    apart = []
    for row in own:
        if row.ranked and row.log10_ratio is not None:
            ends = [_entry(row.first, row.first_shots), _entry(row.second, row.second_shots)]
            higher, lower = ends if row.log10_ratio > 0 else reversed(ends)
            apart.append(f"{higher} above {lower}")
    return ", ".join(apart) or "none"


def _entry(model: str, shots: int | None) -> str:
    return model if shots is None else f"{model} with shots"
