"""The table: one flat row a run, for machines in ``table.json`` and for people on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

import jax

from eval.compare.config import build
from eval.compare.entries import Entry
from paradigms.interface import Paradigm
from training.data.pipeline import eval_batches
from training.objective import training_objective
from training.pricing import METRICS, Price, Program, price
from training.tasks import Task
from training.tracking.durable import replace_durably

if TYPE_CHECKING:
    from rich.console import Console

TABLE = "table.json"
Row: TypeAlias = dict[str, Any]

PRICED = (
    "residual_bytes", "temp_bytes", "compile_seconds", "forward_seconds", "gradient_seconds", "gradient_to_forward",
    "flops", "circuit_executions",
)  # fmt: skip
"""Columns of what a gradient costs, under the names of a ``Price``."""
FROM_SUMMARY = {
    "test_accuracy": "test/accuracy",
    "test_loss": "test/loss",
    "eval_accuracy": "eval/accuracy",
    "eval_loss": "eval/loss",
    "gradient_variance_over_examples": "gradient/variance_over_examples",
    "gradient_variance_over_estimates": "gradient/variance_over_estimates",
    "gradient_signal_to_noise": "gradient/signal_to_noise",
    **{column: METRICS[column] for column in PRICED},
}
"""Column to the metric of ``summary.json`` it holds, the last value; costs are of one update."""

LEARNED = ("test_accuracy", "test_loss", "eval_accuracy", "eval_loss")


def make_row(entry: Entry, summary: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], task: Task) -> Row:
    """One row of the table. A value that cannot be had is ``None``, with its reason in ``unavailable``.

    Beside the columns of ``FROM_SUMMARY``: what was run (``paradigm``, ``differentiation``, ``group``, ``run`` (its
    directory), ``settings`` (what departs from the paradigm's defaults), ``task``, ``parameters``, ``learning_rate``,
    ``learning_rates_tried``, ``steps``, ``batch_size``, ``seed``, ``dtype`` (of the parameters), ``versions``);
    ``test_examples``; ``step_seconds``, the median over the windows of the log; ``forward_flops``, and
    ``gradient_to_forward_flops``, the ratio of ``flops`` (value and gradient) to it.

    Args:
        entry: The run.
        summary: The content of its ``summary.json``.
        metrics: The rows of its ``metrics.jsonl``.
        task: Its data.
    """
    paradigm = build(entry.contender.name, entry.contender.config, task.spec)
    leaves = jax.tree.leaves(jax.eval_shape(paradigm.init, jax.random.key(0)).params)
    unavailable: dict[str, str] = {}
    measured: Row = {}
    for column, name in FROM_SUMMARY.items():
        measured[column] = summary["metrics"].get(name)
        if measured[column] is None:
            unavailable[column] = summary["unavailable"].get(name, "not measured in this run")
    steps, batch_size = entry.settings.trainer.steps, entry.settings.trainer.batch_size
    if entry.group == "hardware":
        for column in LEARNED:
            measured[column] = None
            unavailable[column] = f"run for its cost alone, {steps} updates: the gradient is that of backprop"

    seconds = [row["time/step_seconds"] for row in metrics if "time/step_seconds" in row]
    measured["step_seconds"] = median(seconds)
    forward = _forward(paradigm, task, batch_size)
    measured["forward_flops"] = forward.flops
    if forward.flops is None:
        unavailable["forward_flops"] = forward.unavailable[METRICS["flops"]]
    if measured["flops"] is not None and measured["forward_flops"]:
        measured["gradient_to_forward_flops"] = measured["flops"] / measured["forward_flops"]
    else:
        measured["gradient_to_forward_flops"] = None
        unavailable["gradient_to_forward_flops"] = "needs both counts of operations"

    return {
        "paradigm": entry.contender.name,
        "differentiation": entry.contender.config.differentiation,
        "group": entry.group,
        "run": entry.run,
        "settings": _departures(entry.contender.config),
        "task": task.name,
        "parameters": sum(leaf.size for leaf in leaves),
        "learning_rate": entry.contender.learning_rate,
        "learning_rates_tried": list(entry.learning_rates),
        "steps": steps,
        "batch_size": batch_size,
        "seed": entry.settings.seed,
        "test_examples": len(task.test),
        **measured,
        "dtype": ", ".join(sorted({str(leaf.dtype) for leaf in leaves})),
        "versions": summary["environment"]["packages"],
        "unavailable": unavailable,
    }


def _forward(paradigm: Paradigm, task: Task, batch_size: int) -> Price:
    objective = training_objective(paradigm, task)
    variables = jax.eval_shape(paradigm.init, jax.random.key(0))
    batch = next(iter(eval_batches(task.train, batch_size)))
    program = Program(objective, variables.params, variables.state, batch, jax.random.key(0))
    return price(program, compiled=False)


def _departures(config: Any) -> str:
    default = type(config)()
    changed = {field.name: getattr(config, field.name) for field in fields(config)}
    shown = {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}
    return " ".join(f"{name}={shown[name]}" for name in shown if changed[name] != getattr(default, name))


def write_table(directory: Path, rows: Sequence[Row]) -> Path:
    """Write ``table.json``, atomically and durably; returns where it is."""
    path = directory / TABLE
    replace_durably(path, json.dumps(list(rows), indent=2, allow_nan=False).encode() + b"\n")
    return path


def heading(row: Row) -> str:
    """What a row is about, in a few short lines."""
    rule = f"\n{row['differentiation'].replace('_', ' ')}" if row["paradigm"] == "vqc" else ""
    return f"{row['paradigm']}{rule}"


def binary_bytes(count: float | int) -> str:
    """``1.5 MiB``: binary multiples (IEC 80000-13), three digits."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} GiB"


def duration(seconds: float | int) -> str:
    """``1.5 ms``: three digits."""
    return f"{seconds:.3g} s" if seconds >= 1 else f"{1e3 * seconds:.3g} ms"


def _number(value: float | int) -> str:
    return f"{value:.3g}"


def _whole(value: float | int) -> str:
    return f"{value:,.0f}"


LINES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("parameters", "parameters", _whole),
    ("learning rate", "learning_rate", "{:g}".format),
    ("test accuracy", "test_accuracy", "{:.1%}".format),
    ("validation accuracy", "eval_accuracy", "{:.1%}".format),
    ("gradient variance", "gradient_variance_over_examples", _number),
    ("gradient signal-to-noise", "gradient_signal_to_noise", _number),
    ("gradient ÷ forward, FLOPs", "gradient_to_forward_flops", _number),
    ("gradient ÷ forward, time", "gradient_to_forward", _number),
    ("kept for the reverse pass", "residual_bytes", binary_bytes),
    ("temporary memory", "temp_bytes", binary_bytes),
    ("one update", "step_seconds", duration),
    ("compilation", "compile_seconds", duration),
    ("circuits an update", "circuit_executions", _whole),
)
"""Lines of the printed table: label, column, and its value in words."""


