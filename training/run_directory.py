"""The directory of a run: made, checked, and never mixed up with another run's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from training.errors import BadInput
from training.paths import local_path

CONFIG = "config.yaml"
METRICS = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
MAY_DIFFER = frozenset({"resume", "tracking", "data_dir", "run_dir"})
"""What may change when a run is resumed; ``run_dir`` because a directory can be moved."""


def plain(value: Any) -> Any:
    """Dataclasses and mappings as dictionaries, tuples as lists: what YAML and JSON give back unchanged."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def flattened(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"trainer": {"steps": 3}}`` as ``{"trainer.steps": 3}``."""
    flat: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    before, after = flattened(old), flattened(new)
    keys = sorted(key for key in {*before, *after} if key.split(".")[0] not in MAY_DIFFER)
    missing = object()
    return [
        f"{key} was {before.get(key, 'absent')} and is now {after.get(key, 'absent')}"
        for key in keys
        if before.get(key, missing) != after.get(key, missing)
    ]


def open_run_directory(path: str | os.PathLike[str], config: Mapping[str, Any], resume: bool) -> Path:
    """Make or re-open a run's directory and record the resolved configuration in it.

    Args:
        path: Where; made absolute, since Orbax refuses relative paths.
        config: The resolved configuration, of plain values (see :func:`plain`).
        resume: Whether a directory that already holds a run may be continued.

    Raises:
        BadInput: The directory is an address, cannot be written, holds a run and ``resume`` is false, or holds a run of
            another configuration.
    """
    directory = local_path("run_dir", path).absolute()
    recorded = directory / CONFIG
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if recorded.exists():
            if not resume:
                raise BadInput(
                    f"run_dir={directory} already holds a run; resume=true continues it, another run_dir starts afresh"
                )
            differences = _differences(yaml.safe_load(recorded.read_text()) or {}, config)
            if differences:
                raise BadInput(
                    f"run_dir={directory} holds a run of another configuration ({'; '.join(differences)}); "
                    "resume it as it was, or choose another run_dir"
                )
        # Written first to a second name, so that a run killed here leaves no half configuration behind.
        partial = directory / f"{CONFIG}.partial"
        partial.write_text(yaml.safe_dump(dict(config), sort_keys=False))
        os.replace(partial, recorded)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(f"run_dir={directory} cannot be written ({reason}); choose another run_dir") from error
    return directory
