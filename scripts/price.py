"""``python -m scripts.price``: what a training's programs cost on a machine that need not be here."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.running.amounts import amount
from scripts.running.command import run
from training.machines.present import has_accelerator
from training.run.terminal import broken, say, shown
from training.tracking.durable import replace_durably

if TYPE_CHECKING:
    from rich.console import Console

    from eval.machine_prices.rows import ProgramPrice

TABLE, ENVIRONMENT = "table.json", "environment.json"
COMPILERS = ("libtpu", "jax-cuda12-plugin", "jax-cuda12-pjrt")
"""Packages that compile for other machines, whose versions belong to a table."""
LINES = (
    ("argument_bytes", "arguments"),
    ("temp_bytes", "temporaries"),
    ("output_bytes", "outputs"),
    ("code_bytes", "code"),
    ("peak_bytes", "peak"),
    ("memory_bytes", "memory of a device"),
    ("fits", "fits"),
    ("residual_bytes", "kept for the reverse pass"),
    ("circuit_executions", "circuits"),
    ("flops", "operations, ours"),
    ("integer_operations", "whole-number operations"),
    ("compiler_operations", "operations, compiler's"),
    ("compiler_accessed_bytes", "bytes accessed, compiler's"),
    ("roofline_seconds", "least time (roofline)"),
    ("roofline_bound", "  bound by"),
    ("compiler_seconds", "compiler's estimate"),
    ("measured_seconds", "measured here"),
    ("roofline_to_measured", "roofline ÷ measured"),
    ("compiler_to_measured", "estimate ÷ measured"),
    ("compile_seconds", "compiling took"),
)
"""The lines of the printed table: a field, and what it is called."""


def price(values: Mapping[str, Any]) -> Path:
    """Price a training's programs on a machine, print the table and keep it; returns the run directory.

    Args:
        values: ``target`` and the settings of ``scripts.train``.

    Raises:
        BadInput: An unknown target or setting, a machine whose compiler is missing or which has too few devices.
        Unsupported: What the paradigm refuses.
    """
    _leave_plugins_alone()
    from eval.machine_prices.measure import machine_prices
    from eval.rows import flat
    from scripts.configuration.run_config import read_config
    from scripts.running.run_names import new_directory
    from training.errors import BadInput
    from training.machines.targets import find_target
    from training.run.environment import environment
    from training.run.run_directory import open_run_directory
    from training.tasks import load_task

    given = dict(values)
    name = given.pop("target", None)
    if not isinstance(name, str):
        raise BadInput(f"target={'null' if name is None else name} must name a machine, as in target=v5e:2x2")
    config = read_config(given)
    run_dir = new_directory(config.run_dir, "price", config.paradigm.name, config.task.name)
    target = find_target(name)
    task = load_task(config.task, config.data_dir)
    rows = machine_prices(target, lambda: config.paradigm.build(task.spec), task, config.settings())
    with open_run_directory(run_dir, config.plain() | {"target": name}, False, (TABLE, ENVIRONMENT)) as opened:
        opened.begin()
        made_by = environment()
        made_by["packages"] |= {one: version for one in COMPILERS if (version := _version(one))}
        _write(opened.path / ENVIRONMENT, made_by)
        _write(opened.path / TABLE, [flat(row) for row in rows])
        print_prices(rows)
        say(f"table: {shown(opened.path / TABLE)}")
        return opened.path


def _leave_plugins_alone() -> None:
    """Keep JAX from trying to start the compilers of accelerators where there is no accelerator.

    They would complain at length, and libtpu would ask Google's network; described machines need none of that.
    """
    if not has_accelerator():
        os.environ.setdefault("JAX_PLATFORMS", "cpu")


def print_prices(rows: list[ProgramPrice], console: Console | None = None) -> None:
    """Print a column for each program, and below it why some of the numbers are missing."""
    from rich.console import Console
    from rich.table import Table

    console = Console() if console is None else console
    first = rows[0]
    where = "here" if first.here else "not here: compiled, and not run"
    width = console.width if console.is_terminal else None

    def told(sentence: str, style: str | None = None) -> None:
        lines = broken(sentence, width, others="  ")
        console.print(lines, style=style, highlight=False, markup=False, soft_wrap=True)

    told(f"{first.paradigm} on {first.task}, batches of {first.batch_size}, {first.parameters:,} parameters")
    told(f"target {first.target}: {first.devices} ({where})")
    told(f"rates: {first.rates}")
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(row.program, justify="right", no_wrap=True)
    for field, words in LINES:
        shown = [_shown(field, getattr(row, field)) for row in rows]
        if any(one != "–" for one in shown):
            table.add_row(words, *shown)
    console.print(table)
    told("Bytes are of one device. The compiler counts the body of a loop once, however often it runs.")
    for row in rows:
        exchanged = ", ".join(f"{count} {kind}" for kind, count in row.collectives.items())
        if exchanged:
            told(f"collectives of the {row.program}: {exchanged}")
        if row.refusal is not None:
            told(f"{row.program}: {row.refusal}")
    reasons = dict.fromkeys((field, why) for row in rows for field, why in row.unavailable.items())
    for why in dict.fromkeys(why for _, why in reasons):
        absent = dict.fromkeys(words for field, words in LINES if (field, why) in reasons)
        told(f"– {', '.join(absent)}: {why}", "dim")


def _shown(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)) and not field.endswith(("_bytes", "_seconds", "_measured")):
        return f"{value:.4g}" if value >= 1e4 else f"{value:g}"
    return amount(field, value)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _write(path: Path, content: Any) -> None:
    replace_durably(path, json.dumps(content, indent=2).encode() + b"\n")


def _job(values: dict[str, Any]) -> None:
    price(values)


def main() -> int:
    """Entry point; returns the exit code."""
    return run("price", _job)


if __name__ == "__main__":
    sys.exit(main())
