"""What the table says, by name: laws of growth, values at a length, accuracies and their differences."""

from __future__ import annotations

from collections.abc import Sequence

from eval.statistics.growth import Growth
from eval.statistics.intervals import student
from eval.studies.unfolding_memory.measure import FIT, LEARNING, LENGTHS, SHAPES, TRACED
from eval.study import Row


def growth(rows: Sequence[Row], model: str, rule: str, quantity: str) -> Growth | None:
    """The fitted law; ``None`` where the quantity was not measured."""
    for row in rows:
        if row["part"] == FIT and (row["model"], row["rule"], row["quantity"]) == (model, rule, quantity):
            return Growth(**{name: row[name] for name in Growth._fields})
    return None


def against_time(rows: Sequence[Row], model: str, rule: str, quantity: str) -> dict[int, float]:
    """The quantity at each length at which it was measured, by ascending length."""
    found = {
        row["time_steps"]: float(row[quantity])
        for row in rows
        if row["part"] in (LENGTHS, TRACED) and (row["model"], row["rule"]) == (model, rule)
        if row.get(quantity) is not None
    }
    return dict(sorted(found.items()))


def numbers_a_unit(rows: Sequence[Row], model: str, rule: str, batch: int) -> list[float]:
    """float32 numbers that one more step keeps for a unit and an example, at each width and depth."""
    return [
        row["bytes_a_step"] / (4 * batch * row["width"] * row["depth"])
        for row in rows
        if row["part"] == SHAPES and (row["model"], row["rule"]) == (model, rule)
    ]


def tasks(rows: Sequence[Row]) -> list[str]:
    """Tasks that were trained, in the order of their rows."""
    return list(dict.fromkeys(row["task"] for row in rows if row["part"] == LEARNING))


def trained_rules(rows: Sequence[Row], task: str) -> list[str]:
    """Rules that were trained on a task, in the order of their rows."""
    return list(dict.fromkeys(row["rule"] for row in rows if row["part"] == LEARNING and row["task"] == task))


def layers(rows: Sequence[Row]) -> list[str]:
    """Layers whose gradients were compared, in the order of their rows."""
    return list(dict.fromkeys(row["layer"] for row in rows if row.get("quantity") == "cosine"))


def compared(
    rows: Sequence[Row], quantity: str, task: str, rule: str, moment: str, layer: str
) -> tuple[float, float, float]:
    """Mean over runs of ``cosine`` or ``norm_ratio``, and its 95% interval."""
    wanted = (quantity, task, rule, moment, layer)
    columns = ("quantity", "task", "rule", "moment", "layer")
    return student([row["value"] for row in rows if tuple(row.get(column) for column in columns) == wanted])


def accuracies(rows: Sequence[Row], task: str, rule: str) -> list[float]:
    """Of each run, after its last update."""
    found = [
        row
        for row in rows
        if row["part"] == LEARNING and (row["task"], row["rule"], row["quantity"]) == (task, rule, "accuracy")
    ]
    last = max(row["updates"] for row in found)
    return [row["value"] for row in sorted(found, key=lambda row: row["run"]) if row["updates"] == last]


def accuracy_difference(rows: Sequence[Row], task: str, rule: str) -> tuple[float, float, float]:
    """Mean over runs of the accuracy less that of ``bptt`` from the same start, and its 95% interval."""
    pairs = zip(accuracies(rows, task, rule), accuracies(rows, task, "bptt"), strict=True)
    return student([own - plain for own, plain in pairs])
