"""Every statement of every claim can hold, fail and stay undecided, through the study's own code."""

from __future__ import annotations

import importlib

import pytest

from eval.claims import CLAIMS
from eval.judgement import OUTCOMES, outcomes

STATEMENTS = [(claim, name, one) for claim, known in CLAIMS.items() for name, one in known.statements.items()]
CASES = [(f"{claim}.{name}", one.study, outcome) for claim, name, one in STATEMENTS for outcome in OUTCOMES]


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