def print_comparison(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the table, a contender a column: first those of the common size, then those of their default size.

    Args:
        rows: As :func:`make_row` makes them, at least one.
        console: Where to print; standard output by default.
    """
    from rich.console import Console
    from rich.table import Table

    console = console or Console()
    target = next(row for row in rows if row["group"] == "matched")
    first = f"matched to {target['parameters']:,} parameters"
    for title, groups in ((first, ("matched", "hardware")), ("as they come", ("default",))):
        chosen = [row for row in rows if row["group"] in groups]
        if not chosen:
            continue
        table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
        table.add_column("", no_wrap=True)
        for row in chosen:
            table.add_column(heading(row), justify="right")
        for label, column, wording in LINES:
            table.add_row(label, *("—" if row[column] is None else wording(row[column]) for row in chosen))
        console.print()
        console.print(table)
    console.print()
    for note in notes(rows):
        console.print(note, style="dim", markup=False, highlight=False)


def notes(rows: Sequence[Row]) -> list[str]:
    """What must be known to read the table rightly, one sentence each."""
    first = next(row for row in rows if row["group"] == "matched")
    said = [
        f"{first['task']}, {first['steps']:,} updates of {first['batch_size']}, seed {first['seed']}: one run each, "
        f"{first['test_examples']:,} test examples. Settings of each are in {TABLE}."
    ]
    rates = first["learning_rates_tried"]
    if len(rates) == 1:
        said.append(f"At the matched size every paradigm has the learning rate {rates[0]:g}.")
    elif rates:
        tried = ", ".join(f"{rate:g}" for rate in rates)
        said.append(
            f"At the matched size each paradigm tried the learning rates {tried} and kept the best by validation "
            "accuracy; at its default size it keeps its own."
        )
        kept = {row["paradigm"]: row["learning_rate"] for row in rows if row["group"] == "matched"}
        edge = [name for name, rate in kept.items() if rate in (min(rates), max(rates))]
        if edge:
            said.append(f"At the edge of these rates, so that one beyond may do better: {', '.join(edge)}.")
    else:
        said.append("Each paradigm keeps its own learning rate, which was found at its default size.")
    if any(row["group"] == "default" for row in rows):
        said.append(f"The default size of {first['paradigm']} is the one that the others are matched to.")
    for row in rows:
        if row["group"] == "hardware":
            said.append(
                f"Parameter shift: {row['steps']} updates for their cost alone. The gradient is backprop's; on quantum "
                f"hardware, which has no backprop, every update would run {row['circuit_executions']:,.0f} circuits."
            )
    return said
