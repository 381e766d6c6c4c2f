"""What the table says, by name: laws of growth, values at a length, accuracies and their differences."""

from __future__ import annotations

from collections.abc import Sequence

from eval.claims import CLAIMS
from eval.recorder import Row
from eval.statistics.growth import Growth
from eval.statistics.growth import growth as fit
from eval.statistics.intervals import Interval, student
from eval.studies.unfolding_memory.measure import LEARNING, LENGTHS, SHAPES, TRACED


def growth(rows: Sequence[Row], model: str, rule: str, quantity: str) -> Growth | None:
    """Fit the law of growth of a quantity that was measured, or traced, at four lengths or more.

    Args:
        rows: A table, of which the measured rows are read.
        model: A key of ``RULES``.
        rule: One of the model's rules.
        quantity: A column of bytes or seconds.

    Returns:
        The law; ``None`` where there are fewer lengths, or a value that is not positive has no logarithm.
    """
    points = against_time(rows, model, rule, quantity)
    if len(points) < 4 or min(points.values()) <= 0:
        return None
    return fit(list(points), list(points.values()), least_growth=CLAIMS["C6"].thresholds["least_growth"])


def against_time(rows: Sequence[Row], model: str, rule: str, quantity: str) -> dict[int, float]:
    """Return the quantity at each length at which it was measured, by ascending length."""
    found = {
        row["time_steps"]: float(row[quantity])
        for row in rows
        if row["part"] in (LENGTHS, TRACED) and (row["model"], row["rule"]) == (model, rule)
        if row.get(quantity) is not None
    }
    return dict(sorted(found.items()))


def numbers_a_unit(rows: Sequence[Row], model: str, rule: str, batch: int) -> list[float]:
    """Return how many float32 numbers one more step keeps per unit and example, at each width and depth."""
    return [
        row["bytes_a_step"] / (4 * batch * row["width"] * row["depth"])
        for row in rows
        if row["part"] == SHAPES and (row["model"], row["rule"]) == (model, rule)
    ]


def tasks(rows: Sequence[Row]) -> list[str]:
    """Return the tasks that were trained on, in the order of their rows."""
    return list(dict.fromkeys(row["task"] for row in rows if row["part"] == LEARNING))


def trained_rules(rows: Sequence[Row], task: str) -> list[str]:
    """Return the rules that were trained on a task, in the order of their rows."""
    return list(dict.fromkeys(row["rule"] for row in rows if row["part"] == LEARNING and row["task"] == task))


def layers(rows: Sequence[Row]) -> list[str]:
    """Return the layers whose gradients were compared, in the order of their rows."""
    return list(dict.fromkeys(row["layer"] for row in rows if row.get("quantity") == "cosine"))


def compared(rows: Sequence[Row], quantity: str, task: str, rule: str, moment: str, layer: str) -> Interval:
    """Return the mean over runs of ``cosine`` or ``norm_ratio``, and its 95% interval."""
    wanted = (quantity, task, rule, moment, layer)
    columns = ("quantity", "task", "rule", "moment", "layer")
    return student([row["value"] for row in rows if tuple(row.get(column) for column in columns) == wanted])


def accuracies(rows: Sequence[Row], task: str, rule: str) -> dict[int, float]:
    """Return the accuracy of each run after its last update, by run; empty where none was trained."""
    found = [
        row
        for row in rows
        if row["part"] == LEARNING and (row["task"], row["rule"], row["quantity"]) == (task, rule, "accuracy")
    ]
    last = max((row["updates"] for row in found), default=0)
    return {row["run"]: row["value"] for row in sorted(found, key=lambda row: row["run"]) if row["updates"] == last}


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
