"""One run of a sweep, wherever it was found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.run.run_directory import identity

Value = str | int | float | bool | None
GROUPS = ("paradigm", "task", "optimizer")
"""Settings whose choice has a name of its own, which a sweep may give in their place."""


@dataclass(frozen=True)
class SweptRun:
    """What was set, and what came of it.

    Attributes:
        name: The run's directory below the one that was searched, or its name in wandb.
        status: ``running``, ``completed``, ``preempted`` or ``failed``.
        settings: Flattened, without what may change when a run is resumed and what is ``null``; a list is its JSON.
        metrics: The last values by name, and the best of them as ``best/<name>``.
    """

    name: str
    status: str
    settings: Mapping[str, Value]
    metrics: Mapping[str, Value]


def swept_run(name: str, status: str, config: Mapping[str, Any], metrics: Mapping[str, Any]) -> SweptRun:
    """Make a run of its nested configuration."""
    named = {
        key: {"name": value} if key in GROUPS and isinstance(value, str) else value for key, value in config.items()
    }
    settings = {key: json.dumps(value) if isinstance(value, list) else value for key, value in identity(named).items()}
    return SweptRun(name, status, settings, dict(metrics))
