"""What the report says, composed from the runs that were found: the content of ``report.json``.

``report.json`` is a ``Report``, its dataclasses as objects and its tuples as lists::

    {"title": str, "answer": [paragraph, ...], "created": "2026-01-31T12:00:00+00:00", "version": str | null,
     "claims": [{"id": "C3", "title", "text", "source", "question", "statistic", "literature": str,
                 "thresholds": {name: number}, "limits": [str, ...], "command": str | null,
                 "finding": Finding, "beside": [Finding, ...], "studies": [name, ...]}, ...],
     "studies": [{"name", "question", "preset", "directory", "finished", "command": str, "seed": int,
                  "claims": [id, ...], "home": id | null, "findings": [str, ...], "seconds": number | null,
                  "figure": file name,
                  "panels": [{"title", "x", "y", "alt": str, "log_x", "log_y": bool, "curves":
                              [{"name": str, "reference": bool, "look": int,
                                "points": [{"x", "y", "low", "high"}, ...]}, ...]}],
                  "settings": {...}, "environment": {...}, "disagreement": str | null}, ...],
     "missing": [{"study", "question", "command"}, ...], "others": [str, ...], "skipped": [str, ...]}

A ``Finding`` is ``{"verdict", "statement", "quantity": str, "effect", "low", "high": number | null,
"conditions": [str, ...], "study", "preset", "directory": str | null}``; ``verdict`` is ``supported``, ``refuted``,
``conditional`` or ``not measured here``. ``finding`` is what the claim's own study says; ``beside`` are other studies,
and other presets.
``home`` is the claim under which the page shows a study. Claims, studies and findings are in the page's order.
"""

from __future__ import annotations

import importlib.metadata
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.claims import CLAIMS, by_number
from eval.judgement import Verdict
from eval.report.gather import CUSTOM, Gathered, Presets, Run
from eval.report.panel import Drawn
from eval.study import Study
from training.run_directory import plain

TITLE = "What does a gradient cost, and what is it worth?"
THESIS = "C0"
UNMEASURED = "not measured here"
ORDER = ("supported", "conditional", "refuted", UNMEASURED)
"""Verdicts as they are listed and sorted."""


@dataclass(frozen=True)
class Finding:
    """A verdict and where it comes from; fields as in ``eval.study.Verdict``."""

    verdict: str
    statement: str
    quantity: str = ""
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    conditions: tuple[str, ...] = ()
    study: str | None = None
    preset: str | None = None
    directory: str | None = None


@dataclass(frozen=True)
class ClaimSection:
    """A claim, what was found, and how to find it again."""

    id: str
    title: str
    text: str
    source: str
    question: str
    statistic: str
    literature: str
    thresholds: Mapping[str, float]
    limits: tuple[str, ...]
    command: str | None
    finding: Finding
    beside: tuple[Finding, ...]
    studies: tuple[str, ...]


@dataclass(frozen=True)
class StudySection:
    """A study that was run: its figure, its panels and its provenance."""

    name: str
    question: str
    preset: str
    seed: int
    directory: str
    finished: str
    seconds: float | None
    command: str
    claims: tuple[str, ...]
    home: str | None
    findings: tuple[str, ...]
    figure: str
    panels: tuple[Drawn, ...]
    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    disagreement: str | None


@dataclass(frozen=True)
class Missing:
    """A study of which no finished run was found."""

    study: str
    question: str
    command: str


@dataclass(frozen=True)
class Report:
    """The whole of it; the module's docstring says what each part is in JSON."""

    title: str
    answer: tuple[str, ...]
    created: str
    version: str | None
    claims: tuple[ClaimSection, ...]
    studies: tuple[StudySection, ...]
    missing: tuple[Missing, ...]
    others: tuple[str, ...]
    skipped: tuple[str, ...]


def compose(
    gathered: Gathered, studies: Mapping[str, Study], presets: Presets, preferred: str | None = None
) -> tuple[Report, Mapping[str, Path]]:
    """The report, and the figure that each of its studies drew.

    Args:
        gathered: What is on disk.
        studies: All that there are, by name.
        presets: Of each; the first is the one that a command is composed from.
        preferred: Preset whose run is shown where there are several; else the best that was found.
    """
    chosen = _chosen(gathered.runs, preferred)
    sections = tuple(_study(run, presets) for run in chosen.values())
    commands = {section.name: section.command for section in sections}
    claims = tuple(_claim(name, chosen, gathered.runs, studies, commands) for name in sorted(CLAIMS, key=by_number))
    missing = tuple(Missing(name, studies[name].question, _command(name)) for name in studies if name not in chosen)
    report = Report(
        title=TITLE,
        answer=tuple(_answer(claims)),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        version=_version(),
        claims=claims,
        studies=sections,
        missing=missing,
        others=tuple(_others(gathered, chosen)),
        skipped=tuple(f"{skipped.directory}: {skipped.reason}" for skipped in gathered.skipped),
    )
    return report, {name: run.directory for name, run in chosen.items()}


def _chosen(runs: Sequence[Run], preferred: str | None) -> dict[str, Run]:
    chosen: dict[str, Run] = {}
    for run in runs:
        if run.study.name not in chosen or run.preset == preferred:
            chosen[run.study.name] = run
    return chosen


