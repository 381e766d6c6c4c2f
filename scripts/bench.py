"""``python -m scripts.bench``: implementations side by side, in one run, with ratios."""

from __future__ import annotations

import importlib
import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.running.amounts import amount
from scripts.running.command import run
from training.run.terminal import say, shown
from training.tracking.durable import replace_durably

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from eval.rows import Row

SUITES = ("trainer_overhead", "vqc", "snn", "int8", "transformer")
"""Modules of ``eval.bench``, each with settings of the same name under ``scripts/conf/suite``."""
TABLE, ENVIRONMENT = "table.json", "environment.json"
MEASURED = "measured"
FILE_ONLY = (
    "core_share",
    "difference",
    "loss",
    "outcome",
    "cpu_ratio_high",
    "cpu_ratio_low",
    "grown_bytes",
    "semantics",
    "tera_operations_per_second",
    "versions",
)
"""Fields that ``table.json`` has beyond the printed tables."""
HEADINGS = {"differentiation": "gradient by"}
"""Of fields whose names are longer than what is in them."""
HEADING_WIDTHS = (13, 9)
"""Characters at which headings wrap: the first with which the table fits."""


def bench(values: Mapping[str, Any]) -> Path:
    """Run a suite, print its tables as they are measured and keep them in ``table.json``; returns the run directory.

    Args:
        values: ``suite``, ``run_dir`` and the settings of the suite. One whose settings hold a ``paradigm`` and a
            ``task`` measures that training.

    Raises:
        BadInput: An unknown suite or setting.
    """
    from eval.rows import flat
    from scripts.configuration.conversion import convert
    from scripts.running.run_names import new_directory
    from training.errors import BadInput
    from training.run.environment import environment
    from training.run.run_directory import open_run_directory

    given = dict(values)
    name = given.pop("suite", None)
    if name not in SUITES:
        raise BadInput(f"suite={name} is not one of {', '.join(SUITES)}")
    run_dir = new_directory(given.pop("run_dir"), "bench", name)
    suite = importlib.import_module(f"eval.bench.{name}")
    training = {key: given.pop(key) for key in ("paradigm", "task", "data_dir") if key in given}
    config = convert(given, suite.Config)
    subject = _subject(**training) if training else ()
    recorded = {**values, "run_dir": str(run_dir)}
    with open_run_directory(run_dir, recorded, False, (TABLE, ENVIRONMENT)) as opened:
        opened.begin()
        directory = opened.path
        _write_json(directory / ENVIRONMENT, environment())
        rows: list[Row] = []
        for table in suite.run(*subject, config):
            rows += table
            _write_json(directory / TABLE, [flat(row) for row in rows])
            print_rows(table)
    say(f"table: {shown(directory / TABLE)}")
    if environments := getattr(suite, "ENVIRONMENTS", ()):
        from eval.peers.newest import known_peers

        for sentence in known_peers(environments):
            say(sentence)
    return directory


def _write_json(path: Path, content: Any) -> None:
    replace_durably(path, json.dumps(content, indent=2).encode() + b"\n")


def _subject(paradigm: Mapping[str, Any], task: Mapping[str, Any], data_dir: str | None) -> tuple[Any, Any]:
    """What a suite trains: the paradigm and the task that these settings stand for."""
    from scripts.configuration.conversion import convert
    from scripts.configuration.run_config import read_paradigm
    from training.tasks import TaskConfig, load_task

    choice = read_paradigm(paradigm)
    loaded = load_task(convert(task, TaskConfig, "task"), data_dir)
    return choice.build(loaded.spec), loaded


def print_rows(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print rows of one kind as a table; what is the same in all of them stands once, above it.

    A row with an ``outcome`` other than ``measured`` is no line of the table: its outcome stands below.
    """
    from rich.console import Console

    console = Console() if console is None else console
    # A kind of row without an outcome is always measured.
    outcomes = [getattr(row, "outcome", MEASURED) for row in rows]
    measured = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome == MEASURED]
    printed = [one.name for one in fields(rows[0]) if one.name not in FILE_ONLY]
    values = {name: [getattr(row, name) for row in rows] for name in printed}
    # What nobody has a value of is no column.
    names = [name for name in printed if any(value is not None for value in values[name])]
    same = [name for name in names if all(value == values[name][0] for value in values[name]) and len(rows) > 1]
    above = ", ".join(f"{name} {amount(name, values[name][0])}" for name in same)
    console.print(above, style="dim", highlight=False)
    columns = [name for name in names if name not in same]
    if measured:
        tables = [_table(measured, columns, width) for width in HEADING_WIDTHS]
        unlimited = console.options.update(width=1000)
        console.print(
            next(
                (table for table in tables if console.measure(table, options=unlimited).maximum <= console.width),
                tables[-1],
            )
        )
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome != MEASURED:
            whose = takewhile(lambda value: isinstance(value, str), [getattr(row, name) for name in columns])
            console.print(f"{', '.join(whose)}: {outcome}", highlight=False, markup=False)


def _table(rows: Sequence[Row], columns: Sequence[str], heading_width: int) -> Table:
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
    for name in columns:
        # The unit stands beside the number. Words may wrap; numbers are never cut.
        words = HEADINGS.get(name, name).removesuffix("_seconds").removesuffix("_bytes").replace("_", " ")
        heading = textwrap.fill(words, heading_width, break_long_words=False)
        is_number = any(isinstance(getattr(row, name), (int, float)) for row in rows)
        table.add_column(heading, no_wrap=is_number, justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(amount(name, getattr(row, name)) for name in columns))
    return table


def _job(values: dict[str, Any]) -> None:
    values.pop("optimizer", None)  # null where a paradigm's settings brought one: the benchmark's is the default
    bench(values)


def main() -> int:
    """Entry point; returns the exit code."""
    return run("bench", _job)


if __name__ == "__main__":
    sys.exit(main())
