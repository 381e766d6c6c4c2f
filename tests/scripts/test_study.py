"""``python -m scripts.study`` takes what its YAML says, and refuses the rest in one sentence."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import toy_study
import yaml

from scripts import study
from scripts.configuration.conversion import convert
from scripts.running.command import CONF
from training.errors import BadInput

TOY = {"study": "toy", "seed": 0, "run_dir": None, "resume": False, "settings": {"points": 2}}


@pytest.fixture
def toy(monkeypatch):
    toy_study.claimed(monkeypatch)
    monkeypatch.setattr(study, "STUDIES", ("toy",))
    monkeypatch.setitem(sys.modules, "eval.studies.toy", toy_study)


def test_it_writes_everything_and_says_where(toy, tmp_path, capsys):
    directory = study.study({**TOY, "run_dir": str(tmp_path / "run"), "seed": 7})
    out = capsys.readouterr().out
    assert "C3 (Barren plateaus" in out
    assert "The claim holds for a toy." in out
    assert "holds: The sum is positive." in out
    assert "sum: 2 [1, 3]" in out
    for name in ("table.json", "verdicts.json", "figure.png"):
        assert str(directory / name) in out
    recorded = yaml.safe_load((directory / "config.yaml").read_text())
    assert recorded["settings"] == {"points": 2, "fails_at": None, "seed": 7}


def test_resume_keeps_what_was_measured_and_only_the_same_study(toy, tmp_path):
    given = {**TOY, "run_dir": str(tmp_path / "run")}
    table = (study.study(given) / "table.json").read_bytes()
    toy_study.MEASURED.clear()
    assert (study.study({**given, "resume": True}) / "table.json").read_bytes() == table
    assert toy_study.MEASURED == []
    with pytest.raises(BadInput, match="resume=true continues it"):
        study.study(given)
    with pytest.raises(BadInput, match=r"settings\.seed was 0 and is now 1"):
        study.study({**given, "seed": 1, "resume": True})


def test_a_finished_study_grows_by_the_setting_that_it_names_and_by_no_other(toy, tmp_path, monkeypatch):
    given = {**TOY, "run_dir": str(tmp_path / "run")}
    study.study(given)
    more = {**given, "settings": {"points": 3}, "resume": True}
    with pytest.raises(BadInput, match=r"settings\.points was 2 and is now 3"):
        study.study(more)
    monkeypatch.setattr(toy_study, "STUDY", replace(toy_study.STUDY, grows="points"))
    toy_study.MEASURED.clear()
    grown = study.study(more)
    assert toy_study.MEASURED == [2]
    whole = study.study({**given, "settings": {"points": 3}, "run_dir": str(tmp_path / "whole")})
    assert (grown / "table.json").read_bytes() == (whole / "table.json").read_bytes()
    assert yaml.safe_load((grown / "config.yaml").read_text())["settings"]["points"] == 3
    with pytest.raises(BadInput, match=r"settings\.points=3, which can be extended and not cut to 2"):
        study.study({**given, "resume": True})


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"study": "alchemy"}, "study=alchemy is not one of toy"),
        ({"typo": 1}, "typo is not a setting of a study"),
        ({"seed": 0.5}, "seed=0.5 must be a whole number"),
        ({"resume": 1}, "resume=1 must be true or false"),
        ({"settings": {"points": 0}}, "settings.points=0 must be at least 1"),
        ({"settings": {"qubits": 2}}, "settings.qubits is not a setting; the settings here are settings.points"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(toy, tmp_path, given, sentence):
    with pytest.raises(BadInput, match=sentence):
        study.study({**TOY, "run_dir": str(tmp_path / "run"), **given})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("study=alchemy", "study=alchemy is not one of bandwidth, barren_plateaus"),
        ("study=energi", "unfolding_memory; did you mean energy? --help lists the choices"),
        ("preset=default", "preset=default is not one of full, quick; --help lists the choices"),
        ("preset=quik", "preset=quik is not one of full, quick; did you mean quick? --help lists the choices"),
        ("settings.typo=1", "settings.typo is not a setting"),
        ("trainer.steps=3", "trainer.steps is not a setting"),
    ],
)
def test_the_command_exits_with_2_and_one_line(command, tmp_path, argument, sentence):
    result = command(study.main, argument, f"run_dir={tmp_path}/run")
    assert result.code == 2
    assert sentence in result.error
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("study=energy", "task=arrays", "path=mine.npz"), "path=mine.npz is for study=gradient_worth and study=grad"),
        (("study=bandwidth", "task=mnist"), "task=mnist is for study=gradient_worth and study=gradient_price"),
        (("study=gradient_worth", "path=mine.npz"), "path=mine.npz is of data of your own: add task=arrays"),
        (("study=gradient_worth", "task=digits", "path=mine.npz"), "is of data of your own: add task=arrays"),
        (("study=gradient_price", "task=arrays"), "say where they are, as in task=arrays path=my.npz"),
        (("study=gradient_worth", "task=arrays", "path=none.npz"), "path=none.npz does not exist"),
        (("study=gradient_price", "task=shakespeare"), "study=gradient_price takes no text"),
        (("study=gradient_worth", "settings.task=mine.npz"), "settings.task=mine.npz must be a group of settings"),
    ],
)
def test_data_are_refused_before_anything_is_written(command, tmp_path, arguments, sentence):
    np.savez(tmp_path / "mine.npz", inputs=np.random.default_rng(0).normal(size=(60, 5)), targets=np.arange(60) % 3)
    result = command(study.main, *arguments, f"run_dir={tmp_path}/run")
    assert result.code == 2
    assert sentence in result.error
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", study.STUDIES)
@pytest.mark.parametrize("preset", ["quick", "full"])
def test_the_presets_list_every_setting_and_quick_is_the_default(name, preset):
    raw = yaml.safe_load((Path(CONF) / "settings" / name / f"{preset}.yaml").read_text())
    chosen = importlib.import_module(f"eval.studies.{name}").STUDY
    assert chosen.name == name
    assert {*raw, "seed"} == {field.name for field in fields(chosen.config)}
    config = convert(json.loads(json.dumps(raw)), chosen.config, "settings")
    assert (config == chosen.config()) == (preset == "quick")
