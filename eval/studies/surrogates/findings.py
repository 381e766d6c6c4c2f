"""What the table says of surrogates, in numbers with their intervals and in sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from eval.judgement import Verdict
from eval.recorder import Row
from eval.statistics.intervals import Interval, ratio, student
from eval.studies.surrogates.config import REFERENCE_SHAPE, REFERENCE_WIDTH, Config

Surrogate = tuple[str, float]
"""Shape and width."""


def verdicts(rows: list[Row], config: Config) -> list[Verdict]:
    """None: no claim turns on the choice of a surrogate."""
    return []


def surrogates(rows: Sequence[Row]) -> list[Surrogate]:
    """Those that were trained, in the table's order."""
    return list(dict.fromkeys((row["shape"], row["width"]) for row in rows if row["part"] == "training"))


def trained(rows: Sequence[Row], surrogate: Surrogate, name: str) -> np.ndarray:
    """A column of the training rows of one surrogate, ``[seeds]``, in the order of the seeds."""
    own = [row for row in rows if row["part"] == "training" and (row["shape"], row["width"]) == surrogate]
    return np.array([row[name] for row in sorted(own, key=lambda row: row["training_seed"])])


def accuracy(rows: Sequence[Row], surrogate: Surrogate) -> Interval:
    """On the test split after training."""
    return student(trained(rows, surrogate, "test_accuracy"))


def variance(rows: Sequence[Row], surrogate: Surrogate, place: str) -> Interval:
    """Of the per-example gradient, mean over parameters."""
    return student(trained(rows, surrogate, f"{place}_variance_over_examples"))


def signal_to_noise(rows: Sequence[Row], surrogate: Surrogate, place: str) -> Interval:
    """``‖G‖² ÷ tr Σ`` of one example, numerator and denominator averaged over the seeds before dividing."""
    signal = trained(rows, surrogate, f"{place}_squared_norm_unbiased")
    return ratio(signal, trained(rows, surrogate, f"{place}_covariance_trace"))


def cosine(rows: Sequence[Row], surrogate: Surrogate, noise: float, network: str) -> Interval:
    """With the gradient of the expected loss, over networks."""
    wanted = {"part": "bias", "noise": noise, "shape": surrogate[0], "width": surrogate[1], "network": network}
    (row,) = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
    return student(row["cosines"])


def noises(rows: Sequence[Row]) -> list[float]:
    """The noise levels of the references."""
    return sorted({row["noise"] for row in rows if row["part"] == "bias"})


def sentences(rows: Sequence[Row]) -> tuple[str, ...]:
    """On accuracy, noise and bias, composed from the numbers."""
    return _on_accuracy(rows), _on_noise(rows), _on_bias(rows)


def _on_accuracy(rows: Sequence[Row]) -> str:
    found = surrogates(rows)
    over_widths, over_shapes = (_span(found, axis, lambda one: accuracy(rows, one).mean) for axis in (1, 0))
    sentence = (
        f"Test accuracy after equal training spans {100 * over_widths:.1f} points over widths (mean of the shapes) and "
        f"{100 * over_shapes:.1f} over shapes (mean of the widths)"
    )
    reference = (REFERENCE_SHAPE, REFERENCE_WIDTH)
    others = [one for one in found if one != reference]
    if reference not in found or not others:
        return f"{sentence}."
    gains = {
        one: student(trained(rows, one, "test_accuracy") - trained(rows, reference, "test_accuracy"), len(others))
        for one in others
    }
    worse, better = [one for one in others if gains[one].high < 0], [one for one in others if gains[one].low > 0]
    return (
        f"{sentence}; beside {_name(reference)}, {len(worse)} of {len(others)} are worse beyond doubt"
        f"{_listed(worse)} and {len(better)} better{_listed(better)}."
    )


def _on_noise(rows: Sequence[Row]) -> str:
    found = surrogates(rows)
    widths = sorted({width for _, width in found})
    growth = [
        variance(rows, (shape, widths[-1]), "early").mean / variance(rows, (shape, widths[0]), "early").mean
        for shape in dict.fromkeys(shape for shape, _ in found)
    ]
    signals = {one: signal_to_noise(rows, one, "early") for one in found}
    best, worst = max(found, key=lambda one: signals[one].mean), min(found, key=lambda one: signals[one].mean)
    apart = "apart" if signals[worst].high < signals[best].low else "not apart"
    return (
        f"From width {widths[0]:g} to {widths[-1]:g} the variance of the gradient grows {min(growth):.3g} to "
        f"{max(growth):.3g} times, with its length: the signal-to-noise ratio of one example goes from "
        f"{_shown(signals[worst])} ({_name(worst)}) to {_shown(signals[best])} ({_name(best)}), intervals {apart}."
    )


def _on_bias(rows: Sequence[Row]) -> str:
    parts = []
    for noise in noises(rows):
        found = {one: cosine(rows, one, noise, "noisy") for one in surrogates(rows)}
        best = max(found, key=lambda one: found[one].mean)
        biased = sum(one.high < 1 for one in found.values())
        parts.append(
            f"at most {_shown(found[best])} for noise of {noise:g} thresholds ({_name(best)}; {biased} of {len(found)} "
            "intervals exclude 1)"
        )
    return f"The cosine with the gradient of the expected loss is {' and '.join(parts)}."


def _span(found: Sequence[Surrogate], axis: int, value: Callable[[Surrogate], float]) -> float:
    """Between the largest and the smallest mean of the surrogates that share a shape (axis 0) or width (axis 1)."""
    groups: dict[str | float, list[float]] = {}
    for one in found:
        groups.setdefault(one[axis], []).append(value(one))
    means = [float(np.mean(group)) for group in groups.values()]
    return max(means) - min(means)


def _name(surrogate: Surrogate) -> str:
    return f"{surrogate[0].replace('_', ' ')} of width {surrogate[1]:g}"


def _listed(found: Sequence[Surrogate]) -> str:
    return f" ({', '.join(map(_name, found))})" if found else ""


def _shown(interval: Interval) -> str:
    return f"{interval.mean:.2g} [{interval.low:.2g}, {interval.high:.2g}]"
