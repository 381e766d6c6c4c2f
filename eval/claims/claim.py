"""What a claim is, and the statements into which it is taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from eval.claims.bounds import Bounds

Side = Literal["for", "against"]


@dataclass(frozen=True)
class Statement:
    """One thing about a claim that a measurement can decide.

    Attributes:
        text: What is stated, with its threshold in words: one sentence that holds or fails.
        regime: Where it is judged, as it follows "holds" or "fails": "for the operations of a transformer".
        claim: The side of the claim that the statement speaks on where it holds; where it fails it is the other.
        argument: The side of the argument of arXiv 2510.08591 that it speaks on where it holds.
        statistic: What is computed from the measured rows.
        holds: Between which values of the number that is shown it holds, where nothing else keeps it from holding.
        thresholds: The names, among the thresholds of the claim, of what the statistic is held against.
        least_data: The least data that can decide it.
        study: The study whose rows decide it.
        chosen_after: What of it was chosen after data had been seen; ``None`` where nothing was.
    """

    text: str
    regime: str
    claim: Side
    argument: Side
    statistic: str
    holds: Bounds
    thresholds: tuple[str, ...]
    least_data: str
    study: str
    chosen_after: str | None = None


@dataclass(frozen=True)
class Claim:
    """A claim that can be measured.

    Attributes:
        text: What is claimed.
        source: Where it is claimed.
        statistic: What is measured to judge it.
        thresholds: What the statistics of its statements are held against, by name.
        study: The study under which the report shows it; ``None`` where no study of this version measures it.
        title: The claim in a few words, for headings.
        question: What is asked of the measurement, in one sentence.
        literature: The number, with its source, to hold beside the measured one.
        statements: What can be decided about it, by name; empty where no study measures it.
        limits: What no statement speaks of, whatever was measured.
        unmeasured: Why no study measures it; ``None`` where one does.
    """

    text: str
    source: str
    statistic: str
    thresholds: Mapping[str, float]
    study: str | None
    title: str
    question: str
    literature: str
    statements: Mapping[str, Statement] = field(default_factory=lambda: MappingProxyType({}))
    limits: tuple[str, ...] = ()
    unmeasured: str | None = None

    def __post_init__(self) -> None:
        if (self.study is None) == (self.unmeasured is None):
            raise ValueError(f"claim {self.title!r} needs either a study or the reason why it has none")
        for name, statement in self.statements.items():
            unknown = set(statement.thresholds) - set(self.thresholds)
            if unknown:
                raise ValueError(f"statement {name} is held against {min(unknown)}, no threshold of {self.title!r}")
