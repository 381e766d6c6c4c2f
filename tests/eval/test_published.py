"""What ``docs/results`` says is what the code makes of the tables in it."""

from __future__ import annotations

import html
import importlib
import json
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from eval.judgement import Verdict
from eval.report.content import compose
from eval.studies import NAMES
from eval.study import TABLE, VERDICTS
from scripts.configuration.conversion import convert
from scripts.report import gather_studies, load_presets, load_studies
from training.run.run_directory import CONFIG

ROOT = Path(__file__).parents[2]
RESULTS = Path("docs/results")
PUBLISHED = [name for name in NAMES if (ROOT / RESULTS / name / TABLE).is_file()]


@pytest.fixture(autouse=True)
def in_the_root(monkeypatch):
    """The page says where its tables lie, as the command of the README does."""
    monkeypatch.chdir(ROOT)


def judge(name: str) -> list[Verdict]:
    """The verdicts of a published table, with the settings that it was measured with."""
    study = importlib.import_module(f"eval.studies.{name}").STUDY
    recorded = yaml.safe_load((RESULTS / name / CONFIG).read_text())
    assert recorded["study"] == name
    config = convert(recorded["settings"], study.config, "settings")
    return study.judge(study.read(json.loads((RESULTS / name / TABLE).read_text())), config)


def flat(value, place=""):
    """Every number and word of nested lists and dictionaries, by its place."""
    if isinstance(value, dict):
        return {at: one for key, inner in value.items() for at, one in flat(inner, f"{place}.{key}").items()}
    if isinstance(value, (list, tuple)):
        return {at: one for index, inner in enumerate(value) for at, one in flat(inner, f"{place}.{index}").items()}
    return {place: value}


def require_same(now, published):
    now, published = flat(now), flat(published)
    assert set(now) == set(published)
    for place, value in now.items():
        expected = pytest.approx(published[place], rel=1e-6) if isinstance(value, float) else published[place]
        assert value == expected, place


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_verdicts_are_what_their_table_says(name):
    published = json.loads((RESULTS / name / VERDICTS).read_text())
    require_same([{"line": one.line, **asdict(one)} for one in judge(name)], published)


def test_every_study_is_published():
    assert sorted(NAMES) == sorted(PUBLISHED)


def test_the_published_page_is_made_of_the_published_tables():
    published = json.loads((RESULTS / "report" / "report.json").read_text())
    studies = load_studies()
    presets = load_presets(studies)
    content, _ = compose(gather_studies(RESULTS, studies, presets), studies, presets, None)
    now = json.loads(json.dumps(asdict(content)))
    for one in (now, published):
        del one["created"], one["version"]
    require_same(now, published)
    assert {study["name"] for study in published["studies"]} == set(PUBLISHED)


def test_the_published_interactive_page_says_what_its_json_says():
    published = json.loads((RESULTS / "report" / "report.json").read_text())
    page = html.unescape((RESULTS / "report" / "report.html").read_text())
    said = {text for place, text in flat(published["claims"]).items() if place.endswith(".found") and text}
    assert len(said) > 100
    assert [text for text in said if text not in page] == []
    assert published["created"][:10] in page


@pytest.mark.parametrize("name", PUBLISHED)
def test_where_it_was_measured_names_no_one_s_machine(name):
    environment = json.loads((RESULTS / name / "environment.json").read_text())
    assert environment["git"]["commit"]
    command, *settings = environment["command"]
    assert command in ("gradient-cost study", "python -m scripts.study")
    assert f"study={name}" in settings
    assert not any(value.startswith("/") for value in (setting.partition("=")[2] for setting in settings))