def _claim(
    name: str,
    chosen: Mapping[str, Run],
    runs: Sequence[Run],
    studies: Mapping[str, Study],
    commands: Mapping[str, str],
) -> ClaimSection:
    claim = CLAIMS[name]
    deciding, beside = None, []
    for run in runs:
        for verdict in run.verdicts:
            if verdict.claim != name:
                continue
            if run.study.name == claim.study and chosen[run.study.name] is run:
                deciding = _finding(verdict, run)
            else:
                beside.append(_finding(verdict, run))
    judging = [study for study in studies.values() if name in study.claims]
    judging.sort(key=lambda study: study.name != claim.study)
    return ClaimSection(
        id=name,
        title=claim.title,
        text=claim.text,
        source=claim.source,
        question=claim.question,
        statistic=claim.statistic,
        literature=claim.literature,
        thresholds=dict(claim.thresholds),
        limits=claim.limits,
        command=None if claim.study is None else commands.get(claim.study, _command(claim.study)),
        finding=deciding or Finding(UNMEASURED, _why_not(claim.study, claim.unmeasured)),
        beside=tuple(beside),
        studies=tuple(study.name for study in judging),
    )


def _why_not(study: str | None, unmeasured: str | None) -> str:
    return f"{unmeasured}." if study is None else f"No finished run of study={study} was found."


def _finding(verdict: Verdict, run: Run) -> Finding:
    return Finding(
        verdict=verdict.verdict,
        statement=verdict.statement,
        quantity=verdict.quantity,
        effect=verdict.effect,
        low=verdict.low,
        high=verdict.high,
        conditions=tuple(verdict.conditions),
        study=run.study.name,
        preset=run.preset,
        directory=str(run.directory),
    )


def _study(run: Run, presets: Presets) -> StudySection:
    now = {verdict.claim: verdict.verdict for verdict in run.verdicts}
    differing = [
        f"{claim} as {run.recorded_verdicts.get(claim, 'absent')} where the table gives {now.get(claim, 'nothing')}"
        for claim in sorted({*now, *run.recorded_verdicts}, key=by_number)
        if now.get(claim) != run.recorded_verdicts.get(claim)
    ]
    seconds = run.environment.get("seconds")
    return StudySection(
        name=run.study.name,
        question=run.study.question,
        preset=run.preset,
        seed=run.config.seed,
        directory=str(run.directory),
        finished=run.finished.isoformat(timespec="seconds"),
        seconds=float(seconds) if isinstance(seconds, (int, float)) else None,
        command=_command_of(run, presets),
        claims=run.study.claims,
        home=_home(run.study),
        findings=run.findings,
        figure=f"{run.study.name}-{run.preset}.png",
        panels=run.panels,
        settings=plain(run.recorded),
        environment=run.environment,
        disagreement=f"verdicts.json has {'; '.join(differing)}: the table decides" if differing else None,
    )


def _home(study: Study) -> str | None:
    """The claim under which a study is shown: the one that it decides, else the first that it speaks of."""
    decided = [name for name in study.claims if name in CLAIMS and CLAIMS[name].study == study.name]
    return next(iter((*decided, *study.claims)), None)


def _command(study: str, preset: str = "quick") -> str:
    return f"python -m scripts.study study={study} preset={preset}"


def _command_of(run: Run, presets: Presets) -> str:
    """What repeats a run; settings that are no preset's as overrides of the preset ``quick``."""
    known = presets[run.study.name]
    base = run.preset if run.preset != CUSTOM else "quick"
    words = [_command(run.study.name, base)]
    if run.preset == CUSTOM:
        before = plain(known[base])
        words += [
            shlex.quote(f"settings.{name}={_hydra(value)}")
            for name, value in plain(run.config).items()
            if name != "seed" and value != before[name]
        ]
    if run.config.seed != known[base].seed:
        words.append(f"seed={run.config.seed}")
    return " ".join(words)


def _hydra(value: Any) -> str:
    """A value as Hydra's command line takes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_hydra, value))}]"
    return str(value)


def _answer(claims: Sequence[ClaimSection]) -> Iterator[str]:
    """A paragraph each: the argument as a whole, and the claims that it rests on."""
    for claim in claims:
        if claim.id == THESIS:
            verdict = claim.finding.verdict
            judged = "supported under conditions only" if verdict == "conditional" else verdict
            yield f"The argument as a whole, “{claim.text}” ({claim.id}), is {judged}."
    parts = [claim for claim in claims if claim.id != THESIS]
    groups = {verdict: [claim for claim in parts if claim.finding.verdict == verdict] for verdict in ORDER}
    words = {
        "supported": "{} supported",
        "conditional": "{} supported under conditions only",
        "refuted": "{} refuted",
        UNMEASURED: "{} not measured here",
    }
    counted = [
        f"{len(found) or 'none'} {words[verdict].format('is' if len(found) < 2 else 'are')}{_named(found, verdict)}"
        for verdict, found in groups.items()
    ]
    yield f"Of the {len(parts)} claims that it rests on, as measured here {', '.join(counted[:-1])}, and {counted[-1]}."


def _named(claims: Sequence[ClaimSection], verdict: str) -> str:
    if verdict == UNMEASURED:
        listed = ", ".join(claim.id for claim in claims)
    else:
        listed = "; ".join(f"{claim.id} {claim.title[0].lower()}{claim.title[1:]}" for claim in claims)
    return f" ({listed})" if listed else ""


def _others(gathered: Gathered, chosen: Mapping[str, Run]) -> Iterator[str]:
    for run in gathered.runs:
        if chosen[run.study.name] is not run:
            shown = chosen[run.study.name]
            yield f"{run.directory}: {run.study.name} with preset={run.preset}; {shown.directory} is shown"
    for run in gathered.older:
        yield f"{run.directory}: {run.study.name} with preset={run.preset}, older than the run that is shown"


def _version() -> str | None:
    try:
        return importlib.metadata.version("gradient-cost")
    except importlib.metadata.PackageNotFoundError:
        return None
