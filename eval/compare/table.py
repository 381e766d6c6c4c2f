"""Make the table: one flat row per run, for machines in ``table.json`` and for people on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import jax

from eval.compare.config import build
from eval.compare.contender_runs import ContenderRun
from eval.compare.rows import ComparedRun
from eval.rows import column, flat
from paradigms.interface import Paradigm
from training.data.pipeline import eval_batches
from training.objective import training_objective
from training.pricing import Price, Program, price
from training.run.terminal import side_by_side
from training.tasks import Task
from training.tracking.durable import replace_durably

if TYPE_CHECKING:
    from rich.console import Console

TABLE = "table.json"
REVERSE = "reverse"
"""The differentiation of a paradigm that leaves no choice: JAX's own reverse mode."""

LEARNED = ("test_accuracy", "test_loss", "eval_accuracy", "eval_loss")
PROBED = ("variance_over_examples", "variance_over_estimates", "signal_to_noise")
PRICED = (
    "residual_bytes", "temp_bytes", "compile_seconds", "forward_seconds", "gradient_seconds", "gradient_to_forward",
    "flops", "circuit_executions",
)  # fmt: skip
FROM_SUMMARY = (*LEARNED, *PROBED, *PRICED)
"""Fields that hold the last value of the metric of ``summary.json`` that is their column."""


