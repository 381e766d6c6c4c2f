"""``python -m scripts.gather RUNS``: the runs of a sweep as one table and one figure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.running.command import run_plain
from training.run.terminal import say, shown, side_by_side

if TYPE_CHECKING:
    from eval.gathering.run import SweptRun
    from eval.gathering.table import SweepTable

USAGE = """\
usage: python -m scripts.gather RUNS [metric=eval/loss] [run_dir=DIR]
       python -m scripts.gather wandb=ENTITY/PROJECT [sweep=ID] [metric=...]
           [run_dir=DIR]

Puts all runs of scripts.train below a directory, or of a project or a sweep of
wandb, side by side: runs.csv and runs.json, a row per run with the settings
that vary and every metric, and runs.png, parallel coordinates that end at
metric=. They are written to run_dir=, by default runs/gather-<time>.

  python -m scripts.gather runs
  python -m scripts.gather wandb=mine/gradient-cost sweep=a1b2c3d4 \\
      metric=eval/accuracy"""
MOST_SHOWN = 20
"""Runs that are printed."""
GAP = 2
"""Spaces behind a column."""


def gather(
    source: Path | None, *, wandb: str | None = None, sweep: str | None = None, metric: str, run_dir: str | None
) -> Path:
    """Gather runs, print the best, and write the table and the figure; returns the directory.

    Args:
        source: The directory that holds the runs; ``None`` where they are wandb's.
        wandb: The project of wandb.
        sweep: A sweep of that project.
        metric: What the runs are sorted and drawn by.
        run_dir: Where the table and the figure go.

    Raises:
        BadInput: There is no run, none has the metric, or the directory cannot be written.
    """
    from eval.gathering.directories import from_directories
    from eval.gathering.figure import draw_sweep, drawn_settings
    from eval.gathering.table import tabulate, write_table
    from eval.gathering.wandb_runs import from_wandb
    from scripts.running.run_names import new_directory
    from training.errors import BadInput

    directory = new_directory(run_dir, "gather")
    runs: list[SweptRun]
    if source is not None:
        runs, unreadable = from_directories(source)
    else:
        runs, unreadable = from_wandb(str(wandb), sweep), []
    for sentence in unreadable:
        say(f"passed over: {sentence}")
    table = tabulate(runs)
    if metric not in table.metrics:
        raise BadInput(f"metric={metric} is in none of the runs; they have {', '.join(sorted(table.metrics))}")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"run_dir={directory} cannot be written ({error.strerror}); choose another run_dir") from error
    _print(table, metric)
    for path in write_table(table, directory):
        say(f"table: {shown(path)}")
    if not table.varied:
        say("no setting varies among the runs: there is nothing to draw")
        return directory
    if left_out := [name for name in table.varied if name not in drawn_settings(table)]:
        say(f"in the table and not in the figure, where only so many find room: {', '.join(left_out)}")
    say(f"figure: {shown(draw_sweep(table, metric, directory))}")
    return directory


def _print(table: SweepTable, metric: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from eval.gathering.table import RUN, STATUS, best_first

    rows = best_first(table, metric)
    console = Console()
    # What the runs are sorted by stands first, beside their names.
    first, *others = (RUN, metric, STATUS, *table.varied)
    cells = {
        name: [name, *("—" if row[name] is None else _word(row[name]) for row in rows[:MOST_SHOWN])]
        for name in (first, *others)
    }
    widths = {name: max(map(len, cells[name])) + GAP for name in cells}
    for part in side_by_side([widths[name] for name in others], widths[first], console.width):
        drawn = Table(box=None, padding=(0, GAP, 0, 0))
        names = (first, *(others[place] for place in part))
        for name in names:
            drawn.add_column(name, no_wrap=True, justify="left" if name in (RUN, STATUS) else "right")
        for row in zip(*(cells[name][1:] for name in names), strict=True):
            drawn.add_row(*row)
        console.print(drawn)
    if len(rows) > MOST_SHOWN:
        console.print(f"... and {len(rows) - MOST_SHOWN} more, in the table", style="dim")


def _word(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _job(arguments: list[str]) -> None:
    source, settings = _read(arguments)
    gather(source, **settings)


def main() -> int:
    """Entry point; returns the exit code."""
    return run_plain(USAGE, _job)


def _read(arguments: list[str]) -> tuple[Path | None, dict[str, Any]]:
    from training.errors import BadInput
    from training.run.paths import local_path

    settings: dict[str, Any] = {"wandb": None, "sweep": None, "metric": "eval/loss", "run_dir": None}
    named = [argument for argument in arguments if "=" not in argument]
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if equals and key not in settings:
            raise BadInput(f"{key} is not a setting; the settings here are {', '.join(settings)}")
        if equals:
            settings[key] = value
    if (settings["wandb"] is None) != (len(named) == 1) or len(named) > 1:
        raise BadInput(
            f"{' '.join(named) or 'nothing'} names no one place to gather from; write a directory, as in runs, or "
            "wandb=ENTITY/PROJECT"
        )
    if settings["sweep"] is not None and named:
        raise BadInput(f"sweep={settings['sweep']} is of wandb: add wandb=ENTITY/PROJECT and leave {named[0]} out")
    return (local_path("the directory", named[0]) if named else None), settings


if __name__ == "__main__":
    sys.exit(main())
