"""The table of a sweep: a row per run, in CSV for people and spreadsheets and in JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.gathering.run import SweptRun, Value
from training.run.summary import BEST
from training.tracking.durable import replace_durably

CSV, JSON = "runs.csv", "runs.json"
RUN, STATUS = "run", "status"


@dataclass(frozen=True)
class SweepTable:
    """The runs of a sweep, by column.

    Attributes:
        varied: Settings that have several values among the runs that have them, in order.
        same: The other settings of all runs, with their only value.
        metrics: Names of metrics that a run has, in order.
        rows: A row per run, with ``run``, ``status``, and all that is varied or a metric: ``None`` for what it does not
            have.
    """

    varied: tuple[str, ...]
    same: dict[str, Value]
    metrics: tuple[str, ...]
    rows: tuple[dict[str, Value], ...]


def tabulate(runs: Sequence[SweptRun]) -> SweepTable:
    """Put runs side by side, in the order that they come in."""
    values: dict[str, list[Value]] = {}
    metrics: dict[str, None] = {}
    for run in runs:
        for name, value in run.settings.items():
            known = values.setdefault(name, [])
            if not any(value == one and type(value) is type(one) for one in known):
                known.append(value)
        metrics |= dict.fromkeys(run.metrics)
    varied = tuple(name for name, known in values.items() if len(known) > 1)
    rows = tuple(
        {
            RUN: run.name,
            STATUS: run.status,
            **{name: run.settings.get(name) for name in varied},
            **{name: run.metrics.get(name) for name in metrics},
        }
        for run in runs
    )
    same = {name: known[0] for name, known in values.items() if len(known) == 1}
    return SweepTable(varied, same, tuple(metrics), rows)


def best_first(table: SweepTable, metric: str) -> list[dict[str, Value]]:
    """Sort rows by a metric, those without it last; as they are where neither direction of the metric is better."""
    having = [row for row in table.rows if row[metric] is not None]
    better = BEST.get(metric.rsplit("/", 1)[-1])
    if better is not None:
        having.sort(key=lambda row: float(row[metric] or 0), reverse=better is max)
    return having + [row for row in table.rows if row[metric] is None]


def write_table(table: SweepTable, directory: Path) -> tuple[Path, Path]:
    """Write ``runs.csv``, with an empty cell for what a run does not have, and ``runs.json``.

    The latter holds the ``rows``, the names that are ``varied`` and those that are ``metrics``, and the settings that
    are the ``same``.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, [RUN, STATUS, *table.varied, *table.metrics], lineterminator="\n")
    writer.writeheader()
    writer.writerows(table.rows)
    content = {"same": table.same, "varied": table.varied, "metrics": table.metrics, "rows": table.rows}
    replace_durably(directory / CSV, text.getvalue().encode())
    replace_durably(directory / JSON, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
    return directory / CSV, directory / JSON
