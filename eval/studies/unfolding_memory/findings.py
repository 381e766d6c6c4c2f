"""What the table says, by name: laws of growth, values at a length, accuracies and their differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from eval.claims import CLAIMS
from eval.rows import Row, of
from eval.statistics.growth import Growth
from eval.statistics.growth import growth as fit
from eval.statistics.intervals import Interval, student
from eval.studies.unfolding_memory.rows import Accuracy, Direction, Gradient, Law, Moment, Shape, Trace

Fitted = Literal["residual_bytes", "temp_bytes", "argument_bytes", "gradient_seconds"]
Quantity = Literal[Fitted, "device_peak_bytes", "seconds_to_plain"]
FITTED: tuple[Fitted, ...] = get_args(Fitted)
"""What has a law of growth: bytes and seconds, by the names of their fields."""


def growth(rows: Sequence[Row], model: str, rule: str, quantity: Quantity) -> Growth | None:
    """Fit the law of growth of a quantity that was measured, or traced, at four lengths or more.

    Args:
        rows: A table, of which the measured rows are read.
        model: A key of ``RULES``.
        rule: One of the model's rules.
        quantity: Bytes or seconds.

    Returns:
        The law; ``None`` where there are fewer lengths, or a value that is not positive has no logarithm.
    """
    points = against_time(rows, model, rule, quantity)
    if len(points) < 4 or min(points.values()) <= 0:
        return None
    return fit(list(points), list(points.values()), least_growth=CLAIMS["C6"].thresholds["least_growth"])


def laws(rows: Sequence[Row], pairs: Sequence[tuple[str, str]]) -> list[Law]:
    """Fit the law of growth of every model, rule and quantity that has one."""
    found = []
    for model, rule in pairs:
        for quantity in FITTED:
            law = growth(rows, model, rule, quantity)
            if law is not None:
                found.append(Law(model=model, differentiation=rule, quantity=quantity, **law._asdict()))
    return found


def against_time(rows: Sequence[Row], model: str, rule: str, quantity: Quantity) -> dict[int, float]:
    """Return the quantity at each length at which it was measured, by ascending length."""
    gradients: list[Gradient | Trace] = [*of(rows, Gradient)]
    if quantity == "residual_bytes":
        gradients += of(rows, Trace)
    found = {
        row.time_steps: float(value)
        for row in gradients
        if (row.model, row.differentiation) == (model, rule) and (value := getattr(row, quantity)) is not None
    }
    return dict(sorted(found.items()))


def numbers_a_unit(rows: Sequence[Row], model: str, rule: str, batch: int) -> list[float]:
    """Return how many float32 numbers one more step keeps per unit and example, at each width and depth."""
    return [
        row.bytes_per_step / (4 * batch * row.width * row.depth)
        for row in of(rows, Shape)
        if (row.model, row.differentiation) == (model, rule)
    ]


def tasks(rows: Sequence[Row]) -> list[str]:
    """Return the tasks that were trained on, in the order of their rows."""
    return list(dict.fromkeys(row.task for row in of(rows, Accuracy)))


def trained_rules(rows: Sequence[Row], task: str) -> list[str]:
    """Return the rules that were trained on a task, in the order of their rows."""
    return list(dict.fromkeys(row.differentiation for row in of(rows, Accuracy) if row.task == task))


def layers(rows: Sequence[Row]) -> list[str]:
    """Return the layers whose gradients were compared, in the order of their rows."""
    return list(dict.fromkeys(row.layer for row in of(rows, Direction)))


def directions(rows: Sequence[Row], task: str, rule: str, moment: Moment, layer: str) -> list[Direction]:
    """Return what a rule's gradients of a layer were beside the exact ones, of every run."""
    wanted = (task, rule, moment, layer)
    return [row for row in of(rows, Direction) if (row.task, row.differentiation, row.moment, row.layer) == wanted]


def cosine(rows: Sequence[Row], task: str, rule: str, moment: Moment, layer: str) -> Interval | None:
    """Return the mean over runs of the cosine to the exact gradient, and its 95% interval; ``None`` without two."""
    return _mean([row.cosine for row in directions(rows, task, rule, moment, layer)])


def norm_ratio(rows: Sequence[Row], task: str, rule: str, moment: Moment, layer: str) -> Interval | None:
    """Return the mean over runs of the norm in units of the exact one's, and its 95% interval; ``None`` without two."""
    return _mean([row.norm_ratio for row in directions(rows, task, rule, moment, layer)])


def _mean(values: Sequence[float]) -> Interval | None:
    return student(values) if len(values) >= 2 else None


def accuracies(rows: Sequence[Row], task: str, rule: str) -> dict[int, float]:
    """Return the accuracy of each run after its last update, by seed; empty where none was trained."""
    found = [row for row in of(rows, Accuracy) if (row.task, row.differentiation) == (task, rule)]
    last = max((row.updates for row in found), default=0)
    ends = [row for row in found if row.updates == last]
    return {row.training_seed: row.test_accuracy for row in sorted(ends, key=lambda row: row.training_seed)}


def accuracy_difference(rows: Sequence[Row], task: str, rule: str, comparisons: int = 1) -> Interval | None:
    """Compare the accuracy of a rule with that of ``bptt`` from the same start.

    Args:
        rows: A table.
        task: A task.
        rule: A rule of the spiking network.
        comparisons: How many such differences are to lie in their intervals together (Bonferroni).

    Returns:
        The mean over runs of the difference, and its 95% interval; ``None`` for fewer than two runs of both.
    """
    own, plain = accuracies(rows, task, rule), accuracies(rows, task, "bptt")
    shared = [run for run in own if run in plain]
    return student([own[run] - plain[run] for run in shared], comparisons) if len(shared) >= 2 else None
