"""A run that is started again with ``run_dir=auto`` finds its own directory, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import bench, report, study, train
from scripts.running.run_names import new_directory, run_directory
from training.errors import BadInput

CONFIG = {
    "seed": 0,
    "task": {"name": "digits", "path": None},
    "trainer": {"steps": 5, "hidden": [1, 2]},
    "run_dir": "auto",
    "resume": True,
    "tracking": {"jsonl": {}},
    "mesh": {"data": None, "model": 1},
}


def auto(config, given="auto"):
    return run_directory(given, ("snn", "digits"), config)


def test_the_name_says_what_is_trained_and_ends_with_ten_digits():
    assert re.fullmatch(r"runs/snn-digits-[0-9a-f]{10}", str(auto(CONFIG)))
    assert auto(CONFIG, "/mnt/bucket/auto") == Path("/mnt/bucket") / auto(CONFIG).name


def test_it_is_the_same_in_every_process_and_version():
    # printf '{"seed": 0}' | sha256sum
    assert auto({"seed": 0}) == Path("runs/snn-digits-de7d7744cc")


@pytest.mark.parametrize(
    "other",
    [
        {"run_dir": "runs/auto"},
        {"resume": False},
        {"tracking": {"wandb": {"project": "mine"}}},
        {"mesh": {"data": 4, "model": 2}},
        {"data_dir": "/elsewhere"},
        {"task": {"name": "digits", "path": "/elsewhere/my.npz"}},
        {"energy": None},
    ],
)
def test_what_may_change_when_a_run_is_resumed_is_no_part_of_its_name(other):
    assert auto(CONFIG | other) == auto(CONFIG)


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"trainer": {"steps": 6, "hidden": [1, 2]}}, {"trainer": {"steps": 5, "hidden": [2, 1]}}]
)
def test_every_other_setting_is(other):
    assert auto(CONFIG | other) != auto(CONFIG)


@given(st.dictionaries(st.text("ab.", min_size=1), st.integers() | st.booleans() | st.floats(allow_nan=False)))
def test_the_order_of_settings_does_not_matter(config):
    assert auto(config) == auto(dict(reversed(config.items())))


def test_a_path_of_one_s_own_is_taken_as_it_is_and_none_is_new_each_time():
    assert auto(CONFIG, "runs/mine") == Path("runs/mine")
    assert auto(CONFIG, None) != auto(CONFIG, None)


def test_what_cannot_be_resumed_has_no_directory_of_its_configuration(command):
    with pytest.raises(BadInput, match="run_dir=auto is for what can be resumed"):
        new_directory("auto", "bench")
    for main, argument in ((bench.main, "suite=trainer_overhead"), (report.main, "run_dir=x/auto")):
        result = command(main, argument, *(["run_dir=auto"] if main is bench.main else []))
        assert result.code == 2
        assert "is for what can be resumed (train, compare, study)" in result.error


def test_an_address_is_refused_before_data_are_looked_for(command):
    result = command(train.main, "run_dir=gs://bucket/auto", "task=mnist", "data_dir=nowhere")
    assert (result.code, "is an address" in result.error) == (2, True)
    result = command(study.main, "run_dir=gs://bucket/auto")
    assert (result.code, "is an address" in result.error) == (2, True)
