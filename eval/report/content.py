"""What the report says, composed from the runs that were found."""

from __future__ import annotations

import importlib.metadata
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.claims import CLAIMS, by_number
from eval.claims.claim import Statement
from eval.judgement import (
    Judgement,
    Verdict,
    claim_line,
    not_measured,
    outcomes,
    regimes,
    speaking,
    tally,
)
from eval.report.answers import claim_answer, how_sure, what_would_change_it, whole_answer
from eval.report.gather import CUSTOM, Gathered, Presets, Run
from eval.report.sections import Beside, ClaimSection, Missing, Report, StatementSection, StudySection
from eval.study import Study
from training.run.run_directory import plain

TITLE = "What does a gradient cost, and what is it worth?"


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
        answer=tuple(whole_answer(claims)),
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
    statements = tuple(
        _statement(name, key, judgements[key], chosen.get(statement.study))
        for key, statement in claim.statements.items()
    )
    return ClaimSection(
        id=name,
        title=claim.title,
        text=claim.text,
        source=claim.source,
        question=claim.question,
        answer=claim_answer(statements),
        sure=how_sure(statements),
        changes=what_would_change_it(statements, claim.limits),
        statistic=claim.statistic,
        literature=claim.literature,
        line=claim_line(name, judgements.values()) if claim.unmeasured is None else "The claim is not measured.",
        limits=claim.limits,
        unmeasured=claim.unmeasured,
        commands=tuple(commands.get(study, _command(study)) for study in measuring),
        statements=statements,
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
    value, low, high = judgement.value, judgement.low, judgement.high
    margins = (None, None) if low is None or high is None else statement.holds.margins(low, high)
    return StatementSection(
        name=name,
        text=statement.text,
        regime=statement.regime,
        claim=statement.claim,
        argument=statement.argument,
        statistic=statement.statistic,
        holds=statement.holds,
        thresholds={limit: CLAIMS[claim].thresholds[limit] for limit in statement.thresholds},
        least_data=statement.least_data,
        chosen_after=statement.chosen_after,
        study=statement.study,
        outcome=judgement.outcome,
        found=judgement.found,
        quantity=judgement.quantity,
        value=value,
        low=low,
        high=high,
        margin=None if value is None else statement.holds.margin(value),
        margin_low=margins[0],
        margin_high=margins[1],
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
