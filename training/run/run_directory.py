"""The directory of a run: made, checked, and never mixed up with another run's.

A refusal writes nothing: :func:`open_run_directory` only looks, whoever goes on with the run looks at the rest of what
may be refused, and :meth:`RunDirectory.begin` is the first to write.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

from training.errors import BadInput
from training.run.lock import locked
from training.run.paths import local_path
from training.tracking.durable import replace_durably

CONFIG = "config.yaml"
METRICS = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
REPLACED = "replaced"
"""Where a restart sets aside what it replaces, with a number."""
MAY_DIFFER = frozenset(
    {
        "resume",
        "tracking",
        "data_dir",
        "run_dir",
        "mesh",
        "distributed",
        "task.path",
        "trainer.prefetch",
        "trainer.profile",
    }
)
"""What may change when a run is resumed: a directory can be moved, a machine replaced by another or by several.

Data of the user's own may be moved too; they are known by their fingerprint.
"""
Resume: TypeAlias = bool | Literal["restart"]
"""Whether a used directory is refused, gone on with, or set aside to start over in its place."""


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


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """What tells a run from others: its flattened configuration without what may change when it is resumed.

    A setting of ``null`` is left out, like one that an older version did not know.
    """
    return {key: value for key, value in flattened(config).items() if value is not None and not _may_differ(key)}


def _may_differ(key: str) -> bool:
    return bool({key, key.split(".")[0]} & MAY_DIFFER)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Between two flattened configurations; a setting that an older version did not know is like one of ``null``."""
    keys = sorted(key for key in {*before, *after} if not _may_differ(key))
    return [
        f"{key} was {before.get(key, 'absent')} and is now {after.get(key, 'absent')}"
        for key in keys
        if before.get(key) != after.get(key)
    ]


def read_config_file(directory: Path) -> dict[str, Any]:
    """What ``config.yaml`` of a run directory records.

    Raises:
        BadInput: It cannot be read, or holds no settings.
    """
    path = directory / CONFIG
    try:
        recorded = yaml.safe_load(path.read_bytes())
        problem = "" if isinstance(recorded, dict) and recorded else "it holds no settings"
    except OSError as error:
        problem = error.strerror or str(error)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = "it is no YAML" if mark is None else f"it is no YAML from line {mark.line + 1} on"
    if problem:
        raise BadInput(
            f"{path} cannot be read ({problem}); put it back as it was, set the run aside with resume=restart, or "
            "choose another run_dir"
        )
    return recorded


def continues(
    directory: Path,
    config: Mapping[str, Any],
    resume: Resume,
    records: Collection[str],
    grows: str | None = None,
) -> bool:
    """Whether ``directory`` holds a run that a run of ``config`` goes on with. Nothing is written.

    Args:
        directory: A run directory; it need not exist.
        config: The resolved configuration, of plain values (see :func:`plain`).
        resume: What to do where there is a run.
        records: Names of files and folders that only a run leaves behind.
        grows: A setting (``trainer.steps``) that may be larger than it was.

    Raises:
        BadInput: The directory holds a run and ``resume`` is false, a run of another configuration, or one whose
            configuration is lost.
    """
    if not isinstance(resume, bool) and resume != "restart":
        raise BadInput(f"resume={resume!r} must be True, False or 'restart'")
    if resume == "restart":
        return False
    if not (directory / CONFIG).exists():
        left = [name for name in records if _holds(directory / name)]
        if left:
            raise BadInput(
                f"run_dir={directory} holds {left[0]} of a run but no {CONFIG} that says which; put {CONFIG} back, "
                "set the run aside with resume=restart, or choose another run_dir"
            )
        return False
    if not resume:
        raise BadInput(
            f"run_dir={directory} already holds a run; resume=true continues it, another run_dir starts afresh"
        )
    before, after = flattened(read_config_file(directory)), flattened(config)
    if grows in before and isinstance(before[grows], int):
        old, new = before.pop(grows), after.pop(grows)
        if new < old:
            raise BadInput(
                f"run_dir={directory} holds a run of {grows}={old}, which can be extended and not cut to {new}; "
                f"set {grows} to {old} or more, or choose another run_dir"
            )
    differences = _differences(before, after)
    if differences:
        raise BadInput(
            f"run_dir={directory} holds a run of another configuration ({'; '.join(differences)}); "
            "resume it as it was, or choose another run_dir"
        )
    return True


def _holds(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


@dataclass(frozen=True)
class RunDirectory:
    """A directory that was found fit for a run, and in which nothing has been written yet.

    Attributes:
        path: Absolute, since Orbax refuses relative paths; it exists.
        continues: Whether it holds a run to go on with.
        config: The resolved configuration.
        records: Names of files and folders that only a run leaves behind.
    """

    path: Path
    continues: bool
    config: Mapping[str, Any]
    records: tuple[str, ...]

    def begin(self) -> str | None:
        """Record the configuration, after setting aside whatever a restart replaces; returns a sentence about that.

        Raises:
            BadInput: The directory cannot be written.
        """
        with _written(self.path):
            aside = None if self.continues else self._set_aside()
            replace_durably(self.path / CONFIG, yaml.safe_dump(dict(self.config), sort_keys=False).encode())
        return None if aside is None else f"started over; what {self.path} held before is in {aside}"

    def _set_aside(self) -> Path | None:
        found = [name for name in (CONFIG, *self.records) if _holds(self.path / name)]
        if not found:
            return None
        taken = {path.name for path in self.path.glob(f"{REPLACED}-*")}
        number = next(number for number in range(1, len(taken) + 2) if f"{REPLACED}-{number}" not in taken)
        aside = self.path / f"{REPLACED}-{number}"
        aside.mkdir()
        # The configuration first: what a restart that is killed here leaves is refused until it is told to start over.
        for name in found:
            os.replace(self.path / name, aside / name)
        return aside


@contextmanager
def open_run_directory(
    path: str | os.PathLike[str],
    config: Mapping[str, Any],
    resume: Resume,
    records: Collection[str],
    grows: str | None = None,
) -> Iterator[RunDirectory]:
    """Look at a run's directory, which is made where there is none, and keep every other process out of it.

    Args:
        path: Where.
        config: The resolved configuration, of plain values (see :func:`plain`).
        resume: What to do where there is a run.
        records: Names of files and folders that only a run leaves behind.
        grows: A setting (``trainer.steps``) that may be larger than it was.

    Raises:
        BadInput: The directory is an address, cannot be written, is in use, or :func:`continues` refuses it.
    """
    directory = local_path("run_dir", path).absolute()
    with _written(directory):
        directory.mkdir(parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with ExitStack() as held:
        with _written(directory):
            held.enter_context(locked(directory))
        known = continues(directory, config, resume, records, grows)
        yield RunDirectory(directory, known, config, tuple(records))


@contextmanager
def _written(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(f"run_dir={directory} cannot be written ({reason}); choose another run_dir") from error
