"""What a table says of a claim: an outcome for each of its statements, and a line composed of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from eval.claims import CLAIMS
from eval.claims.claim import Side

Outcome: TypeAlias = Literal["holds", "fails", "undecided", "not measured"]
HOLDS, FAILS, UNDECIDED, NOT_MEASURED = "holds", "fails", "undecided", "not measured"
OUTCOMES: tuple[Outcome, ...] = (HOLDS, FAILS, UNDECIDED, NOT_MEASURED)
"""In the order in which they are listed."""
_VERBS = {HOLDS: "holds", FAILS: "fails", UNDECIDED: "is undecided", NOT_MEASURED: "is not measured"}


@dataclass(frozen=True)
class Judgement:
    """What a table says of one statement.

    Attributes:
        statement: Its name among the statements of the claim.
        outcome: ``holds`` or ``fails`` where the table decides it, ``undecided`` where it does not, ``not measured``
            where it holds nothing that could.
        found: One sentence composed of the measured numbers; why nothing was measured where nothing was.
        quantity: What ``value`` is, with its unit; empty where there is no number.
        value: The statistic that was held against the threshold.
        low: The lower end of the statistic's 95% interval; equal to ``value`` for a count without noise.
        high: The upper end of that interval.
        needed: What would decide it; ``None`` where it is decided.
    """

    statement: str
    outcome: Outcome
    found: str
    quantity: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    needed: str | None = None

    def __post_init__(self) -> None:
        if (self.needed is None) != (self.outcome in (HOLDS, FAILS)):
            raise ValueError(f"statement {self.statement} is {self.outcome}: say what would decide it if nothing does")
        if (self.value is None) != (not self.quantity):
            raise ValueError(f"statement {self.statement} needs both a value and what it is of, or neither")


def judged(
    statement: str,
    decision: bool | None,
    found: str,
    *,
    needed: str,
    quantity: str = "",
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Judgement:
    """Make a judgement from what :mod:`eval.statistics.equivalence` decides.

    Args:
        statement: The name of the statement.
        decision: ``True`` where it holds, ``False`` where it fails, ``None`` where the table does not decide it.
        found: One sentence composed of the measured numbers.
        needed: What would decide it where the table does not.
        quantity: What ``value`` is, with its unit.
        value: The statistic.
        low: The lower end of its 95% interval.
        high: The upper end of its 95% interval.
    """
    outcome: Outcome = UNDECIDED if decision is None else HOLDS if decision else FAILS
    return Judgement(statement, outcome, found, quantity, value, low, high, needed if outcome == UNDECIDED else None)


def not_measured(statement: str, reason: str, needed: str) -> Judgement:
    """Make the judgement of a statement that the table holds nothing of.

    Args:
        statement: The name of the statement.
        reason: Why the table holds nothing of it, as one sentence.
        needed: What would have to be measured.
    """
    return Judgement(statement, NOT_MEASURED, reason, needed=needed)


@dataclass(frozen=True)
class Verdict:
    """What a study's table says of a claim.

    Attributes:
        claim: A key of ``eval.claims.CLAIMS``.
        judgements: One for each statement of the claim that the study decides, in the claim's order.
        conditions: The conditions under which it was measured, one sentence each.
        context: Sentences composed of the measured numbers that decide nothing but belong to the answer.
    """

    claim: str
    judgements: tuple[Judgement, ...]
    conditions: tuple[str, ...] = ()
    context: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The claim's own line; see :func:`claim_line`."""
        return claim_line(self.claim, self.judgements)


def claim_line(claim: str, judgements: Iterable[Judgement]) -> str:
    """Compose in which regimes a claim holds and in which it fails.

    A statement that speaks against the claim counts for it where it fails.

    Args:
        claim: A key of ``eval.claims.CLAIMS``.
        judgements: Judgements of statements of this claim, of one study or of several.
    """
    found: dict[str, list[str]] = {outcome: [] for outcome in OUTCOMES}
    for one in judgements:
        statement = CLAIMS[claim].statements[one.statement]
        found[turned(statement.claim, one.outcome)].append(statement.regime)
    parts = [f"{_VERBS[outcome]} {'; '.join(where)}" for outcome, where in found.items() if where]
    return f"The claim {'. It '.join(parts)}." if parts else "Nothing of the claim was measured."


def regimes(claim: str, judgements: Iterable[Judgement]) -> Mapping[Outcome, int]:
    """Count in how many regimes a claim holds, fails, is undecided and is not measured; see :func:`claim_line`."""
    counts = dict.fromkeys(OUTCOMES, 0)
    for one in judgements:
        counts[turned(CLAIMS[claim].statements[one.statement].claim, one.outcome)] += 1
    return counts


def tally(claim: str, judgements: Sequence[Judgement]) -> str:
    """Count in words in how many regimes a claim holds, for the heading of a figure; see :func:`claim_line`."""
    counts = [(outcome, count) for outcome, count in regimes(claim, judgements).items() if count]
    if not counts:
        return "nothing was judged"
    (first, number), *rest = counts
    noun = "regime" if len(judgements) == 1 else "regimes"
    return ", ".join(
        [
            f"it {_VERBS[first]} in {number} of {len(judgements)} {noun}",
            *(f"{_VERBS[one]} in {many}" for one, many in rest),
        ]
    )


def speaking(claim: str, judgement: Judgement) -> Side | None:
    """Return the side of the argument of arXiv 2510.08591 that a judgement speaks on, ``None`` while undecided."""
    side = CLAIMS[claim].statements[judgement.statement].argument
    outcome = turned(side, judgement.outcome)
    return "for" if outcome == HOLDS else "against" if outcome == FAILS else None


def require_complete(study: str, claims: Sequence[str], verdicts: Sequence[Verdict]) -> None:
    """Require one judgement of every statement that a study decides, and of no other.

    Args:
        study: The name of the study.
        claims: The claims of which it speaks.
        verdicts: What it says.

    Raises:
        ValueError: If a verdict or judgement is missing, doubled, out of order, or not the study's to give.
    """
    if tuple(verdict.claim for verdict in verdicts) != tuple(claims):
        raise ValueError(f"study {study} judged {[one.claim for one in verdicts]}, not its claims {list(claims)}")
    for verdict in verdicts:
        wanted = [name for name, one in CLAIMS[verdict.claim].statements.items() if one.study == study]
        given = [one.statement for one in verdict.judgements]
        if given != wanted:
            raise ValueError(f"study {study} judged the statements {given} of {verdict.claim}, not {wanted}")


def outcomes(verdicts: Iterable[Verdict]) -> Mapping[str, Outcome]:
    """Return the outcome of every statement, by ``claim.statement``."""
    return {f"{verdict.claim}.{one.statement}": one.outcome for verdict in verdicts for one in verdict.judgements}


def turned(side: Side, outcome: Outcome) -> Outcome:
    """Turn an outcome around where a statement speaks against what is asked about.

    Args:
        side: The side on which the statement speaks where it holds.
        outcome: The outcome of the statement.
    """
    if side == "for":
        return outcome
    return FAILS if outcome == HOLDS else HOLDS if outcome == FAILS else outcome
