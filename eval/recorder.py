"""The measured points of a study, on disk as soon as they are measured."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.rows import NotOfThisKind, R, Row, dump, flat, parse
from training.errors import BadInput, Interrupted
from training.run.signals import Stop
from training.tracking.durable import replace_durably, writing


class Recorder:
    """The measured points of one study, on disk as soon as they are measured.

    A line of ``rows.jsonl`` is ``{"point": {...}, "rows": [...]}``: whole points, so that a study that was stopped in
    the middle of one measures that one again and no other.

    Args:
        path: The file; a torn last line (the process died while writing it) is cut off.
        kinds: The kinds of row that there are.
        announce: Takes one sentence for every point.
        stop: What signals have asked for; they drop the point that is being measured.

    Raises:
        BadInput: A line before the last is damaged, or holds rows of another version.
    """

    def __init__(
        self,
        path: Path,
        kinds: Sequence[type[Row]],
        announce: Callable[[str], None] = print,
        stop: Stop | None = None,
    ) -> None:
        self._path, self._announce, self._stop, self._kinds = path, announce, stop or Stop(), kinds
        self._known = read_points(path, kinds)
        _cut_torn_line(path)
        if self._known:
            announce(f"{len(self._known)} points were measured before and are kept")

    @property
    def directory(self) -> Path:
        """Return the study's directory, for what is too large for a row."""
        return self._path.parent

    def measure(self, point: Mapping[str, Any], function: Callable[[], R | list[R]]) -> list[R]:
        """Return the rows of a point, measured now unless they were before.

        Args:
            point: A flat key of JSON values that says what is measured; no two points of a study share it.
            function: Measures it and returns its rows, whole. Their values may be NumPy's; they come back as they are
                on disk.

        Raises:
            Interrupted: The study was told to stop; what was measured before is on disk.
            ValueError: A value that JSON has no word for.
        """
        key = json.dumps(dict(point))
        if key not in self._known:
            start = time.perf_counter()
            try:
                with self._stop.at_once():
                    measured = function()
            except KeyboardInterrupt:
                saved = f"stopped after {len(self._known)} points and saved; resume=true continues"
                raise Interrupted(saved) from None
            rows = measured if isinstance(measured, list) else [measured]
            line = dump({"point": dict(point), "rows": [flat(row) for row in rows]})
            with writing(self._path), self._path.open("a") as file:
                file.write(f"{line}\n")
            # As they will be read after a resumption, so that both give the same table.
            self._known[key] = parse(json.loads(line)["rows"], self._kinds)
            shown = ", ".join(f"{name} {value}" for name, value in point.items())
            self._announce(f"{len(self._known):4d}  {time.perf_counter() - start:6.1f} s  {shown}")
        return list(self._known[key])


def read_points(path: Path, kinds: Sequence[type[Row]]) -> dict[str, list[Any]]:
    """The points of every whole line; a torn last one (the process died while writing it) is left out.

    Raises:
        BadInput: A line is damaged, or holds rows of another version.
    """
    if not path.exists():
        return {}
    *lines, _ = path.read_bytes().split(b"\n")
    points: dict[str, list[Any]] = {}
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            points[json.dumps(entry["point"])] = parse(entry["rows"], kinds)
        except NotOfThisKind as error:
            raise BadInput(
                f"{path}, line {number}, was not measured by this version ({error}); "
                "delete the file to measure again, or choose another run_dir"
            ) from error
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(
                f"{path}, line {number}, is damaged; delete that line to measure its point again, "
                "or choose another run_dir"
            ) from error
    return points


def _cut_torn_line(path: Path) -> None:
    if path.exists():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            replace_durably(path, whole)
