"""Every statement of every claim can hold, fail and stay undecided, through the study's own code."""

from __future__ import annotations

import importlib

import pytest

from eval.claims import CLAIMS
from eval.judgement import OUTCOMES, outcomes

STATEMENTS = [(claim, name, one) for claim, known in CLAIMS.items() for name, one in known.statements.items()]
CASES = [(f"{claim}.{name}", one.study, outcome) for claim, name, one in STATEMENTS for outcome in OUTCOMES]

NOT_BY_ITS_NUMBER = {"C1.adjoint", "C4.shallow_circuits"}
"""Statements whose tables decide them by seconds beside operations, or by a variance that does not fall at all."""


def study(name: str):
    return importlib.import_module(f"eval.studies.{name}").STUDY


@pytest.mark.parametrize(("statement", "name", "outcome"), CASES, ids=[f"{case[0]}-{case[2]}" for case in CASES])
def test_a_table_brings_it_to_every_outcome(statement, name, outcome):
    tables = importlib.import_module(f"statement_tables.{name}").TABLES
    rows, config = tables[statement][outcome]
    verdicts = study(name).judge(rows, config)
    assert outcomes(verdicts)[statement] == outcome
    (judgement,) = [
        one for verdict in verdicts for one in verdict.judgements if f"{verdict.claim}.{one.statement}" == statement
    ]
    assert judgement.found.endswith(".")
    if judgement.low is not None:
        assert judgement.low <= judgement.value <= judgement.high
    if outcome == "holds" and judgement.value is not None and statement not in NOT_BY_ITS_NUMBER:
        assert margin(statement, judgement.value) >= 0, "it holds outside of the bounds between which it is drawn"


def margin(statement, value):
    claim, name = statement.split(".")
    return CLAIMS[claim].statements[name].holds.margin(value)


DECIDED_BY_THEIR_NUMBER = [each for each in STATEMENTS if f"{each[0]}.{each[1]}" not in NOT_BY_ITS_NUMBER]


@pytest.mark.parametrize(
    ("claim", "name", "one"), DECIDED_BY_THEIR_NUMBER, ids=[f"{one[0]}.{one[1]}" for one in DECIDED_BY_THEIR_NUMBER]
)
def test_some_table_makes_it_fail_outside_of_its_bounds(claim, name, one):
    """The bounds are the statement's own: the number of the table that makes it fail lies on their other side."""
    tables = importlib.import_module(f"statement_tables.{one.study}").TABLES[f"{claim}.{name}"]
    rows, config = tables["fails"]
    verdicts = study(one.study).judge(rows, config)
    (found,) = [j for v in verdicts for j in v.judgements if (v.claim, j.statement) == (claim, name)]
    assert found.value is not None
    assert one.holds.margin(found.value) <= 0


@pytest.mark.parametrize("claim", [claim for claim, known in CLAIMS.items() if known.study is not None])
def test_a_claim_that_is_measured_is_taken_apart(claim):
    known = CLAIMS[claim]
    assert known.statements
    assert known.study in {one.study for one in known.statements.values()}
    assert set(known.thresholds) == {name for one in known.statements.values() for name in one.thresholds}
    for one in known.statements.values():
        assert claim in study(one.study).claims
        assert one.text.endswith(".")
        assert one.regime.split()[0] in ("for", "on", "with", "in", "of", "over", "where", "within", "without")


@pytest.mark.parametrize("name", sorted({one.study for _, _, one in STATEMENTS}))
def test_rows_that_were_derived_from_others_change_nothing(name):
    """A verdict rests on what was measured: what a study computes from its rows is computed again."""
    module = importlib.import_module(f"statement_tables.{name}")
    derived = getattr(module, "DERIVED", ())
    for per_outcome in module.TABLES.values():
        rows, config = per_outcome["holds"]
        kept = [row for row in rows if row.part not in derived]
        assert outcomes(study(name).judge(kept, config)) == outcomes(study(name).judge(rows, config))


@pytest.mark.parametrize("name", sorted({one.study for _, _, one in STATEMENTS}))
def test_the_order_of_rows_is_immaterial(name):
    tables = importlib.import_module(f"statement_tables.{name}").TABLES
    for statement, per_outcome in tables.items():
        rows, config = per_outcome["holds"]
        forward, backward = (numbers(study(name).judge(list(one), config)) for one in (rows, rows[::-1]))
        assert set(forward) == set(backward), statement
        for place, found in forward.items():
            assert found[0] == backward[place][0], (statement, place)
            assert found[1:] == pytest.approx(backward[place][1:], rel=1e-9), (statement, place)


def numbers(verdicts):
    """The outcome of every judgement, with its value and interval where it has them."""
    return {
        f"{verdict.claim}.{one.statement}": (one.outcome, *(x for x in (one.value, one.low, one.high) if x is not None))
        for verdict in verdicts
        for one in verdict.judgements
    }
