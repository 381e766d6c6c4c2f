"""What the report says, composed from the runs that were found: the content of ``report.json``.

``report.json`` is a ``Report``, its dataclasses as objects and its tuples as lists::

    {"title": str, "answer": [paragraph, ...], "created": "2026-01-31T12:00:00+00:00", "version": str | null,
     "claims": [{"id": "C3", "title", "text", "source", "question", "statistic", "literature", "line": str,
                 "limits": [str, ...], "unmeasured": str | null, "commands": [str, ...],
                 "statements": [{"name", "text", "regime", "claim", "argument", "statistic", "least_data": str,
                                 "thresholds": {name: number}, "chosen_after": str | null, "study": str,
                                 "outcome", "found", "quantity": str, "value", "low", "high": number | null,
                                 "needed", "speaks", "preset", "directory": str | null}, ...],
                 "regimes": {outcome: number}, "conditions": [str, ...], "context": [str, ...],
                 "beside": [{"study", "preset", "directory", "line", "tally": str, "outcomes": {name: outcome}}, ...],
                 "studies": [name, ...]}, ...],
     "studies": [{"name", "question", "preset", "directory", "finished", "command": str, "seed": int,
                  "claims": [id, ...], "home": id | null, "findings": [str, ...], "seconds": number | null,
                  "figure": file name,
                  "panels": [{"title", "x", "y", "alt": str, "log_x", "log_y": bool, "curves":
                              [{"name": str, "reference": bool, "look": int,
                                "points": [{"x", "y", "low", "high"}, ...]}, ...]}],
                  "settings": {...}, "environment": {...}, "disagreement": str | null}, ...],
     "missing": [{"study", "question", "command"}, ...], "others": [str, ...], "skipped": [str, ...]}

``outcome`` is ``holds``, ``fails``, ``undecided`` or ``not measured``. ``speaks`` is the side of the argument of arXiv
2510.08591 on which a decided statement speaks. ``regimes`` counts in how many regimes the claim itself holds or fails:
a statement that speaks against its claim counts for it where it fails. ``beside`` are other presets.
``home`` is the claim under which the page shows a study. Claims, studies and statements are in the page's order.
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
from eval.claims.claim import Statement
from eval.judgement import (
    Judgement,
    Outcome,
    Verdict,
    claim_line,
    not_measured,
    outcomes,
    regimes,
    speaking,
    tally,
)
from eval.report.gather import CUSTOM, Gathered, Presets, Run
from eval.report.panel import Drawn
from eval.study import Study
from training.run.run_directory import plain

TITLE = "What does a gradient cost, and what is it worth?"
THESIS = "C0"


@dataclass(frozen=True)
class StatementSection:
    """A statement, what was found and where; the fields are those of ``Statement`` and ``Judgement``."""

    name: str
    text: str
    regime: str
    claim: str
    argument: str
    statistic: str
    thresholds: Mapping[str, float]
    least_data: str
    chosen_after: str | None
    study: str
    outcome: str
    found: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    needed: str | None
    speaks: str | None
    preset: str | None
    directory: str | None


@dataclass(frozen=True)
class Beside:
    """What another run of a study says of a claim."""

    study: str
    preset: str
    directory: str
    line: str
    tally: str
    outcomes: Mapping[str, str]


@dataclass(frozen=True)
class ClaimSection:
    """A claim, its statements, and how to measure them again."""

    id: str
    title: str
    text: str
    source: str
    question: str
    statistic: str
    literature: str
    line: str
    limits: tuple[str, ...]
    unmeasured: str | None
    commands: tuple[str, ...]
    statements: tuple[StatementSection, ...]
    regimes: Mapping[Outcome, int]
    conditions: tuple[str, ...]
    context: tuple[str, ...]
    beside: tuple[Beside, ...]
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
        presets: The presets of each; the first is the one that a command is composed from.
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
    verdicts = {study: verdict for study, run in chosen.items() for verdict in run.verdicts if verdict.claim == name}
    judgements = {
        key: _judgement(key, statement, verdicts.get(statement.study)) for key, statement in claim.statements.items()
    }
    judging = [study for study in studies.values() if name in study.claims]
    judging.sort(key=lambda study: study.name != claim.study)
    own = [] if claim.study is None else [claim.study]
    measuring = dict.fromkeys((*own, *(statement.study for statement in claim.statements.values())))
    return ClaimSection(
        id=name,
        title=claim.title,
        text=claim.text,
        source=claim.source,
        question=claim.question,
        statistic=claim.statistic,
        literature=claim.literature,
        line=claim_line(name, judgements.values()) if claim.unmeasured is None else "The claim is not measured.",
        limits=claim.limits,
        unmeasured=claim.unmeasured,
        commands=tuple(commands.get(study, _command(study)) for study in measuring),
        statements=tuple(
            _statement(name, key, judgements[key], chosen.get(statement.study))
            for key, statement in claim.statements.items()
        ),
        regimes=regimes(name, judgements.values()),
        conditions=tuple(sentence for verdict in verdicts.values() for sentence in verdict.conditions),
        context=tuple(sentence for verdict in verdicts.values() for sentence in verdict.context),
        beside=tuple(
            Beside(
                run.study.name,
                run.preset,
                str(run.directory),
                verdict.line,
                tally(verdict.claim, verdict.judgements),
                {one.statement: one.outcome for one in verdict.judgements},
            )
            for run in runs
            if chosen[run.study.name] is not run
            for verdict in run.verdicts
            if verdict.claim == name
        ),
        studies=tuple(study.name for study in judging),
    )


def _judgement(name: str, statement: Statement, verdict: Verdict | None) -> Judgement:
    for one in verdict.judgements if verdict else ():
        if one.statement == name:
            return one
    return not_measured(name, f"No finished run of study={statement.study} was found.", _command(statement.study))


def _statement(claim: str, name: str, judgement: Judgement, run: Run | None) -> StatementSection:
    statement = CLAIMS[claim].statements[name]
    return StatementSection(
        name=name,
        text=statement.text,
        regime=statement.regime,
        claim=statement.claim,
        argument=statement.argument,
        statistic=statement.statistic,
        thresholds={limit: CLAIMS[claim].thresholds[limit] for limit in statement.thresholds},
        least_data=statement.least_data,
        chosen_after=statement.chosen_after,
        study=statement.study,
        outcome=judgement.outcome,
        found=judgement.found,
        quantity=judgement.quantity,
        value=judgement.value,
        low=judgement.low,
        high=judgement.high,
        needed=judgement.needed,
        speaks=speaking(claim, judgement),
        preset=None if run is None else run.preset,
        directory=None if run is None else str(run.directory),
    )


def _study(run: Run, presets: Presets) -> StudySection:
    now, then = outcomes(run.verdicts), run.recorded_outcomes
    differing = (
        []
        if then is None
        else [
            f"{name} as {then.get(name, 'absent')} where the table gives {now.get(name, 'nothing')}"
            for name in sorted({*now, *then}, key=lambda name: (by_number(name.partition(".")[0]), name))
            if now.get(name) != then.get(name)
        ]
    )
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
        disagreement=_disagreement(differing, then is None),
    )


def _disagreement(differing: Sequence[str], older: bool) -> str | None:
    if older:
        return "verdicts.json is of a version that knew no statements: the table decides"
    return f"verdicts.json has {'; '.join(differing)}: the table decides" if differing else None


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
    """Compose a paragraph on the argument as a whole, and one on the claims that it rests on; 120 words at most."""
    for claim in claims:
        if claim.id == THESIS:
            yield f"The argument as a whole, in words of ours: {claim.text} ({claim.id}). {_in_regimes(claim)}"
    found = [one for claim in claims for one in claim.statements]
    sides = {side: sum(one.speaks == side for one in found) for side in ("for", "against")}
    unmeasured = [claim.id for claim in claims if claim.unmeasured is not None]
    sentences = [
        f"It and the claims that it rests on are taken apart into {len(found)} statements, of which "
        f"{sum(sides.values())} are decided here.",
        f"Of these, {sides['for']} {_verb(sides['for'])} for the argument and {sides['against']} against it.",
    ]
    rest = sorted((claim for claim in claims if claim.id != THESIS), key=_leaning)
    if rest and _leaning(rest[0]) < (0, 0.0) < _leaning(rest[-1]):
        sentences.append(f"The argument fares best in {_told(rest[-1])}, and worst in {_told(rest[0])}.")
    if unmeasured:
        listed = ", ".join(unmeasured[:-1]) + (" and " if len(unmeasured) > 1 else "") + unmeasured[-1]
        sentences.append(f"Nothing in this version measures {listed}.")
    yield " ".join(sentences)


def _in_regimes(claim: ClaimSection) -> str:
    """Say in how many regimes a claim holds and fails; ``claim.line`` says in which."""
    measured = {outcome: count for outcome, count in claim.regimes.items() if count and outcome != "not measured"}
    if not measured:
        return "It is not measured here."
    words = {"holds": "holds in", "fails": "fails in", "undecided": "is undecided in"}
    parts = [f"{words[outcome]} {count}" for outcome, count in measured.items()]
    listed = ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
    return f"Of {sum(measured.values())} regimes that were measured, it {listed}."


def _leaning(claim: ClaimSection) -> tuple[int, float]:
    """Return how many more of a claim's statements speak for the argument than against it, and their share."""
    pro, contra = _sides(claim)
    return pro - contra, (pro - contra) / max(pro + contra, 1)


def _told(claim: ClaimSection) -> str:
    pro, contra = _sides(claim)
    return f"“{claim.title}” ({claim.id}: {pro} for, {contra} against)"


def _sides(claim: ClaimSection) -> tuple[int, int]:
    spoken = [one.speaks for one in claim.statements]
    return spoken.count("for"), spoken.count("against")


def _verb(count: int) -> str:
    return "speaks" if count == 1 else "speak"


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
