"""Data of the user's own from the command line: trained, compared, gone on with, and refused in one sentence."""

import json
import shlex

import numpy as np
import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException
from hypothesis import given
from hypothesis import strategies as st

from scripts import compare, spikes, train
from scripts.running.error_sentences import sentence

DRAWN = np.random.default_rng(0)
CLASSES = np.arange(60) % 3
FEATURES = DRAWN.normal(size=(60, 5)) + CLASSES[:, None]
BARE = ("probes.every=0", "probes.timing_repeats=0", "trainer.steps=4", "trainer.batch_size=16", "tracking=[progress]")


@pytest.fixture
def run(command, small, tmp_path):
    """Trains a spiking network on a file of the working directory, and gives what the command left."""
    np.savez(tmp_path / "mine.npz", inputs=FEATURES, targets=CLASSES)

    def call(*arguments):
        return command(
            train.main, *small, *BARE, "paradigm=snn", "paradigm.hidden=[8]", "task=arrays", "run_dir=here", *arguments
        )

    return call


def test_an_archive_trains_and_what_was_understood_is_told_and_kept(run, tmp_path):
    found = run("path=mine.npz")
    assert found.code == 0, found.err
    assert "mine.npz: 5 features, float64 from" in found.out
    summary = json.loads((tmp_path / "here" / "summary.json").read_text())
    assert any("3 classes (examples of 0: 20, 1: 20, 2: 20)" in note for note in summary["notes"])
    recorded = yaml.safe_load((tmp_path / "here" / "config.yaml").read_text())["task"]
    assert recorded["path"] == str(tmp_path / "mine.npz")
    assert len(recorded["sha256"]) == 64


def test_a_run_goes_on_where_its_data_were_moved_and_not_where_they_were_changed(run, tmp_path):
    assert run("path=mine.npz").code == 0
    (tmp_path / "mine.npz").rename(tmp_path / "moved.npz")
    longer = run("path=moved.npz", "trainer.steps=6", "resume=true")
    assert longer.code == 0, longer.err
    np.savez(tmp_path / "moved.npz", inputs=FEATURES + 1, targets=CLASSES)
    refused = run("path=moved.npz", "trainer.steps=8", "resume=true")
    assert refused.code == 2
    assert "task.sha256 was" in refused.error


def test_what_reads_a_trained_run_finds_its_data_or_says_that_they_were_changed(run, command, tmp_path):
    recordings = DRAWN.random((60, 12, 4)) < 0.3
    np.savez(tmp_path / "mine.npz", inputs=recordings, targets=CLASSES)
    assert run("path=mine.npz").code == 0
    drawn = command(spikes.main, "here")
    assert drawn.code == 0, drawn.err
    np.savez(tmp_path / "mine.npz", inputs=~recordings, targets=CLASSES)
    refused = command(spikes.main, "here")
    assert refused.code == 2
    assert "put the data back as they were" in refused.error


def test_three_paradigms_are_compared_on_an_archive(command, small, tmp_path):
    np.savez(tmp_path / "mine.npz", inputs=FEATURES, targets=CLASSES)
    found = command(
        compare.main, *BARE, "task=arrays", "path=mine.npz", "learning_rates=[]", "default_size=false", "run_dir=here",
        "parameter_shift_steps=0", "vqc.paradigm.qubits=5", "vqc.paradigm.layers=4",
    )  # fmt: skip
    assert found.code == 0, found.err
    rows = json.loads((tmp_path / "here" / "table.json").read_text())
    assert {row["paradigm"] for row in rows} == {"vqc", "snn", "transformer"}
    again = command(
        compare.main, *BARE, "task=arrays", "path=mine.npz", "learning_rates=[]", "default_size=false", "run_dir=here",
        "parameter_shift_steps=0", "vqc.paradigm.qubits=5", "vqc.paradigm.layers=4",
    )  # fmt: skip
    assert again.code == 0, again.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "say where they are, as in task=arrays path=my.npz"),
        (("path=other.npz",), "path=other.npz does not exist"),
        (("path=gs://bucket/mine.npz",), "is an address"),
        (("path=mine.npz", "task.kind=ranking"), "task.kind=ranking is not one of classification, regression"),
        (("path=mine.npz", "task.form=image"), "which task.form=image does not fit"),
        (("path=mine.npz", "task.side=0"), "task.side=0 must be at least 1"),
        (("path=mine.npz", "task.features=3"), "task.features"),
        (("path=mine.npz", "trainer.batch_size=64"), "64"),
        (("path=mine.npz", f"+task.sha256={'0' * 64}"), "is of other data than mine.npz holds now"),
    ],
)
def test_what_does_not_do_is_refused_before_anything_is_written(arguments, sentence, run, tmp_path):
    refused = run(*arguments)
    assert refused.code == 2
    assert sentence in refused.error
    assert not (tmp_path / "here" / "config.yaml").exists()


def test_a_path_is_refused_where_the_task_has_data_of_its_own(command):
    for main in (train.main, compare.main):
        refused = command(main, "path=mine.npz")
        assert refused.code == 2
        assert "path=mine.npz is of data of your own, and task=digits has its own: add task=arrays" in refused.error


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1))
def test_a_value_that_is_put_into_quotes_as_advised_is_read(value):
    parser = OverridesParser.create()
    try:
        parser.parse_overrides([f"path={value}"])
    except OverrideParseException as refused:
        told = sentence(refused)
        if "put the value into quotes" in told:
            (advised,) = shlex.split(told.split("put the value into quotes, ")[1])
            (read,) = parser.parse_overrides([advised])
            assert read.value() == value


@pytest.mark.parametrize("name", ["a=b.npz", "a,b.npz", "ü (1).npz", "it's.npz", "a 'b' \"c\".npz"])
def test_a_file_of_any_name_trains_and_is_found_again_from_elsewhere(name, run, command, tmp_path, monkeypatch):
    (tmp_path / "mine.npz").rename(tmp_path / name)
    quoted = name.replace('"', '\\"')
    found = run(f'path="{quoted}"', "trainer.steps=1")
    assert found.code == 0, found.err
    recorded = yaml.safe_load((tmp_path / "here" / "config.yaml").read_text())["task"]
    assert recorded["path"] == str(tmp_path / name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    refused = command(spikes.main, str(tmp_path / "here"))
    # Features are no recordings, and the data were found.
    assert "does not exist" not in refused.err
