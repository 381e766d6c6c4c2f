"""What a line and a tally say can be read back, for any outcomes of any claim's statements."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.claims import CLAIMS
from eval.judgement import OUTCOMES, Judgement, claim_line, tally

TAKEN_APART = [claim for claim, known in CLAIMS.items() if known.statements]
TURNED = {"holds": "fails", "fails": "holds"}
SINGULAR = {"holds": "holds", "fails": "fails", "is undecided": "undecided", "is not measured": "not measured"}


def judgement(statement, outcome):
    return Judgement(statement, outcome, "Found.", needed=None if outcome in TURNED else "more")


@st.composite
def judgements(draw):
    """Any statements of any claim in any order, with any outcomes."""
    claim = draw(st.sampled_from(TAKEN_APART))
    names = draw(st.lists(st.sampled_from(sorted(CLAIMS[claim].statements)), unique=True, min_size=1))
    return claim, [judgement(name, draw(st.sampled_from(OUTCOMES))) for name in names]


@given(judgements())
@settings(deadline=None)
def test_every_regime_stands_once_in_a_line_under_its_outcome(case):
    claim, ones = case
    expected: dict[str, list[str]] = {}
    for one in ones:
        statement = CLAIMS[claim].statements[one.statement]
        outcome = one.outcome if statement.claim == "for" else TURNED.get(one.outcome, one.outcome)
        expected.setdefault(outcome, []).append(statement.regime)

    whole = re.fullmatch(r"The claim (.*)\.", claim_line(claim, ones))
    assert whole is not None
    found = {}
    for part in whole[1].split(". It "):
        verb = next(verb for verb in SINGULAR if part.startswith(f"{verb} "))
        found[SINGULAR[verb]] = part.removeprefix(f"{verb} ").split("; ")
    assert found == expected
    assert list(found) == [outcome for outcome in OUTCOMES if outcome in expected]


@given(judgements())
@settings(deadline=None)
def test_a_tally_counts_the_regimes_of_a_line(case):
    claim, ones = case
    whole = re.fullmatch(r"it (.*) of (\d+) regimes?(.*)", tally(claim, ones))
    assert whole is not None
    assert int(whole[2]) == len(ones)
    parts = [part.rsplit(" in ", 1) for part in f"{whole[1]}{whole[3]}".split(", ")]
    found = {SINGULAR[verb]: int(number) for verb, number in parts}
    assert len(found) == len(parts)
    sides = {one.statement: CLAIMS[claim].statements[one.statement].claim for one in ones}
    turned = [one.outcome if sides[one.statement] == "for" else TURNED.get(one.outcome, one.outcome) for one in ones]
    assert found == Counter(turned)
    assert list(found) == [outcome for outcome in OUTCOMES if outcome in found]


@pytest.mark.parametrize("claim", TAKEN_APART)
def test_regimes_are_told_apart_in_a_line(claim):
    regimes = [statement.regime for statement in CLAIMS[claim].statements.values()]
    assert len(set(regimes)) == len(regimes)
    assert not [regime for regime in regimes if ";" in regime or ". " in regime or regime.endswith(".")]
