"""Every model on every task, matched either way, through the recorder."""

from __future__ import annotations

import functools
from dataclasses import replace

from eval.recorder import Recorder
from eval.studies.long_range.config import GENERATED, Config, Matching, TaskName
from eval.studies.long_range.models import ModelName, matched_width, networks
from eval.studies.long_range.rows import Run
from eval.studies.long_range.tasks import long_task
from eval.studies.long_range.training import measure


def run(config: Config, recorder: Recorder) -> list[Run]:
    """A row a task, matching, model, lag, time constant, learning rate and seed.

    A model that has the same width by both matchings is trained once, and has rows of both. Images are matched by the
    first matching only: they have one lag.
    """
    rows: list[Run] = []
    names: list[ModelName] = list(dict.fromkeys(name for name, _ in networks(config.models)))
    for task in config.tasks:
        for name in names:
            for width, matchings in _widths(name, task, config).items():
                point = {"task": task, "model": name, "width": width}
                found = recorder.measure(point, functools.partial(measure, name, task, matchings[0], width, config))
                rows += [replace(row, matching=matching) for matching in matchings for row in found]
    return rows


def _widths(name: ModelName, task: TaskName, config: Config) -> dict[int, list[Matching]]:
    """The widths to train, each with what is matched by it."""
    long = long_task(task, config)
    wanted: dict[int, list[Matching]] = {}
    for matching in config.matchings if task in GENERATED else config.matchings[:1]:
        width = matched_width(name, matching, long.channels, long.outputs, long.time_steps, config.width)
        if width is not None:
            wanted.setdefault(width, []).append(matching)
    return wanted
