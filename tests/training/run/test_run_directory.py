"""A run's directory is never mixed up with another run's."""

import os

import jaxtyping
import pytest
import yaml

from training.errors import BadInput
from training.run.run_directory import open_run_directory as opened

RECORDS = ("metrics.jsonl", "checkpoints")

CONFIG = {
    "seed": 0,
    "trainer": {"steps": 5, "hidden": [1, 2]},
    "tracking": ["jsonl"],
    "resume": False,
    "data_dir": None,
}


def open_run_directory(path, config, resume):
    with opened(path, config, resume, RECORDS) as directory:
        directory.begin()
    return directory.path


def test_a_new_directory_records_its_configuration_and_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    directory = open_run_directory("runs/one", CONFIG, resume=False)
    assert directory.is_absolute()
    assert yaml.safe_load((directory / "config.yaml").read_text()) == CONFIG


def test_a_used_directory_is_refused_without_resume(tmp_path):
    open_run_directory(tmp_path, CONFIG, resume=False)
    with pytest.raises(BadInput, match="already holds a run; resume=true"):
        open_run_directory(tmp_path, CONFIG, resume=False)


def test_resuming_an_empty_directory_starts_afresh(tmp_path):
    open_run_directory(tmp_path / "new", CONFIG, resume=True)


@pytest.mark.parametrize("resume", ["restrt", "true", "no", 1, None])
def test_a_word_that_means_nothing_is_never_taken_for_true(tmp_path, monkeypatch, resume):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(BadInput, match=f"resume={resume!r} must be True, False or 'restart'"):
        open_run_directory(tmp_path, CONFIG, resume=resume)


def test_only_what_may_differ_may_differ(tmp_path):
    open_run_directory(tmp_path, CONFIG, resume=False)
    open_run_directory(tmp_path, CONFIG | {"resume": True, "tracking": ["wandb"], "data_dir": "x"}, resume=True)
    with pytest.raises(BadInput, match=r"trainer\.steps was 5 and is now 6"):
        open_run_directory(tmp_path, CONFIG | {"trainer": {"steps": 6, "hidden": [1, 2]}}, resume=True)
    with pytest.raises(BadInput, match=r"trainer\.hidden was \[1, 2\] and is now absent"):
        open_run_directory(tmp_path, CONFIG | {"trainer": {"steps": 5}}, resume=True)


def test_a_setting_that_an_older_version_did_not_know_is_one_that_is_not_set(tmp_path):
    open_run_directory(tmp_path, CONFIG, resume=False)
    open_run_directory(tmp_path, CONFIG | {"energy": None, "task": {"mirrored": None}}, resume=True)
    with pytest.raises(BadInput, match="energy was None and is now yan2024"):
        open_run_directory(tmp_path, CONFIG | {"energy": "yan2024"}, resume=True)


def test_a_directory_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="cannot be written"):
        open_run_directory(tmp_path / "file" / "run", CONFIG, resume=False)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_directory_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="cannot be written"):
        open_run_directory(tmp_path / "run", CONFIG, resume=False)
