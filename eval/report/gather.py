"""The runs of studies on disk: which are finished, which are not, and what the tables of the finished ones say now."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from eval.judgement import Verdict
from eval.report.panel import Drawn, drawn
from eval.rows import NotOfThisKind
from eval.study import ENVIRONMENT, FIGURE, TABLE, VERDICTS, Study
from training.run.run_directory import CONFIG

CUSTOM = "custom"
"""Name of settings that are no preset's."""

Presets = Mapping[str, Mapping[str, Any]]
"""``study -> preset -> configuration``, the best first: where there are runs of several, that one's is shown."""
Convert = Callable[[Mapping[str, Any], type], Any]
"""Plain settings to a study's configuration; raises ``ValueError`` for settings that it does not have."""


@dataclass(frozen=True)
class Run:
    """A finished run of a study, with the verdicts that its table gives now.

    Attributes:
        study: Which.
        preset: The preset whose settings it has, whatever its seed; ``custom`` where no preset's.
        directory: Where it is.
        rows: Its table.
        config: Its configuration.
        recorded: ``config.yaml``.
        verdicts: What the table says.
        findings: Sentences from the table, of a study that makes some.
        panels: The panels of its interactive figure, from the table.
        recorded_outcomes: What ``verdicts.json`` says, by ``claim.statement``; the table decides where they differ.
            ``None`` where it is of a version that knew no statements.
        environment: ``environment.json``; empty where it cannot be read.
        finished: When, by the record or else by the age of the table.
    """

    study: Study
    preset: str
    directory: Path
    rows: list[Any]
    config: Any
    recorded: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]
    findings: tuple[str, ...]
    panels: tuple[Drawn, ...]
    recorded_outcomes: Mapping[str, str] | None
    environment: Mapping[str, Any]
    finished: datetime


@dataclass(frozen=True)
class Skipped:
    """A directory that holds a study but no result that can be shown.

    Attributes:
        directory: Where.
        reason: Why it is not shown.
        study: Which study, where that could be read.
        preset: The same as for a run; ``None`` where the configuration could not be read.
        seed: The seed of the configuration.
        unfinished: Whether the study was merely stopped: the same command with ``resume=true`` goes on with it.
    """

    directory: Path
    reason: str
    study: str | None = None
    preset: str | None = None
    seed: int = 0
    unfinished: bool = False


@dataclass(frozen=True)
class Gathered:
    """What was found.

    Attributes:
        runs: The newest finished run of each study and preset; by study, the best preset first.
        older: Finished runs that a newer one of the same study and preset stands before.
        skipped: The rest.
    """

    runs: tuple[Run, ...]
    older: tuple[Run, ...]
    skipped: tuple[Skipped, ...]


def gather(root: Path, studies: Mapping[str, Study], presets: Presets, convert: Convert) -> Gathered:
    """Read every study's directory under ``root``, which may be one itself; nothing is written.

    Verdicts are computed from ``table.json`` by the study's own function: they are those of the data as they are now.
    """
    finished: list[Run] = []
    skipped: list[Skipped] = []
    for directory in _directories(root):
        found = _read(directory, studies, presets, convert)
        if isinstance(found, Run):
            finished.append(found)
        elif found is not None:
            skipped.append(found)
    newest: dict[tuple[str, str], Run] = {}
    for run in sorted(finished, key=lambda run: (run.finished, str(run.directory))):
        newest[run.study.name, run.preset] = run
    kept = [newest[name, preset] for name in studies for preset in (*presets[name], CUSTOM) if (name, preset) in newest]
    older = [run for run in finished if run not in kept]
    return Gathered(tuple(kept), tuple(older), tuple(skipped))


def preset_of(config: Any, presets: Mapping[str, Any]) -> str:
    """Return the preset whose settings these are, whatever the seed; ``custom`` if nobody's."""
    same = (name for name, preset in presets.items() if replace(config, seed=preset.seed) == preset)
    return next(same, CUSTOM)


def _directories(root: Path) -> Iterator[Path]:
    """Those with a configuration, in order; what is inside one belongs to its run."""
    for path, inside, files in os.walk(root):
        inside.sort()
        if CONFIG in files:
            inside.clear()
            yield Path(path)


