"""What belongs to the answer beside the statements: how it was measured, and what was found that decides none of them.

Nothing here is held against a threshold of the claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import get_args

from eval.rows import Row, of
from eval.studies.unfolding_memory.config import Config
from eval.studies.unfolding_memory.findings import (
    Quantity,
    accuracy_difference,
    against_time,
    cosine,
    growth,
    layers,
    norm_ratio,
    numbers_a_unit,
    tasks,
    trained_rules,
)
from eval.studies.unfolding_memory.learning import WHOLE
from eval.studies.unfolding_memory.models import ONLINE_RULES, RULES, SNN
from eval.studies.unfolding_memory.rows import Gradient, MissingTask, Moment

MOMENTS: tuple[Moment, ...] = get_args(Moment)


def context(rows: Sequence[Row], config: Config) -> tuple[str, ...]:
    """Compose sentences of measured numbers that decide no statement.

    Args:
        rows: A table.
        config: The settings.
    """
    return (*_units(rows, config), *_other_rules(rows), *_accuracies(rows), *_directions(rows))


def _units(rows: Sequence[Row], config: Config) -> Iterable[str]:
    numbers = numbers_a_unit(rows, SNN, "bptt", config.batch)
    if numbers:
        yield (
            f"Over all widths and depths, backpropagation through time keeps {min(numbers):.1f} to {max(numbers):.1f} "
            "numbers per neuron, step and example."
        )


def _other_rules(rows: Sequence[Row]) -> Iterable[str]:
    """Hold the bytes kept and the seconds of each rule against those of plain backpropagation through time."""
    both: tuple[Quantity, ...] = ("residual_bytes", "gradient_seconds")
    kept, seconds = (against_time(rows, SNN, "bptt", quantity) for quantity in both)
    for rule in RULES[SNN][1:]:
        own, spent = (against_time(rows, SNN, rule, quantity) for quantity in both)
        shared = set(kept) & set(seconds) & set(own) & set(spent)
        if shared:
            longest = max(shared)
            yield (
                f"At T = {longest:,}, {rule} keeps {own[longest] / kept[longest]:.2g} of the bytes of bptt, in "
                f"{spent[longest] / seconds[longest]:.2g} of its seconds."
            )


def _accuracies(rows: Sequence[Row]) -> Iterable[str]:
    for task in tasks(rows):
        for rule in trained_rules(rows, task):
            found = None if rule == "bptt" else accuracy_difference(rows, task, rule)
            if found is not None:
                low, high = 100 * found.low, 100 * found.high
                ends = f"{low:+.1f} to {high:+.1f}"
                yield f"On {task}, {rule} differs from bptt by {ends} points of accuracy (95% interval)."


def _directions(rows: Sequence[Row]) -> Iterable[str]:
    for task in tasks(rows):
        for rule in ONLINE_RULES:
            before, after = (cosine(rows, task, rule, moment, WHOLE) for moment in MOMENTS)
            if before is not None and after is not None:
                yield (
                    f"On {task}, the cosine of {rule}'s gradient to the exact one is {before.mean:.2f} before training "
                    f"and {after.mean:.2f} after it."
                )


def conditions(rows: Sequence[Row], config: Config) -> tuple[str, ...]:
    """Compose the conditions under which it was measured, one sentence each.

    Args:
        rows: A table.
        config: The settings.
    """
    arguments = growth(rows, SNN, "bptt", "argument_bytes")
    entering = (
        "the backend tells no argument bytes"
        if arguments is None
        else f"inputs grow too and are not among these bytes: {arguments.per_step:,.0f} bytes per step of arguments, "
        "for every rule"
    )
    peaks = [row.device_peak_unavailable for row in of(rows, Gradient) if row.device_peak_unavailable is not None]
    missing = [row.reason for row in of(rows, MissingTask)]
    steps = against_time(rows, SNN, "bptt", "residual_bytes")
    lengths = f"T = {min(steps):,} to {max(steps):,}; " if steps else ""
    return (
        f"{lengths}LIF neurons in {config.depth} layers of {config.width}, batches of {config.batch} recordings of "
        f"{config.channels} channels, blocks of {config.block_steps} steps, float32",
        "intervals of exponents of bytes say how far bytes are from a law, which segments of whole steps never follow "
        "exactly; those of seconds hold noise as well",
        entering,
        "bytes are those that JAX keeps of plain code; a reverse pass written by hand keeps fewer, as compact does",
        "what a rule recomputes is not among the bytes kept but among XLA's temporary bytes",
        "accuracy is that of tasks that feed-forward layers of leaky neurons learn; none asks for a long memory",
        *_sizes(rows),
        *(f"device memory: {reason}" for reason in dict.fromkeys(peaks)),
        *missing,
    )


def _sizes(rows: Sequence[Row]) -> Iterable[str]:
    """Say that the sizes of online gradients are wrong too, which training with Adam does not show."""
    ratios = {
        rule: [
            ratio.mean
            for task in tasks(rows)
            for moment in MOMENTS
            for layer in layers(rows)
            if (ratio := norm_ratio(rows, task, rule, moment, layer)) is not None
        ]
        for rule in ONLINE_RULES
    }
    words = [f"{min(found):.2g} of the exact size with {rule}" for rule, found in ratios.items() if found]
    if words:
        yield (
            "trained with Adam, to which the size of a layer's gradient is indifferent: it is down to "
            f"{', '.join(words)}"
        )
