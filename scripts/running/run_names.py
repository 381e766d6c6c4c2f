"""Names for runs: one of its own for each, or the one that follows from the configuration."""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.errors import BadInput
from training.run.paths import local_path
from training.run.run_directory import identity

AUTO = "auto"
"""A run directory of this name stands for the one that the configuration names."""
_DIGITS = 10


def unique_run_directory(*parts: str) -> Path:
    """``runs/<parts>-<local time>-<4 random hexadecimal digits>``: unique to a job, also in a parallel sweep."""
    moment = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    return Path("runs") / "-".join((*parts, moment, secrets.token_hex(2)))


def run_directory(given: str | None, parts: tuple[str, ...], config: Mapping[str, Any]) -> Path:
    """The directory of a run that can be resumed.

    Args:
        given: The setting ``run_dir``; without any, the directory is a new one. ``auto`` is ``runs/<parts>-<digest>``,
            and ``DIR/auto`` is ``DIR/<parts>-<digest>``. The 10 hexadecimal digits depend on the configuration alone,
            so that a job that is started again finds its own run.
        parts: What the names of new directories begin with.
        config: The resolved configuration, of plain values.

    Raises:
        BadInput: It is an address, or of the home of a user who has none here.
    """
    if given is None:
        return unique_run_directory(*parts)
    path = local_path("run_dir", given)
    if path.name != AUTO:
        return path
    known = json.dumps(identity(config), sort_keys=True)
    name = "-".join((*parts, hashlib.sha256(known.encode()).hexdigest()[:_DIGITS]))
    return (Path("runs") if given == AUTO else path.parent) / name


def new_directory(given: str | None, *parts: str) -> Path:
    """The directory of what is never resumed; without a setting ``run_dir``, a new one.

    Raises:
        BadInput: It is ``auto``, which is for what is resumed, or :func:`training.run.paths.local_path` refuses it.
    """
    if given is None:
        return unique_run_directory(*parts)
    path = local_path("run_dir", given)
    if path.name == AUTO:
        raise BadInput(
            f"run_dir={given} is for what can be resumed (train, compare, study): choose a path, or leave run_dir out"
        )
    return path
