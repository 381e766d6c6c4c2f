"""Make the table: one flat row per run, for machines in ``table.json`` and for people on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeAlias

import jax

from eval.compare.config import build
from eval.compare.contender_runs import ContenderRun
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
REVERSE = "reverse"
"""The differentiation of a paradigm that leaves no choice: JAX's own reverse mode."""

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
"""Each column with the metric of ``summary.json`` whose last value it holds; costs are those of one update."""

LEARNED = ("test_accuracy", "test_loss", "eval_accuracy", "eval_loss")


def make_row(run: ContenderRun, summary: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], task: Task) -> Row:
    """Make a row of the table, in which a value that cannot be had is ``None``, with its reason in ``unavailable``.

    Beside the columns of ``FROM_SUMMARY`` it has these:

    - ``paradigm``, ``differentiation`` (``REVERSE`` where the paradigm leaves no choice), ``group``, ``run`` (the name
      of its directory), ``settings`` (what departs from the paradigm's defaults), ``task``, ``parameters``,
      ``learning_rate``, ``learning_rates_tried``, ``steps``, ``batch_size``, ``seed``, ``dtype`` (of the parameters)
      and ``versions`` (of the packages) say what was run;
    - ``test_examples`` is the number of examples behind ``test_accuracy`` and ``test_loss``;
    - ``step_seconds`` is the median over the windows of the log;
    - ``forward_flops`` is the count of the value alone, and ``gradient_to_forward_flops`` the ratio of ``flops``, of
      value and gradient, to it.

    Args:
        run: The run.
        summary: The content of its ``summary.json``.
        metrics: The rows of its ``metrics.jsonl``.
        task: The data that it learned from.

    Returns:
        The row.
    """
    paradigm = build(run.contender.name, run.contender.config, task.spec)
    leaves = jax.tree.leaves(jax.eval_shape(paradigm.init, jax.random.key(0)).params)
    unavailable: dict[str, str] = {}
    measured: Row = {}
    for column, name in FROM_SUMMARY.items():
        measured[column] = summary["metrics"].get(name)
        if measured[column] is None:
            unavailable[column] = summary["unavailable"].get(name, "not measured in this run")
    steps, batch_size = run.settings.trainer.steps, run.settings.trainer.batch_size
    if run.group == "hardware":
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
        "paradigm": run.contender.name,
        "differentiation": getattr(run.contender.config, "differentiation", REVERSE),
        "group": run.group,
        "run": run.run,
        "settings": _departures(run.contender.config),
        "task": task.name,
        "parameters": sum(leaf.size for leaf in leaves),
        "learning_rate": run.contender.learning_rate,
        "learning_rates_tried": list(run.learning_rates),
        "steps": steps,
        "batch_size": batch_size,
        "seed": run.settings.seed,
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
    """Write ``table.json`` atomically and durably into a directory, and return its path."""
    path = directory / TABLE
    replace_durably(path, json.dumps(list(rows), indent=2, allow_nan=False).encode() + b"\n")
    return path


def heading(row: Row) -> str:
    """Say what a row is about, in a few short lines."""
    rule = f"\n{row['differentiation'].replace('_', ' ')}" if row["paradigm"] == "vqc" else ""
    return f"{row['paradigm']}{rule}"


def binary_bytes(count: float | int) -> str:
    """Write bytes in binary multiples (IEC 80000-13) with three digits, as ``1.5 MiB``."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} GiB"


def duration(seconds: float | int) -> str:
    """Write a duration in seconds or milliseconds with three digits, as ``1.5 ms``."""
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
    ("circuits per update", "circuit_executions", _whole),
)
"""The lines of the printed table: a label, a column, and a function that puts its value into words."""


def print_comparison(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the table, a column per run: first those of the common size, then those of their default size.

    Args:
        rows: The rows that :func:`make_row` makes, at least one of them ``matched``.
        console: The console to print on; standard output by default.
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
    """Say what must be known to read the table rightly.

    Args:
        rows: The rows that :func:`make_row` makes, at least one of them ``matched``.

    Returns:
        One note each on what was run, on the learning rates, and on runs that differ from the others.
    """
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
