"""What every study shares: rows measured point by point, verdicts, a figure, and a directory that can be resumed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from eval.steady import steady
from training.environment import environment
from training.errors import BadInput, Interrupted, NotWritten
from training.signals import Stop, stop_on_signal
from training.tracking.durable import replace_durably, writing

ROWS, TABLE, VERDICTS, FIGURE, ENVIRONMENT = (
    "rows.jsonl",
    "table.json",
    "verdicts.json",
    "figure.png",
    "environment.json",
)
"""Files of a study's run directory, beside ``config.yaml``."""

RECORDS = (ROWS, TABLE, VERDICTS, FIGURE, ENVIRONMENT)
"""What only a study leaves behind in its directory, beside ``config.yaml``."""

Row: TypeAlias = dict[str, Any]
"""A flat row of a table: JSON values only (``None`` for what cannot be had), SI units in the names."""


@dataclass(frozen=True)
class Verdict:
    """What a study finds on a claim.

    Attributes:
        claim: A key of ``eval.claims.CLAIMS``.
        verdict: Whether the claim holds as measured; ``conditional`` where it does under some conditions only.
        statement: Composed from the measured numbers, one sentence a line.
        effect: Size of the effect, with ``low`` and ``high``, its 95% interval; ``None`` where nothing was measured.
        quantity: What the effect is, with its unit.
        conditions: Under which it was measured.
    """

    claim: str
    verdict: Literal["supported", "refuted", "conditional", "not measured here"]
    statement: str
    effect: float | None
    low: float | None
    high: float | None
    quantity: str
    conditions: tuple[str, ...]


class Recorder:
    """The measured points of one study, on disk as soon as they are measured.

    A line of ``rows.jsonl`` is ``{"point": {...}, "rows": [...]}``: whole points, so that a study that was stopped in
    the middle of one measures that one again and no other.

    Args:
        path: The file; a torn last line (the process died while writing it) is cut off.
        announce: Takes a sentence a point.
        stop: What signals have asked for; they drop the point that is being measured.

    Raises:
        BadInput: A line before the last is damaged.
    """

    def __init__(self, path: Path, announce: Callable[[str], None] = print, stop: Stop | None = None) -> None:
        self._path, self._announce, self._stop = path, announce, stop or Stop()
        self._known = _read_points(path)
        _cut_torn_line(path)
        if self._known:
            announce(f"{len(self._known)} points were measured before and are kept")

    def measure(self, point: Mapping[str, Any], function: Callable[[], Row | list[Row]]) -> list[Row]:
        """The rows of a point, measured now unless they were before; each has the point's columns first.

        Args:
            point: A flat key of JSON values that says what is measured; no two points of a study share it.
            function: Measures it. Its values may be NumPy's; they come back as they are on disk.

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
            rows = [measured] if isinstance(measured, dict) else measured
            line = _dump({"point": dict(point), "rows": [{**point, **row} for row in rows]})
            with writing(self._path), self._path.open("a") as file:
                file.write(f"{line}\n")
            # As they will be read after a resumption, so that both give the same table.
            self._known[key] = json.loads(line)["rows"]
            shown = ", ".join(f"{name} {value}" for name, value in point.items())
            self._announce(f"{len(self._known):4d}  {time.perf_counter() - start:6.1f} s  {shown}")
        return [dict(row) for row in self._known[key]]


@dataclass(frozen=True)
class Study:
    """A question, how it is measured, and what the measurement says about the claims.

    Attributes:
        name: Of its package in ``eval``, and on the command line.
        question: In one sentence.
        claims: Keys of ``eval.claims.CLAIMS`` that its verdicts speak of; empty where no claim turns on it.
        config: A frozen dataclass with a field ``seed``, validated in ``__post_init__`` (``BadInput``); its defaults
            are the preset ``quick``.
        run: Measures every point through the recorder and returns the table.
        verdicts: From the table alone.
        draw: Writes the figure into a directory and returns its path.
        timed: Its numbers include seconds: it wants the machine to itself.
        steady: It compares seconds of programs of very different sizes, and so keeps to one core and to its memory.
        findings: Sentences composed from the table, where no verdict says what was found.
    """

    name: str
    question: str
    claims: tuple[str, ...]
    config: type
    run: Callable[[Any, Recorder], list[Row]]
    verdicts: Callable[[list[Row], Any], list[Verdict]]
    draw: Callable[[list[Row], list[Verdict], Path], Path]
    timed: bool = False
    steady: bool = False
    findings: Callable[[list[Row]], tuple[str, ...]] | None = None


def require_sound(directory: Path) -> None:
    """Look at what a study goes on from; nothing is written.

    Raises:
        BadInput: ``rows.jsonl`` or ``environment.json`` is damaged.
    """
    _read_points(directory / ROWS)
    _seconds_before(directory / ENVIRONMENT)


def run_study(
    study: Study, config: Any, directory: Path, announce: Callable[[str], None] = print
) -> tuple[list[Row], list[Verdict]]:
    """Run a study in a directory that is its own, continuing what is there, and write its results.

    ``environment.json`` says what :func:`training.environment.environment` does, and the ``seconds`` that the study has
    run, sittings that were stopped included and killed ones not; and, at the end, the time in UTC when it ``finished``.

    Raises:
        Interrupted: A signal asked it to stop; the same call continues it.
        NotWritten: There is no room for what it leaves behind; the same call continues it.
        BadInput: The directory's ``rows.jsonl`` or ``environment.json`` is damaged.
    """
    with steady() if study.steady else contextlib.nullcontext():
        return _run_here(study, config, directory, announce)


def _run_here(
    study: Study, config: Any, directory: Path, announce: Callable[[str], None]
) -> tuple[list[Row], list[Verdict]]:
    start, before = time.perf_counter(), _seconds_before(directory / ENVIRONMENT)
    here = environment()
    _write_json(directory / ENVIRONMENT, here | {"seconds": before})
    try:
        with stop_on_signal() as stop:
            rows = study.run(config, Recorder(directory / ROWS, announce, stop))
        _write_json(directory / TABLE, rows)
        verdicts = study.verdicts(rows, config)
        _write_json(directory / VERDICTS, [asdict(verdict) for verdict in verdicts])
        with writing(directory / FIGURE):
            study.draw(rows, verdicts, directory)
        here["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    except BaseException:
        # What ended the study is what is to be known, whether or not there is room for its time.
        with contextlib.suppress(NotWritten):
            _write_json(directory / ENVIRONMENT, here | {"seconds": before + time.perf_counter() - start})
        raise
    _write_json(directory / ENVIRONMENT, here | {"seconds": before + time.perf_counter() - start})
    return rows, verdicts


def _seconds_before(path: Path) -> float:
    """That earlier sittings took; there were none where nothing is recorded."""
    if not path.exists():
        return 0.0
    try:
        return float(json.loads(path.read_bytes())["seconds"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path} is damaged, so nobody can tell how long the study has run; delete it to count from here on, "
            "or choose another run_dir"
        ) from error


def _read_points(path: Path) -> dict[str, list[Row]]:
    """The points of every whole line; a torn last one (the process died while writing it) is left out."""
    if not path.exists():
        return {}
    *lines, _ = path.read_bytes().split(b"\n")
    points: dict[str, list[Row]] = {}
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            points[json.dumps(entry["point"])] = entry["rows"]
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


def _dump(value: Any) -> str:
    return json.dumps(value, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)) or hasattr(value, "tolist"):
        return value.tolist()
    raise ValueError(f"{value!r} is no JSON value")


def _write_json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    replace_durably(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