def make_row(
    run: ContenderRun, summary: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], task: Task
) -> ComparedRun:
    """Make a row of the table.

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
    measured: dict[str, Any] = {}
    for field in FROM_SUMMARY:
        measured[field] = summary["metrics"].get(column(field))
        if measured[field] is None:
            unavailable[column(field)] = summary["unavailable"].get(column(field), "not measured in this run")
    steps, batch_size = run.settings.trainer.steps, run.settings.trainer.batch_size
    if run.group == "hardware":
        for field in LEARNED:
            measured[field] = None
            unavailable[column(field)] = f"run for its cost alone, {steps} updates: the gradient is that of backprop"

    forward = _forward(paradigm, task, batch_size)
    if forward.flops is None:
        unavailable[column("forward_flops")] = forward.unavailable[column("flops")]
    ratio = measured["flops"] / forward.flops if measured["flops"] is not None and forward.flops else None
    if ratio is None:
        unavailable[column("gradient_to_forward_flops")] = "needs both counts of operations"

    return ComparedRun(
        paradigm=run.contender.name,
        differentiation=getattr(run.contender.config, "differentiation", REVERSE),
        group=run.group,
        run=run.run,
        settings=_departures(run.contender.config),
        task=task.name,
        parameters=sum(leaf.size for leaf in leaves),
        learning_rate=run.contender.learning_rate,
        learning_rates_tried=run.learning_rates,
        steps=steps,
        batch_size=batch_size,
        seed=run.settings.seed,
        test_examples=len(task.test),
        **measured,
        step_seconds=median(row["time/step_seconds"] for row in metrics if "time/step_seconds" in row),
        forward_flops=forward.flops,
        gradient_to_forward_flops=ratio,
        dtype=", ".join(sorted({str(leaf.dtype) for leaf in leaves})),
        versions=summary["environment"]["packages"],
        unavailable=unavailable,
    )


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


def write_table(directory: Path, rows: Sequence[ComparedRun]) -> Path:
    """Write ``table.json`` atomically and durably into a directory, and return its path."""
    path = directory / TABLE
    replace_durably(path, json.dumps([flat(row) for row in rows], indent=2, allow_nan=False).encode() + b"\n")
    return path


def heading(row: ComparedRun) -> str:
    """Say what a row is about, in a few short lines."""
    rule = f"\n{row.differentiation.replace('_', ' ')}" if row.paradigm == "vqc" else ""
    return f"{row.paradigm}{rule}"


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


GAP = 2
"""Spaces behind a column."""
LINES: tuple[tuple[str, Callable[[ComparedRun], float | None], Callable[[Any], str]], ...] = (
    ("parameters", lambda row: row.parameters, _whole),
    ("learning rate", lambda row: row.learning_rate, "{:g}".format),
    ("test accuracy", lambda row: row.test_accuracy, "{:.1%}".format),
    ("test loss", lambda row: row.test_loss, "{:.3g}".format),
    ("validation accuracy", lambda row: row.eval_accuracy, "{:.1%}".format),
    ("gradient variance", lambda row: row.variance_over_examples, _number),
    ("gradient signal-to-noise", lambda row: row.signal_to_noise, _number),
    ("gradient ÷ forward, FLOPs", lambda row: row.gradient_to_forward_flops, _number),
    ("gradient ÷ forward, time", lambda row: row.gradient_to_forward, _number),
    ("kept for the reverse pass", lambda row: row.residual_bytes, binary_bytes),
    ("temporary memory", lambda row: row.temp_bytes, binary_bytes),
    ("one update", lambda row: row.step_seconds, duration),
    ("compilation", lambda row: row.compile_seconds, duration),
    ("circuits per update", lambda row: row.circuit_executions, _whole),
)
"""The lines of the printed table: a label, a value of a row, and a function that puts it into words."""


def print_comparison(rows: Sequence[ComparedRun], console: Console | None = None) -> None:
    """Print the table, a column per run: first those of the common size, then those of their default size.

    Args:
        rows: The rows that :func:`make_row` makes, at least one of them ``matched``.
        console: The console to print on; standard output by default.
    """
    from rich.console import Console
    from rich.table import Table

    console = console or Console()
    target = next(row for row in rows if row.group == "matched")
    first = f"matched to {target.parameters:,} parameters"
    for title, groups in ((first, ("matched", "hardware")), ("as they come", ("default",))):
        chosen = [row for row in rows if row.group in groups]
        if not chosen:
            continue
        cells = [[_cell(value(row), wording) for _, value, wording in LINES] for row in chosen]
        widths = [
            max(map(len, (*heading(row).split("\n"), *own))) + GAP for row, own in zip(chosen, cells, strict=True)
        ]
        labels = [_label(label, rows) for label, _, _ in LINES]
        first = max(map(len, labels)) + GAP
        for part in side_by_side(widths, first, console.width):
            table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, GAP, 0, 0))
            table.add_column("", no_wrap=True)
            for place in part:
                table.add_column(heading(chosen[place]), justify="right", no_wrap=True)
            for number, label in enumerate(labels):
                table.add_row(label, *(cells[place][number] for place in part))
            console.print()
            console.print(table)
    console.print()
    for note in notes(rows):
        console.print(note, style="dim", markup=False, highlight=False)


def _label(label: str, rows: Sequence[ComparedRun]) -> str:
    """What a line is, with the unit of a loss, which depends on what is predicted."""
    if not label.endswith("loss"):
        return label
    return f"{label}, {'squared error' if all(row.eval_accuracy is None for row in rows) else 'nats'}"


def _cell(value: float | int | None, wording: Callable[[Any], str]) -> str:
    return "—" if value is None else wording(value)


def notes(rows: Sequence[ComparedRun]) -> list[str]:
    """Say what must be known to read the table rightly.

    Args:
        rows: The rows that :func:`make_row` makes, at least one of them ``matched``.

    Returns:
        One note each on what was run, on the learning rates, and on runs that differ from the others.
    """
    first = next(row for row in rows if row.group == "matched")
    said = [
        f"{first.task}, {first.steps:,} updates of {first.batch_size}, seed {first.seed}: one run each, "
        f"{first.test_examples:,} test examples. Settings of each are in {TABLE}."
    ]
    rates = first.learning_rates_tried
    if len(rates) == 1:
        said.append(f"At the matched size every paradigm has the learning rate {rates[0]:g}.")
    elif rates:
        tried = ", ".join(f"{rate:g}" for rate in rates)
        merit = "loss" if first.eval_accuracy is None else "accuracy"
        said.append(
            f"At the matched size each paradigm tried the learning rates {tried} and kept the best by validation "
            f"{merit}; at its default size it keeps its own."
        )
        kept = {row.paradigm: row.learning_rate for row in rows if row.group == "matched"}
        edge = [name for name, rate in kept.items() if rate in (min(rates), max(rates))]
        if edge:
            said.append(f"At the edge of these rates, so that one beyond may do better: {', '.join(edge)}.")
    else:
        said.append("Each paradigm keeps its own learning rate, which was found at its default size.")
    if any(row.group == "default" for row in rows):
        said.append(f"The default size of {first.paradigm} is the one that the others are matched to.")
    for row in rows:
        if row.group == "hardware":
            said.append(
                f"Parameter shift: {row.steps} updates for their cost alone. The gradient is backprop's; on quantum "
                f"hardware, which has no backprop, every update would run {row.circuit_executions:,.0f} circuits."
            )
    return said
