"""A study shared out among processes, on any machines: each measures every n-th point, and one makes the table.

Each shard has a run directory of its own inside the study's, so that it is stopped, resumed and locked as any run is.
Nothing is sent between shards but files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from eval.judgement import Verdict
from eval.recorder import Recorder, read_points
from eval.rows import R
from eval.study import ROWS, Study, read_environment, sitting, write_results
from training.errors import BadInput
from training.run.run_directory import CONFIG, continues, identity, read_config_file
from training.run.signals import stop_on_signal


@dataclass(frozen=True)
class Shard:
    """One of the equal parts of a study.

    Attributes:
        number: Which, from 0.
        count: How many there are.

    Raises:
        BadInput: There is no such shard.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise BadInput(f"shards={self.count} must be at least 1")
        if not 0 <= self.number < self.count:
            raise BadInput(f"shard={self.number} must be one of 0 … {self.count - 1}, since shards={self.count}")

    def directory(self, study: Path) -> Path:
        """Return its run directory inside the study's."""
        return study / f"shard-{self.number}-of-{self.count}"

    def recorded(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration of the shard: the study's, and which shard it is."""
        return {**config, "shard": self.number, "shards": self.count}


def all_of(count: int) -> list[Shard]:
    """Return every shard, in order.

    Raises:
        BadInput: There is none.
    """
    return [Shard(number, count) for number in range(max(count, 1))]


def require_divisible(study: Study) -> None:
    """Refuse a study whose points mean something only when one process measures them all.

    Raises:
        BadInput: It compares seconds.
    """
    if study.timed:
        raise BadInput(
            f"study={study.name} compares the seconds of its points, which those of several machines, or of shards "
            "that run beside each other, are not to be compared by: leave shard, shards and merge out"
        )


def require_same(directory: Path, config: Mapping[str, Any], shards: Iterable[Shard], study: Study) -> None:
    """Refuse shards that were begun with other settings; shards that are not there are passed over.

    Args:
        directory: The study's run directory.
        config: The study's configuration, of plain values.
        shards: All of them.
        study: The study, whose setting that grows may be larger than it was.

    Raises:
        BadInput: There are shards of another number, or one of other settings.
    """
    shards = list(shards)
    own = {shard.directory(directory).name for shard in shards}
    others = sorted(
        path.parent.name for path in directory.glob(f"shard-*-of-*/{CONFIG}") if path.parent.name not in own
    )
    if others:
        raise BadInput(
            f"run_dir={directory} holds {others[0]}, and shards={len(shards)} was asked for: keep to that number of "
            "shards, or choose another run_dir"
        )
    for shard in shards:
        continues(shard.directory(directory), shard.recorded(config), True, study.records, study.growing)


def measure_shard(
    study: Study, config: Any, directory: Path, shard: Shard, announce: Callable[[str], None] = print
) -> None:
    """Measure the points of one shard, continuing what is there.

    Args:
        study: A study that :func:`require_divisible` lets pass.
        config: Its settings.
        directory: The shard's run directory.
        shard: Which of how many.
        announce: Takes one sentence for every point.

    Raises:
        Interrupted: A signal asked it to stop; the same call continues it.
    """
    with sitting(directory), stop_on_signal() as stop:
        study.run(config, _ShardRecorder(directory / ROWS, study, shard, announce=announce, stop=stop))


def unfinished(directory: Path, config: Mapping[str, Any], shards: Iterable[Shard], study: Study) -> list[str]:
    """Say of each shard that is missing, or not finished, what is the matter; none where all can be merged.

    Raises:
        BadInput: A shard was measured with other settings.
    """
    found = []
    for shard in shards:
        place, recorded = shard.directory(directory), shard.recorded(config)
        if not continues(place, recorded, True, study.records, study.growing):
            found.append(f"shard {shard.number} of {shard.count} is missing")
        elif "finished" not in read_environment(place) or identity(read_config_file(place)) != identity(recorded):
            points = len(read_points(place / ROWS, study.kinds))
            found.append(f"shard {shard.number} of {shard.count} is unfinished after {points} points")
    return found


def merge(
    study: Study, config: Any, directory: Path, count: int, announce: Callable[[str], None] = print
) -> tuple[list[Any], list[Verdict]]:
    """Make of the shards' points the table, verdicts and figure that a single process would have made.

    ``environment.json`` is that of this process, with the sum of the shards' ``seconds``, and of each of the ``shards``
    its own seconds, end, and whatever of its environment was another.

    Args:
        study: The study.
        config: Its settings.
        directory: The study's run directory.
        count: The number of shards, all of them finished (see :func:`unfinished`).
        announce: Takes a sentence.

    Raises:
        BadInput: A point is missing.
    """
    places = [shard.directory(directory) for shard in all_of(count)]
    points = {key: rows for place in places for key, rows in read_points(place / ROWS, study.kinds).items()}
    announce(f"{len(points)} points of {count} shards are put together")
    there = [read_environment(place) for place in places]
    with sitting(directory, there):
        return write_results(
            study, config, directory, partial(_MergingRecorder, directory / ROWS, study, count, points)
        )


class _Owners:
    """Which shard measures a point: every n-th is one's, and points that depend on each other are the same one's."""

    def __init__(self, study: Study, count: int) -> None:
        self._together, self._count = study.together, count
        self._units: dict[str, int] = {}

    def __call__(self, point: Mapping[str, Any]) -> int:
        unit = json.dumps([point[name] for name in self._together] if self._together else dict(point))
        return self._units.setdefault(unit, len(self._units)) % self._count


class _ShardRecorder(Recorder):
    """Measures the points of one shard; of the others there are no rows."""

    def __init__(self, path: Path, study: Study, shard: Shard, **options: Any) -> None:
        super().__init__(path, study.kinds, **options)
        self._owner, self._shard = _Owners(study, shard.count), shard

    def measure(self, point: Mapping[str, Any], function: Callable[[], R | list[R]]) -> list[R]:
        return super().measure(point, function) if self._owner(point) == self._shard.number else []


class _MergingRecorder(Recorder):
    """Takes every point from what the shards have measured, in the order of a single process."""

    def __init__(self, path: Path, study: Study, count: int, points: Mapping[str, list[Any]], stop: Any) -> None:
        super().__init__(path, study.kinds, announce=lambda sentence: None, stop=stop)
        self._owner, self._count, self._points = _Owners(study, count), count, points

    def measure(self, point: Mapping[str, Any], function: Callable[[], R | list[R]]) -> list[R]:
        key, owner = json.dumps(dict(point)), self._owner(point)
        if key not in self._points:
            named = ", ".join(f"{name} {value}" for name, value in point.items())
            raise BadInput(
                f"the point of {named} is missing, which is shard {owner}'s of {self._count}: run shard={owner} again "
                "with resume=true, then merge"
            )
        return super().measure(point, lambda: self._points[key])
