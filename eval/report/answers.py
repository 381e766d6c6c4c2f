"""Answers in few words: of the whole report, and of each claim with how sure they are and what would change them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from eval.claims.claim import Side
from eval.judgement import turned
from eval.report.sections import ClaimSection, StatementSection

THESIS = "C0"
"""The claim that is the argument as a whole."""
MOST_WORDS = 25
"""Of a sentence of an answer."""
MOST_NUMBERS = 2
"""In a sentence of an answer."""
_LISTED = 3
"""Ways to decide what is undecided that are named; the others stand with their statements."""


def whole_answer(claims: Sequence[ClaimSection]) -> Iterator[str]:
    """Compose a paragraph on the argument as a whole, and one on the claims that it rests on; 120 words at most."""
    for claim in claims:
        if claim.id == THESIS:
            yield f"The argument as a whole: {claim.text} ({claim.id}). {' '.join(claim.answer)}"
    found = [one for claim in claims for one in claim.statements]
    sides = {side: sum(one.speaks == side for one in found) for side in ("for", "against")}
    unmeasured = [claim.id for claim in claims if claim.unmeasured is not None]
    sentences = [
        f"It and the claims that it rests on are taken apart into {len(found)} statements, of which "
        f"{sum(sides.values())} are decided here.",
        f"Of these, {sides['for']} {_speak(sides['for'])} for the argument and {sides['against']} against it.",
    ]
    rest = sorted((claim for claim in claims if claim.id != THESIS), key=_leaning)
    if rest and _leaning(rest[0]) < (0, 0.0) < _leaning(rest[-1]):
        best, worst = (f"“{one.title}” ({one.id})" for one in (rest[-1], rest[0]))
        sentences.append(f"The argument fares best in {best}, and worst in {worst}.")
    if unmeasured:
        sentences.append(f"Nothing in this version measures {_listed(unmeasured)}.")
    yield " ".join(sentences)


def claim_answer(statements: Sequence[StatementSection]) -> tuple[str, ...]:
    """Compose the answer of a claim: in how many decided regimes it holds, and one regime for each outcome.

    Args:
        statements: The claim's statements, judged.

    Returns:
        One or two sentences, each of at most ``MOST_WORDS`` words and ``MOST_NUMBERS`` numbers.
    """
    by_outcome = {
        outcome: [one for one in statements if turned(one.claim, one.outcome) == outcome]
        for outcome in ("holds", "fails")
    }
    decided = sum(map(len, by_outcome.values()))
    if not decided:
        measured = any(one.outcome == "undecided" for one in statements)
        return ("The measurements decide nothing of it.",) if measured else ("It is not measured here.",)
    return (_count(len(by_outcome["holds"]), decided), *_example(by_outcome))


def how_sure(statements: Sequence[StatementSection]) -> tuple[str, ...]:
    """Say what speaks for and against trusting the answer of a claim.

    Args:
        statements: The claim's statements, judged.
    """
    return tuple(_trust(statements))


def what_would_change_it(statements: Sequence[StatementSection], limits: Iterable[str]) -> tuple[str, ...]:
    """Say what would decide what is undecided, and what was not asked.

    Args:
        statements: The claim's statements, judged.
        limits: What no statement of the claim speaks of.
    """
    needed = dict.fromkeys(one.needed for one in statements if one.needed is not None)
    words = [f"Something undecided would be decided by {one}." for one in list(needed)[:_LISTED]]
    if len(needed) > _LISTED:
        words.append(f"The statements name {len(needed) - _LISTED} more such ways.")
    return (*words, *(f"{limit[:1].upper()}{limit[1:]}." for limit in limits))


def short(sentence: str) -> bool:
    """Return whether a sentence keeps to the words and numbers that an answer may have."""
    return len(sentence.split()) <= MOST_WORDS and len(re.findall(r"\d[\d.,]*", sentence)) <= MOST_NUMBERS


def _trust(statements: Sequence[StatementSection]) -> Iterator[str]:
    decided = [one for one in statements if one.speaks is not None]
    total = len(statements)
    for outcome, verb in (("undecided", "undecided"), ("not measured", "not measured")):
        count = sum(one.outcome == outcome for one in statements)
        if count:
            yield f"Of {total} {_noun(total)}, {count} {_be(count)} {verb}."
    after = sum(one.chosen_after is not None for one in decided)
    if decided:
        yield (
            f"For {after} of the {len(decided)} decided {_noun(len(decided))} something was chosen after data had been "
            "seen."
        )
    margins = [(abs(one.margin), place) for place, one in enumerate(decided) if one.margin is not None]
    if len(margins) > 1:
        margin, place = min(margins)
        near = f"{margin:.2g} of its step" if margin else "0 steps"
        yield f"The closest call, {near} from its threshold, is the one {decided[place].regime}."


def _count(holding: int, decided: int) -> str:
    if decided == 1:
        return f"It {'holds' if holding else 'fails'} in the one regime that is decided."
    if holding in (0, decided):
        return f"It {'holds' if holding else 'fails'} in all {decided} regimes that are decided."
    return f"It holds in {holding} of {decided} decided regimes."


def _example(by_outcome: Mapping[str, Sequence[StatementSection]]) -> Iterator[str]:
    """Yield a sentence on the first regimes, in the order of the claim, for which it is short enough."""
    present = {outcome: found for outcome, found in by_outcome.items() if found}
    pairs = [(one, other) for one in present.get("holds", ()) for other in present.get("fails", ())]
    told = [f"For example, it holds {one.regime}, and fails {other.regime}." for one, other in pairs]
    told += [f"For example, it {outcome} {one.regime}." for outcome, found in present.items() for one in found]
    yield from list(filter(short, told))[:1]


def _leaning(claim: ClaimSection) -> tuple[int, float]:
    """Return how many more of a claim's statements speak for the argument than against it, and their share."""
    spoken: list[Side | None] = [one.speaks for one in claim.statements]
    pro, contra = spoken.count("for"), spoken.count("against")
    return pro - contra, (pro - contra) / max(pro + contra, 1)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1]


def _speak(count: int) -> str:
    return "speaks" if count == 1 else "speak"


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _noun(count: int) -> str:
    return "statement" if count == 1 else "statements"
