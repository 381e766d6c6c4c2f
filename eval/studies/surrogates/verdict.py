"""What the table says of surrogates, in sentences: no claim turns on their choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from eval.judgement import Verdict
from eval.rows import Row
from eval.statistics.intervals import student
from eval.studies.surrogates.config import REFERENCE_SHAPE, REFERENCE_WIDTH, Config
from eval.studies.surrogates.readings import (
    Surrogate,
    accuracies,
    accuracy,
    cosine,
    noise_levels,
    signal_to_noise,
    surrogates,
    variance,
)


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """Return no verdict, since no claim turns on the choice of a surrogate."""
    return []


def sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    """Say what was found of accuracy, noise and bias, in sentences composed from the numbers.

    Args:
        rows: The table.
    """
    return (*_on_accuracy(rows), *_on_noise(rows), *_on_bias(rows))


def _on_accuracy(rows: Sequence[Row]) -> Iterator[str]:
    found = surrogates(rows)
    over_widths, over_shapes = (_span(found, axis, lambda one: accuracy(rows, one).mean) for axis in (1, 0))
    yield (
        f"After equal training, mean test accuracy spans {100 * over_widths:.1f} points over widths and "
        f"{100 * over_shapes:.1f} points over shapes."
    )
    reference = (REFERENCE_SHAPE, REFERENCE_WIDTH)
    others = [one for one in found if one != reference]
    if reference not in found or not others:
        return
    gains = {one: student(accuracies(rows, one) - accuracies(rows, reference), len(others)) for one in others}
    for word, apart in (
        ("worse", [one for one in others if gains[one].high < 0]),
        ("better", [one for one in others if gains[one].low > 0]),
    ):
        listed = ", ".join(map(_name, apart)) or "none"
        yield f"By simultaneous 95% intervals that exclude 0, {word} than {_name(reference)}: {listed}."


def _on_noise(rows: Sequence[Row]) -> Iterator[str]:
    found = surrogates(rows)
    widths = sorted({width for _, width in found})
    growth = [
        variance(rows, (shape, widths[-1]), "early").mean / variance(rows, (shape, widths[0]), "early").mean
        for shape in dict.fromkeys(shape for shape, _ in found)
    ]
    yield (
        "From the narrowest surrogate to the widest, the variance of the gradient grows by a factor of "
        f"{min(growth):.3g} to {max(growth):.3g}."
    )
    signals = {one: signal_to_noise(rows, one, "early") for one in found}
    best, worst = max(found, key=lambda one: signals[one].mean), min(found, key=lambda one: signals[one].mean)
    apart = "do not overlap" if signals[worst].high < signals[best].low else "overlap"
    yield (
        f"The signal-to-noise ratio of one example's gradient goes from {signals[worst].mean:.2g} ({_name(worst)}) to "
        f"{signals[best].mean:.2g} ({_name(best)}); their 95% intervals {apart}."
    )


def _on_bias(rows: Sequence[Row]) -> Iterator[str]:
    found = surrogates(rows)
    for noise in noise_levels(rows):
        cosines = {one: cosine(rows, one, noise, "noisy", len(found)) for one in found}
        best = max(found, key=lambda one: cosines[one].mean)
        biased = sum(one.high < 1 for one in cosines.values())
        yield (
            f"Under threshold noise of {noise:g}, the cosine with the gradient of the expected loss is at most "
            f"{cosines[best].mean:.2g} ({_name(best)})."
        )
        yield f"The simultaneous 95% intervals of {biased} of these {len(found)} cosines exclude 1."


def _span(found: Sequence[Surrogate], axis: int, value: Callable[[Surrogate], float]) -> float:
    """Return how far the means of the surrogates that share a shape (axis 0) or a width (axis 1) lie apart."""
    groups: dict[str | float, list[float]] = {}
    for one in found:
        groups.setdefault(one[axis], []).append(value(one))
    means = [float(np.mean(group)) for group in groups.values()]
    return max(means) - min(means)


def _name(surrogate: Surrogate) -> str:
    return f"{surrogate[0].replace('_', ' ')} of width {surrogate[1]:g}"
