"""Every model on every task, matched either way, through the recorder."""

from __future__ import annotations

import functools

from eval.recorder import Recorder, Row
from eval.studies.long_range.config import GENERATED, Config, TaskName
from eval.studies.long_range.models import MODELS, matched_width
from eval.studies.long_range.tasks import long_task
from eval.studies.long_range.training import measure


def run(config: Config, recorder: Recorder) -> list[Row]:
    """A row a task, matching, model, lag, time constant, learning rate and seed.

    A model that has the same width by both matchings is trained once, and has rows of both. Images are matched by the
    first matching only: they have one lag.
    """
    rows: list[Row] = []
    for task in config.tasks:
        for name in MODELS:
            for width, matchings in _widths(name, task, config).items():
                point = {"task": task, "model": name, "width": width}
                found = recorder.measure(point, functools.partial(measure, name, task, width, config))
                rows += [{**row, "matching": matching} for matching in matchings for row in found]
    return rows


def _widths(name: str, task: TaskName, config: Config) -> dict[int, list[str]]:
    """The widths to train, each with what is matched by it."""
    long = long_task(task, config)
    wanted: dict[int, list[str]] = {}
    for matching in config.matchings if task in GENERATED else config.matchings[:1]:
        width = matched_width(name, matching, long.channels, long.outputs, long.time_steps, config.width)
        if width is not None:
            wanted.setdefault(width, []).append(matching)
    return wanted
