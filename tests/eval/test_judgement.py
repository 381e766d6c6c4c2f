"""Outcomes, sides and lines of judgements."""

from __future__ import annotations

import pytest

from eval.claims import CLAIMS
from eval.judgement import (
    Judgement,
    Verdict,
    claim_line,
    judged,
    not_measured,
    outcomes,
    require_complete,
    speaking,
    tally,
)

C2 = CLAIMS["C2"].statements


def all_as(decision):
    return tuple(judged(name, decision, "Found.", needed="more") for name in C2)


@pytest.mark.parametrize(("decision", "outcome"), [(True, "holds"), (False, "fails"), (None, "undecided")])
def test_a_decision_is_an_outcome(decision, outcome):
    one = judged("growth", decision, "Found.", needed="more depths")
    assert one.outcome == outcome
    assert one.needed == ("more depths" if decision is None else None)


def test_a_judgement_bears_its_statistic_and_the_ends_of_its_interval():
    one = judged("growth", True, "Found.", needed="more", quantity="exponent", value=1.5, low=1.25, high=1.75)
    assert (one.statement, one.found, one.quantity) == ("growth", "Found.", "exponent")
    assert (one.value, one.low, one.high) == (1.5, 1.25, 1.75)


def test_what_is_open_says_what_would_close_it_and_a_number_what_it_is_of():
    with pytest.raises(ValueError, match="say what would decide it"):
        Judgement("growth", "undecided", "Found.")
    with pytest.raises(ValueError, match="say what would decide it"):
        Judgement("growth", "holds", "Found.", needed="more")
    with pytest.raises(ValueError, match="both a value and what it is of"):
        Judgement("growth", "holds", "Found.", value=1.0)


def test_a_statement_against_a_claim_counts_for_it_where_it_fails():
    text = claim_line("C2", all_as(True))
    holds, fails = text.split(". It ")
    for name, statement in C2.items():
        assert (statement.regime in holds) == (statement.claim == "for"), name
        assert (statement.regime in fails) == (statement.claim == "against"), name
    assert claim_line("C2", all_as(False)).startswith("The claim holds for controlled rotations")
    assert claim_line("C2", [not_measured("growth", "Nothing.", "more")]) == (
        "The claim is not measured for the growth of executions in proportion to N."
    )
    assert claim_line("C2", []) == "Nothing of the claim was measured."


def test_sides_of_the_argument():
    for decision, turned in (
        (True, {"for": "for", "against": "against"}),
        (False, {"for": "against", "against": "for"}),
    ):
        for one in all_as(decision):
            assert speaking("C2", one) == turned[C2[one.statement].argument]
    assert {speaking("C2", one) for one in all_as(None)} == {None}


def test_a_tally_counts_regimes_of_the_claim():
    # The third and the fourth speak against the claim.
    ones = [*all_as(True)[:3], *all_as(False)[3:4], *all_as(None)[4:]]
    assert tally("C2", ones) == "it holds in 3 of 5 regimes, fails in 1, is undecided in 1"
    assert tally("C2", all_as(False)) == "it holds in 2 of 5 regimes, fails in 3"
    assert tally("C2", ones[:1]) == "it holds in 1 of 1 regime"
    assert tally("C2", []) == "nothing was judged"


def test_a_verdict_must_judge_what_is_its_study_s_and_nothing_else():
    whole = Verdict("C2", all_as(True))
    require_complete("executions", ("C2",), [whole])
    assert outcomes([whole]) == {f"C2.{name}": "holds" for name in C2}
    for verdicts in ([], [Verdict("C2", all_as(True)[1:])], [Verdict("C2", all_as(True)[::-1])], [whole, whole]):
        with pytest.raises(ValueError, match="study executions judged"):
            require_complete("executions", ("C2",), verdicts)
    with pytest.raises(ValueError, match="study other judged the statements"):
        require_complete("other", ("C2",), [whole])
