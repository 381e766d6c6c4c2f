"""What every study shares: rows measured point by point, verdicts, a figure, and a directory that can be resumed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from training.run.allocator import KEEP
from training.run.environment import environment
from training.run.signals import Stop, stop_on_signal
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
        run: Measures every point through the recorder and returns the table. The recorder of a shard has no rows of
            other shards' points, and the table is then left alone.
        verdicts: Judges the statements, from the table alone.
        draw: Writes the figure into a directory and returns its path.
        timed: Its numbers include seconds: it wants the machine to itself.
        steady: It compares seconds of programs of very different sizes, and so keeps to one core.
        findings: Sentences composed from the table, where no verdict says what was found.
        panels: The panels of its interactive figure in the report; without any, the static figure stands alone.
        folders: Folders that it leaves behind beside its table, for what is too large for a row.
        grows: A setting, such as ``seeds``, that may be larger when a run is resumed: no point changes with it, and
            there are only more of them.
        ready: Refuses settings that its data or models cannot serve, before anything is written.
        together: Names in a point; points of the same values depend on each other, and one shard measures them all.
        keeps_programs: What it compiles is kept for its next repetition and its next run; none of its numbers is of
            compiling.
        allocator: What becomes of freed memory on a CPU unless the user says so (``training.run.allocator``).
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
    ready: Callable[[Any], object] | None = None
    together: tuple[str, ...] = ()
    keeps_programs: bool = False
    allocator: str = KEEP

    @property
    def records(self) -> tuple[str, ...]:
        """Files that only this study leaves behind in its directory, beside ``config.yaml``."""
        return (*RECORDS, *self.folders, *(f"{kind.part}.json" for kind in self.kinds))

    @property
    def growing(self) -> str | None:
        """The setting that may be larger when a run is resumed, as ``config.yaml`` has it."""
        return None if self.grows is None else f"settings.{self.grows}"

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
    read_environment(directory)


def run_study(
    study: Study, config: Any, directory: Path, announce: Callable[[str], None] = print
) -> tuple[list[Any], list[Verdict]]:
    """Run a study in a directory that is its own, continuing what is there, and write its results.

    Raises:
        Interrupted: A signal asked it to stop; the same call continues it.
        NotWritten: There is no room for what it leaves behind; the same call continues it.
        BadInput: The directory's ``rows.jsonl`` or ``environment.json`` is damaged.
    """
    with steady() if study.steady else contextlib.nullcontext(), sitting(directory):
        return write_results(
            study, config, directory, lambda stop: Recorder(directory / ROWS, study.kinds, announce, stop)
        )


def write_results(
    study: Study, config: Any, directory: Path, recorder: Callable[[Stop], Recorder]
) -> tuple[list[Any], list[Verdict]]:
    """Measure what the recorder does not have, and write table, verdicts and figure.

    Args:
        study: The study.
        config: Its settings.
        directory: Its run directory.
        recorder: Makes the recorder, which signals stop.
    """
    with stop_on_signal() as stop:
        table = [flat(row) for row in study.run(config, recorder(stop))]
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
    return rows, verdicts


@contextlib.contextmanager
def sitting(directory: Path, shards: Sequence[Mapping[str, Any]] = ()) -> Iterator[None]:
    """Record in ``environment.json`` where a study runs and for how long.

    The record holds three things: what :func:`training.run.environment.environment` returns; the ``seconds`` that the
    study has run, which include sittings that were stopped and leave out those that were killed; and, at the end, the
    time in UTC when the study ``finished``.

    Args:
        directory: The run directory.
        shards: What is recorded of the shards that have measured the study; of each what is not the same here is
            recorded too, and the seconds are the sum of theirs.

    Raises:
        BadInput: What is recorded of earlier sittings, or of a shard, is damaged.
    """
    start = time.perf_counter()
    before = sum(one["seconds"] for one in shards or [read_environment(directory)])
    here: dict[str, Any] = environment()
    if shards:
        # The command differs in the number of the shard at least.
        kept = (
            {name: one[name] for name in one if name != "command" and here.get(name) != one[name]} for one in shards
        )
        here["shards"] = list(kept)
    _write_json(directory / ENVIRONMENT, here | {"seconds": before})
    try:
        yield
        here["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    except BaseException:
        # What ended the study is what is to be known, whether or not there is room for its time.
        with contextlib.suppress(NotWritten):
            _write_json(directory / ENVIRONMENT, here | {"seconds": before + time.perf_counter() - start})
        raise
    _write_json(directory / ENVIRONMENT, here | {"seconds": before + time.perf_counter() - start})


def read_environment(directory: Path) -> dict[str, Any]:
    """Read what is recorded of the sittings of a study; no seconds where nothing is recorded.

    Raises:
        BadInput: The file is damaged.
    """
    path = directory / ENVIRONMENT
    if not path.exists():
        return {"seconds": 0.0}
    try:
        recorded = json.loads(path.read_bytes())
        return recorded | {"seconds": float(recorded["seconds"])}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path} is damaged, so nobody can tell how long the study has run; delete it to count from here on, "
            "or choose another run_dir"
        ) from error


def _write_json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> None:
    replace_durably(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())
