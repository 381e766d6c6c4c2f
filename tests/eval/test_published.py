"""The verdicts in ``docs/results`` are those that the code computes from the tables beside them."""

from __future__ import annotations

import importlib
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from eval.judgement import Verdict
from eval.studies import NAMES

RESULTS = Path(__file__).parents[2] / "docs" / "results"
UNPUBLISHED = ("inference",)
"""Studies of which no table was measured on a machine of its own yet; the README says so."""
JUDGED = [name for name in NAMES if (RESULTS / f"{name}-verdicts.json").is_file()]


def judge(name: str) -> list[Verdict]:
    """The verdicts of a published table, which was measured with the preset ``quick``: the configuration's defaults."""
    study = importlib.import_module(f"eval.studies.{name}").STUDY
    return study.judge(study.read(json.loads((RESULTS / f"{name}.json").read_text())), study.config())


def flat(value, place=""):
    """Every number and word of nested lists and dictionaries, by its place."""
    if isinstance(value, dict):
        return {at: one for key, inner in value.items() for at, one in flat(inner, f"{place}.{key}").items()}
    if isinstance(value, (list, tuple)):
        return {at: one for index, inner in enumerate(value) for at, one in flat(inner, f"{place}.{index}").items()}
    return {place: value}


@pytest.mark.parametrize("name", JUDGED)
def test_published_verdicts_are_what_their_table_says(name):
    published = flat(json.loads((RESULTS / f"{name}-verdicts.json").read_text()))
    now = flat([{"line": one.line, **asdict(one)} for one in judge(name)])
    assert set(now) == set(published)
    for place, value in now.items():
        expected = pytest.approx(published[place], rel=1e-6) if isinstance(value, float) else published[place]
        assert value == expected, place


def test_every_study_with_a_claim_is_published():
    with_claims = [name for name in NAMES if importlib.import_module(f"eval.studies.{name}").STUDY.claims]
    assert with_claims == sorted([*JUDGED, *UNPUBLISHED])
    assert not set(JUDGED) & set(UNPUBLISHED)
