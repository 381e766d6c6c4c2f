"""What every study shares: rows measured point by point, verdicts, a figure, and a directory that can be resumed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.judgement import Verdict, require_complete
from eval.panel import Panel
from eval.recorder import Recorder, read_points
from eval.rows import PART, NotOfThisKind, Row, flat, parse
from eval.steady import steady
from training.errors import BadInput, NotWritten
from training.run.environment import environment
from training.run.signals import stop_on_signal
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
"""What every study leaves behind in its directory, beside ``config.yaml`` and a file for each kind of row."""


@dataclass(frozen=True)
class Study:
    """A question, how it is measured, and what the measurement says about the claims.

    Attributes:
        name: The name of its folder in ``eval.studies``, and on the command line.
        question: In one sentence.
        claims: Keys of ``eval.claims.CLAIMS`` that its verdicts speak of; empty where no claim turns on it.
        kinds: The kinds of row that it measures, each written to a file of its own.
        config: A frozen dataclass with a field ``seed``, validated in ``__post_init__`` (``BadInput``); its defaults
            are the preset ``quick``.
        run: Measures every point through the recorder and returns the table.
        verdicts: Judges the statements, from the table alone.
        draw: Writes the figure into a directory and returns its path.
        timed: Its numbers include seconds: it wants the machine to itself.
        steady: It compares seconds of programs of very different sizes, and so keeps to one core and to its memory.
        findings: Sentences composed from the table, where no verdict says what was found.
        panels: The panels of its interactive figure in the report; without any, the static figure stands alone.
        folders: Folders that it leaves behind beside its table, for what is too large for a row.
        grows: A setting, such as ``seeds``, that may be larger when a run is resumed: no point changes with it, and
            there are only more of them.
    """

    name: str
    question: str
    claims: tuple[str, ...]
    kinds: tuple[type[Row], ...]
    config: type
    run: Callable[[Any, Recorder], list[Any]]
    verdicts: Callable[[list[Any], Any], list[Verdict]]
    draw: Callable[[list[Any], list[Verdict], Path], Path]
    timed: bool = False
    steady: bool = False
    findings: Callable[[list[Any]], tuple[str, ...]] | None = None
    panels: tuple[Panel, ...] = ()
    folders: tuple[str, ...] = ()
    grows: str | None = None

    @property
    def records(self) -> tuple[str, ...]:
        """Files that only this study leaves behind in its directory, beside ``config.yaml``."""
        return (*RECORDS, *self.folders, *(f"{kind.part}.json" for kind in self.kinds))

    def read(self, table: Any) -> list[Any]:
        """Read the flat rows of ``table.json``.

        Raises:
            NotOfThisKind: A row is none that this study measures.
        """
        if not isinstance(table, list):
            raise NotOfThisKind(f"{TABLE} is no list of rows")
        return parse(table, self.kinds)

    def judge(self, rows: list[Any], config: Any) -> list[Verdict]:
        """Compute the verdicts from the table, and require that they judge every statement that is the study's.

        Raises:
            ValueError: A statement is not judged, or one is that another study decides.
        """
        verdicts = self.verdicts(rows, config)
        require_complete(self.name, self.claims, verdicts)
        return verdicts


def require_sound(study: Study, directory: Path) -> None:
    """Look at what a study goes on from; nothing is written.

    Raises:
        BadInput: ``rows.jsonl`` or ``environment.json`` is damaged, or of another version.
    """
    read_points(directory / ROWS, study.kinds)
    _seconds_before(directory / ENVIRONMENT)


def run_study(
    study: Study, config: Any, directory: Path, announce: Callable[[str], None] = print
) -> tuple[list[Any], list[Verdict]]:
    """Run a study in a directory that is its own, continuing what is there, and write its results.

    ``environment.json`` says what :func:`training.run.environment.environment` does, the ``seconds`` that the study has
    run, sittings that were stopped included and killed ones not, and, at the end, the time in UTC when it ``finished``.

    Raises:
        Interrupted: A signal asked it to stop; the same call continues it.
        NotWritten: There is no room for what it leaves behind; the same call continues it.
        BadInput: The directory's ``rows.jsonl`` or ``environment.json`` is damaged.
    """
    with steady() if study.steady else contextlib.nullcontext():
        return _run_here(study, config, directory, announce)


def _run_here(
    study: Study, config: Any, directory: Path, announce: Callable[[str], None]
) -> tuple[list[Any], list[Verdict]]:
    start, before = time.perf_counter(), _seconds_before(directory / ENVIRONMENT)
    here = environment()
    _write_json(directory / ENVIRONMENT, here | {"seconds": before})
    try:
        with stop_on_signal() as stop:
            table = [flat(row) for row in study.run(config, Recorder(directory / ROWS, study.kinds, announce, stop))]
        # What is judged and drawn is what anybody reads in the table.
        rows = study.read(table)
        for kind in study.kinds:
            own = [{at: row[at] for at in row if at != PART} for row in table if row[PART] == kind.part]
            _write_json(directory / f"{kind.part}.json", own)
        _write_json(directory / TABLE, table)
        verdicts = study.judge(rows, config)
        _write_json(directory / VERDICTS, [{"line": one.line, **asdict(one)} for one in verdicts])
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
    """Return the seconds that earlier sittings took; there were none where nothing is recorded."""
    if not path.exists():
        return 0.0
    try:
        return float(json.loads(path.read_bytes())["seconds"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path} is damaged, so nobody can tell how long the study has run; delete it to count from here on, "
            "or choose another run_dir"
        ) from error


def _write_json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    replace_durably(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
