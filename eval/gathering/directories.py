"""Runs of a sweep from their run directories."""

from __future__ import annotations

import os
from pathlib import Path

from eval.gathering.run import SweptRun, swept_run
from training.errors import BadInput
from training.run.run_directory import CONFIG, REPLACED, read_config_file
from training.run.summary import SUMMARY, read_summary


def from_directories(root: Path) -> tuple[list[SweptRun], list[str]]:
    """Read every run below a directory, which may be one itself; nothing is written.

    Args:
        root: The directory; what a restart has set aside below it is passed over.

    Returns:
        The runs, in the order of their directories, and a sentence for each that cannot be read.

    Raises:
        BadInput: There is no such directory, or no run below it.
    """
    if not root.is_dir():
        raise BadInput(f"{root} is no directory; name the one that holds the runs")
    runs, unreadable = [], []
    for path, inside, files in os.walk(root):
        inside[:] = sorted(name for name in inside if not name.startswith(f"{REPLACED}-"))
        if not {CONFIG, SUMMARY} <= set(files):
            continue
        directory = Path(path)
        name = str(directory.relative_to(root)) if directory != root else directory.name
        try:
            summary = read_summary(directory)
            config = read_config_file(directory)
        except BadInput as error:
            unreadable.append(str(error))
            continue
        best = {f"best/{metric}": value for metric, value in summary.get("best", {}).items()}
        runs.append(swept_run(name, summary["status"], config, {**summary["metrics"], **best}))
    if not runs and not unreadable:
        raise BadInput(f"{root} holds no run of scripts.train; name the directory that holds the runs")
    return runs, unreadable
