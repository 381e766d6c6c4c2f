"""The parts of the report, and with them those of ``report.json``.

``report.json`` is a ``Report``: its dataclasses as objects and its tuples as lists. ``report.schema.json`` beside it is
its JSON Schema, made of the same dataclasses (:mod:`eval.report.schema`). Claims, studies and statements are in the
page's order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.claims.bounds import Bounds
from eval.claims.claim import Side
from eval.judgement import Outcome
from eval.report.panel import Drawn


@dataclass(frozen=True)
class StatementSection:
    """A statement, what was found and where; the fields are those of ``Statement`` and ``Judgement``.

    Attributes:
        speaks: The side of the argument of arXiv 2510.08591 on which it speaks; ``None`` while it is not decided.
        margin: How many steps ``value`` lies inside ``holds``, and below 0 outside; ``None`` without a value.
        margin_low: The least margin of the values of the interval; ``None`` without an interval.
        margin_high: The largest of them.
    """

    name: str
    text: str
    regime: str
    claim: Side
    argument: Side
    statistic: str
    holds: Bounds
    thresholds: Mapping[str, float]
    least_data: str
    chosen_after: str | None
    study: str
    outcome: Outcome
    found: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    margin: float | None
    margin_low: float | None
    margin_high: float | None
    needed: str | None
    speaks: Side | None
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
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True)
class ClaimSection:
    """A claim, its statements, and how to measure them again.

    Attributes:
        answer: One or two sentences of at most 25 words and two numbers.
        sure: What speaks for and against trusting it, a sentence each.
        changes: What would change it, a sentence each.
        regimes: In how many regimes the claim itself holds or fails: a statement that speaks against its claim counts
            for it where it fails.
        beside: What runs of other presets say.
    """

    id: str
    title: str
    text: str
    source: str
    question: str
    answer: tuple[str, ...]
    sure: tuple[str, ...]
    changes: tuple[str, ...]
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
    """A study that was run: its figure, its panels and its provenance.

    Attributes:
        home: The claim under which the page shows it; ``None`` for a study without a claim.
        disagreement: In what its ``verdicts.json`` differs from what its table says now.
    """

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
    """The whole of it."""

    title: str
    answer: tuple[str, ...]
    created: str
    version: str | None
    claims: tuple[ClaimSection, ...]
    studies: tuple[StudySection, ...]
    missing: tuple[Missing, ...]
    others: tuple[str, ...]
    skipped: tuple[str, ...]
