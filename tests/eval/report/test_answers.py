"""Answers of any outcomes are short, true, and name what would change them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_sections import statement

from eval.claims import CLAIMS
from eval.judgement import OUTCOMES, Judgement, speaking, turned
from eval.report.answers import claim_answer, how_sure, short, what_would_change_it

PUBLISHED = json.loads((Path(__file__).parents[3] / "docs" / "results" / "report" / "report.json").read_text())


@st.composite
def outcomes_of_a_claim(draw):
    """The statements of any claim, with any outcomes and margins."""
    name = draw(st.sampled_from(sorted(CLAIMS)))
    found = []
    for key, one in CLAIMS[name].statements.items():
        outcome = draw(st.sampled_from(OUTCOMES))
        needed = None if outcome in ("holds", "fails") else draw(st.sampled_from(["more seeds", "more widths"]))
        found.append(
            statement(
                outcome=outcome, claim=one.claim, regime=one.regime, chosen_after=one.chosen_after, needed=needed,
                speaks=speaking(name, Judgement(key, outcome, "Found.", needed=needed)),
                margin=draw(st.none() | st.floats(-9, 9)),
            )
        )  # fmt: skip
    return found


@given(outcomes_of_a_claim())
@settings(deadline=None)
def test_an_answer_is_short_and_says_what_was_found(statements):
    answer = claim_answer(statements)
    assert 1 <= len(answer) <= 2
    for sentence in answer:
        assert len(sentence.split()) <= 25
        assert len(re.findall(r"\d+(?:\.\d+)?", sentence)) <= 2
        assert sentence.endswith(".")
    of_claim = [(turned(one.claim, one.outcome), one.regime) for one in statements]
    holding, failing = ([regime for outcome, regime in of_claim if outcome == one] for one in ("holds", "fails"))
    if not holding + failing:
        assert len(answer) == 1
        return
    numbers = [int(one) for one in re.findall(r"\d+", answer[0])]
    if holding and failing:
        assert numbers == [len(holding), len(holding + failing)]
    else:
        assert numbers == ([len(holding + failing)] if len(holding + failing) > 1 else [])
        assert ("holds" in answer[0]) == bool(holding)
    if len(answer) == 2:
        said = re.fullmatch(r"For example, it (holds|fails) (.*?)(?:, and fails (.*))?\.", answer[1])
        assert said is not None
        assert said[2] in (holding if said[1] == "holds" else failing)
        assert said[3] is None or said[3] in failing


@given(outcomes_of_a_claim())
@settings(deadline=None)
def test_what_is_open_is_said_with_what_would_close_it(statements):
    sure, changes = how_sure(statements), what_would_change_it(statements, ("nothing else was asked",))
    for outcome in ("undecided", "not measured"):
        count = sum(one.outcome == outcome for one in statements)
        assert sum(f"{count} {'is' if count == 1 else 'are'} {outcome}." in one for one in sure) == (count > 0)
    needed = {one.needed for one in statements} - {None}
    assert {f"Something undecided would be decided by {one}." for one in needed} == set(changes[:-1])
    assert changes[-1] == "Nothing else was asked."


@pytest.mark.parametrize("claim", PUBLISHED["claims"], ids=[one["id"] for one in PUBLISHED["claims"]])
def test_published_answers_are_short(claim):
    assert claim["answer"]
    assert all(map(short, claim["answer"]))


def test_the_published_answer_has_at_most_120_words():
    assert sum(len(paragraph.split()) for paragraph in PUBLISHED["answer"]) <= 120


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("It holds in 3 of 7.", True), ("It holds in 3 of 7 at 6.4%.", False), (" ".join(["word"] * 26), False)],
)
def test_a_sentence_is_short_by_its_words_and_numbers(sentence, expected):
    assert short(sentence) == expected
