"""``summary.json``: a run at a glance, for people and for whatever compares runs."""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Literal, get_args

from training.errors import BadInput
from training.run.environment import environment
from training.run.profile import read_profile
from training.tracking.durable import replace_durably
from training.tracking.jsonl import finite
from training.tracking.tracker import Metrics

SUMMARY = "summary.json"
Status = Literal["running", "completed", "preempted", "failed"]

STEP_SECONDS = "time/step_seconds"

BEST: dict[str, Callable[[float, float], float]] = {"accuracy": max, "loss": min}
"""Which of two values is better, by the last part of a metric's name. For others no direction is better."""


class Summary:
    """Collects what ``summary.json`` says of a run.

    It is a function of the rows, so a resumed run rebuilds it by passing every row of ``metrics.jsonl`` to
    :meth:`update` again.

    Args:
        run_dir: Where ``summary.json`` is written.
        config: The resolved configuration, of plain values.
        notes: Sentences to keep: what was done to the data, how it was split.
    """

    def __init__(self, run_dir: Path, config: Mapping[str, Any], notes: Sequence[str]) -> None:
        self.run_dir = run_dir
        self.metrics: dict[str, int | float] = {}
        self.best: dict[str, int | float] = {}
        self._step_seconds: list[int | float] = []
        self.unavailable: dict[str, str] = {}
        self.notes = list(notes)
        self._config = dict(config)
        self._environment = environment()

    def update(self, metrics: Metrics) -> None:
        """Take in a row. ``step`` is passed over, and so is a value that is not finite, as in ``metrics.jsonl``.

        The last value of a metric counts; of the seconds of an update, the median of all rows, as in ``curves.png``.
        """
        for name, value in finite(metrics).items():
            if name == "step":
                continue
            if name == STEP_SECONDS:
                # Kept in order, so that the middle is at hand.
                known = self._step_seconds
                insort(known, value)
                value = median(known[(len(known) - 1) // 2 : len(known) // 2 + 1])
            self.metrics[name] = value
            self.unavailable.pop(name, None)
            better = BEST.get(name.rsplit("/", 1)[-1])
            if better is not None:
                self.best[name] = better(self.best.get(name, value), value)

    def mark_unavailable(self, name: str, reason: str) -> None:
        """Say why a metric cannot be had. Once it has been measured there is nothing to explain."""
        if name not in self.metrics:
            self.unavailable[name] = reason

    def note(self, sentence: str) -> None:
        """Keep one more sentence."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def content(self, status: str, error: str | None = None) -> dict[str, Any]:
        """What ``summary.json`` is to say.

        Args:
            status: ``running``, ``completed``, ``preempted`` or ``failed``.
            error: What went wrong, in a sentence; only kept for a run that did not complete.

        Raises:
            ValueError: ``status`` is none of these.
        """
        if status not in get_args(Status):
            raise ValueError(f"status={status} must be one of {', '.join(get_args(Status))}")
        content: dict[str, Any] = {
            "metrics": dict(self.metrics),
            "best": dict(self.best),
            "unavailable": dict(self.unavailable),
            "environment": self._environment,
            "config": self._config,
            "notes": list(self.notes),
            "status": status,
        }
        profile = read_profile(self.run_dir)
        if profile is not None:
            content["profile"] = profile
        if error is not None:
            content["error"] = error
        return content

    def write(self, status: str, error: str | None = None) -> dict[str, Any]:
        """Write ``summary.json``, atomically and durably; returns what was written, see :meth:`content`.

        Raises:
            NotWritten: It cannot be; what was there before is whole.
        """
        content = self.content(status, error)
        replace_durably(self.run_dir / SUMMARY, json.dumps(content, indent=2, allow_nan=False).encode() + b"\n")
        return content


def read_summary(run_dir: Path) -> dict[str, Any]:
    """The content of ``summary.json``.

    Raises:
        BadInput: It cannot be read, or is no summary.
    """
    path = run_dir / SUMMARY
    try:
        content = json.loads(path.read_bytes())
        if content["status"] in get_args(Status) and isinstance(content["metrics"], dict):
            return content
        problem = "it is no summary"
    except OSError as error:
        problem = error.strerror or str(error)
    except (ValueError, TypeError, KeyError):
        problem = "it is damaged"
    raise BadInput(f"{path} cannot be read ({problem}); delete it, and resuming the run makes it anew from its rows")


def mark_preempted(run_dir: Path, reason: str) -> None:
    """Say so in a ``summary.json`` that says ``running``, as a killed process leaves it; change no other."""
    try:
        content = read_summary(run_dir)
    except BadInput:
        return
    if content["status"] == "running":
        content |= {"status": "preempted", "error": reason}
        replace_durably(run_dir / SUMMARY, json.dumps(content, indent=2, allow_nan=False).encode() + b"\n")
