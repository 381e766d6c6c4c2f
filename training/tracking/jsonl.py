"""``metrics.jsonl``: one JSON object a logged step, ``step`` first.

A value that is not finite (NaN, infinity) is left out of its row: JSON has no word for it, and a quantity that cannot
be had is absent everywhere else too.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, SupportsFloat

from training.errors import BadInput
from training.run.run_directory import METRICS
from training.tracking.durable import replace_durably, writing
from training.tracking.tracker import Metrics, RunInfo


def finite(metrics: Metrics) -> dict[str, int | float]:
    """The metrics as plain Python numbers, without those that are not finite."""
    plain = {name: _plain(value) for name, value in metrics.items()}
    return {name: value for name, value in plain.items() if math.isfinite(value)}


def _plain(value: SupportsFloat) -> int | float:
    return value if type(value) is int else float(value)


class JsonlTracker:
    """Appends rows to ``metrics.jsonl``. A resumed run calls :func:`rewind` first."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None

    def start(self, run: RunInfo) -> None:
        """See :meth:`training.tracking.tracker.Tracker.start`."""
        self._path = run.run_dir / METRICS
        with writing(self._path):
            self._file = self._path.open("ab")

    def log(self, step: int, metrics: Metrics) -> None:
        """See :meth:`training.tracking.tracker.Tracker.log`."""
        if self._file is not None:
            with writing(self._path):
                self._file.write(_line({"step": step, **finite(metrics)}))
                # Out of this process, so that whoever follows the file sees whole rows as they come.
                self._file.flush()

    def advance(self, step: int) -> None:
        """See :meth:`training.tracking.tracker.Tracker.advance`."""
        pass

    def flush(self) -> None:
        """See :meth:`training.tracking.tracker.Tracker.flush`."""
        if self._file is not None:
            with writing(self._path):
                self._file.flush()
                os.fsync(self._file.fileno())

    def finish(self, status: str, summary: Mapping[str, Any]) -> None:
        """See :meth:`training.tracking.tracker.Tracker.finish`."""
        if self._file is not None:
            with writing(self._path), self._file:
                self.flush()
            self._file = None


def read(path: Path) -> list[dict[str, Any]]:
    """Every row, in order. A torn last line (the process died while writing it) is left out.

    Raises:
        BadInput: It cannot be read, or a line before the last is not a row.
        FileNotFoundError: There is no such file.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); put it back, or choose another run_dir") from error
    rows = [_parse(line) for line in content.split(b"\n")]
    # The file ends in a line break, in part of a row, or in the zeros that a loss of power may leave behind.
    while rows and rows[-1] is None:
        rows.pop()
    if None in rows:
        raise BadInput(
            f"{path}, line {rows.index(None) + 1}, is not a row of metrics (a JSON object with a step); "
            "delete that line to go on without it, or choose another run_dir"
        )
    return [row for row in rows if row is not None]


def rewind(path: Path, step: int) -> None:
    """Drop the rows beyond ``step`` and a torn last line, atomically and durably. Without a file, do nothing.

    Raises:
        BadInput: A line before the last is not a row.
    """
    if path.exists():
        replace_durably(path, b"".join(_line(row) for row in read(path) if row["step"] <= step))


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, allow_nan=False).encode() + b"\n"


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("step"), int) else None
