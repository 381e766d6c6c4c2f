"""The published schema is that of the code, and allows what the report is and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from report_runs import PRESETS, STUDIES, convert, write_all

from eval.report.content import compose
from eval.report.gather import gather
from eval.report.schema import as_text, published_schema, schema
from eval.report.write import write_report

jsonschema = pytest.importorskip("jsonschema")
PUBLISHED = Path(__file__).parents[3] / "docs" / "results" / "report"


@pytest.fixture(scope="module")
def validator():
    made = json.loads(published_schema())
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def test_the_file_in_the_package_is_made_of_the_dataclasses():
    assert published_schema() == as_text(schema()), "write as_text(schema()) of eval.report.schema to it"


def test_reports_are_what_the_schema_says(tmp_path, validator):
    content, runs = compose(gather(write_all(tmp_path / "runs"), STUDIES, PRESETS, convert), STUDIES, PRESETS)
    write_report(content, runs, tmp_path / "out")
    validator.validate(json.loads((tmp_path / "out" / "report.json").read_text()))
    assert (tmp_path / "out" / "report.schema.json").read_text() == published_schema()


def test_the_published_report_is_what_the_published_schema_says(validator):
    validator.validate(json.loads((PUBLISHED / "report.json").read_text()))
    assert (PUBLISHED / "report.schema.json").read_text() == published_schema()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one["claims"][0].pop("answer"),
        lambda one: one["claims"][0]["statements"][0].update(outcome="conditional"),
        lambda one: one["claims"][0]["statements"][0].update(value="much"),
        lambda one: one["studies"][0].update(surprise=1),
    ],
    ids=["missing", "unknown word", "word for a number", "unknown field"],
)
def test_what_is_no_report_is_refused(validator, spoil):
    content = copy.deepcopy(json.loads((PUBLISHED / "report.json").read_text()))
    spoil(content)
    assert not validator.is_valid(content)