def _read(directory: Path, studies: Mapping[str, Study], presets: Presets, convert: Convert) -> Run | Skipped | None:
    """A run, or why there is none; ``None`` for the directory of another command."""
    try:
        recorded = yaml.safe_load((directory / CONFIG).read_text())
    except (OSError, ValueError, yaml.YAMLError) as error:
        return (
            Skipped(directory, f"{CONFIG} cannot be read: {_in_short(error)}") if _looks_like_one(directory) else None
        )
    if not isinstance(recorded, dict) or "study" not in recorded:
        return Skipped(directory, f"{CONFIG} names no study") if _looks_like_one(directory) else None
    name = recorded["study"]
    if name not in studies:
        return Skipped(directory, f"there is no study named {name} in this version")
    if "shard" in recorded:
        return Skipped(
            directory, f"shard {recorded['shard']} of {recorded['shards']}; merge=true puts all together", name
        )
    study = studies[name]
    try:
        config = convert(recorded["settings"], study.config)
    except (ValueError, TypeError, KeyError) as error:
        return Skipped(directory, _of_another_version("settings", directory, error), name)
    preset = preset_of(config, presets[name])
    missing = [file for file in (TABLE, VERDICTS, FIGURE) if not (directory / file).is_file()]
    if missing:
        reason = f"unfinished: it has no {missing[0]}; resume=true continues it"
        return Skipped(directory, reason, name, preset, config.seed, unfinished=True)
    try:
        table = _json(directory / TABLE)
        noted = _recorded(_json(directory / VERDICTS))
    except (OSError, ValueError, TypeError, KeyError) as error:
        return Skipped(directory, f"damaged: {_in_short(error)}; running it again mends it", name, preset)
    try:
        rows = study.read(table)
    except NotOfThisKind as error:
        return Skipped(directory, _of_another_version("rows", directory, error), name, preset)
    except ValueError as error:
        return Skipped(directory, f"damaged: {_in_short(error)}; running it again mends it", name, preset)
    try:
        verdicts = tuple(study.judge(rows, config))
        findings = () if study.findings is None else study.findings(rows)
        panels = drawn(study.panels, rows)
    # Whatever a table without the rows that there must be makes a study's own code raise.
    except Exception as error:
        reason = f"rows are missing from {TABLE}: {_in_short(error)}; running it again measures them"
        return Skipped(directory, reason, name, preset)
    environment = _environment(directory)
    return Run(
        study=study,
        preset=preset,
        directory=directory,
        rows=rows,
        config=config,
        recorded=recorded,
        verdicts=verdicts,
        findings=findings,
        panels=panels,
        recorded_outcomes=noted,
        environment=environment,
        finished=_finished(directory, environment),
    )


def _of_another_version(what: str, directory: Path, error: Exception) -> str:
    """Say that this version cannot read a run; running it again would measure other numbers, not mend these."""
    git = _environment(directory).get("git")
    commit = git.get("commit") if isinstance(git, dict) else None
    which = f"commit {commit[:10]}" if isinstance(commit, str) else "the version that measured it"
    return f"its {what} are those of another version: {_in_short(error)}; {which} can read it"


def _looks_like_one(directory: Path) -> bool:
    return (directory / TABLE).is_file() and (directory / VERDICTS).is_file()


def _recorded(verdicts: Any) -> Mapping[str, str] | None:
    """The outcomes of ``verdicts.json`` by ``claim.statement``; see :class:`Run`."""
    if any("judgements" not in verdict for verdict in verdicts):
        return None
    return {
        f"{verdict['claim']}.{one['statement']}": one["outcome"]
        for verdict in verdicts
        for one in verdict["judgements"]
    }


def _json(path: Path) -> Any:
    def refuse(word: str) -> None:
        raise ValueError(f"{path.name} holds {word}, which is no JSON value")

    return json.loads(path.read_text(), parse_constant=refuse)


def _environment(directory: Path) -> Mapping[str, Any]:
    try:
        found = _json(directory / ENVIRONMENT)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _finished(directory: Path, environment: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(environment["finished"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return datetime.fromtimestamp((directory / TABLE).stat().st_mtime, UTC)


def _in_short(error: Exception) -> str:
    words = " ".join(str(error).split())
    shown = f"{type(error).__name__}: {words}" if not isinstance(error, ValueError) else words
    return shown if len(shown) <= 200 else f"{shown[:200]} ..."
