from __future__ import annotations

import importlib.metadata
import io

import pytest
from rich.console import Console

from paradigms import NAMES
from scripts import doctor
from scripts.installation import checks
from scripts.installation.checks import Finding
from training.data.sets.braille import FILES
from training.pricing import NoCounter
from training.tasks import TASKS

SECRET = "s3cr3t" * 4


def test_a_sound_machine_is_called_sound_and_no_secret_is_shown(command, monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setenv("WANDB_API_KEY", SECRET)
    monkeypatch.setenv("WANDB_BASE_URL", f"http://user:{SECRET}@127.0.0.1:1")
    monkeypatch.setenv("COLUMNS", "200")
    result = command(doctor.main, f"data_dir={tmp_path}")
    assert (result.code, result.err) == (0, "")
    assert SECRET not in result.out
    for expected in (
        "Versions",
        "jax",
        "Devices",
        "cpu",
        "offline",
        "did not answer",
        "commit",
        "shims",
        "task=digits",
    ):
        assert expected in result.out
    for paradigm in ("snn", "transformer", "vqc"):
        assert f"✓  paradigm={paradigm}" in result.out
    assert f"missing {tmp_path}/braille/braille_events.npz; no host serves it" in result.out
    assert f"missing {tmp_path}/mnist/train-images-idx3-ubyte.gz; downloaded when first used" in result.out
    assert list(tmp_path.iterdir()) == [], "nothing was downloaded"


def test_what_is_broken_is_said_and_makes_the_command_fail(command, monkeypatch):
    def refuse(*_: object) -> None:
        raise RuntimeError("no such\nlibrary")

    monkeypatch.setattr(checks, "_gradient", refuse)
    result = command(doctor.main)
    assert result.code == 1
    assert result.out.count("✗") == len(NAMES)
    assert "RuntimeError: no such library" in result.out


def test_a_check_that_cannot_be_made_does_not_hide_the_others(monkeypatch):
    def fail() -> None:
        raise OSError("no devices")

    monkeypatch.setattr(checks, "devices", fail)
    monkeypatch.setattr(checks, "working", lambda data: [Finding("task", "good", "available")])
    findings = doctor.examine(console=Console(file=io.StringIO()))
    assert Finding("devices", "broken", "OSError: no devices") in findings
    assert Finding("task", "good", "available") in findings


def test_versions_outside_of_their_bounds_are_marked(monkeypatch):
    installed = importlib.metadata.version

    def version(name: str) -> str:
        if name == "pennylane":
            raise importlib.metadata.PackageNotFoundError(name)
        return {"jax": "0.7.1", "tensorboardX": "2.6"}.get(name) or installed(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    found = {finding.subject: finding for finding in checks.versions()}
    assert (found["jax"].state, found["jax"].detail) == ("note", "0.7.1 is outside <0.13,>=0.10.2")
    assert found["pennylane"] == Finding("pennylane", "broken", "not installed; needs <0.46,>=0.45.1")
    assert found["flax"].state == found["python"].state == "good"
    assert "pytest" not in found, "an extra is not required"


def test_data_are_found_by_presence_and_size(tmp_path):
    (file,) = FILES
    path = tmp_path / file.name
    path.parent.mkdir()
    for size, state, word in ((file.size, "good", "found"), (file.size - 1, "note", "damaged")):
        with path.open("wb") as content:
            content.truncate(size)
        found = {finding.subject: finding for finding in checks.data(str(tmp_path))}
        assert tuple(found) == TASKS
        assert found["braille"].state == state
        assert found["braille"].detail.startswith(word)
        assert found["digits"] == Finding("digits", "good", "comes with scikit-learn")
        assert found["mnist"].detail.endswith("downloaded when first used, 11 MB")


def test_who_counts_joules_is_said_or_why_nobody_does(monkeypatch):
    def nobody() -> str:
        raise NoCounter("its files are readable by root only")

    for counter, expected in (
        (lambda: "the CPU's own counters", Finding("joules", "good", "read from the CPU's own counters")),
        (nobody, Finding("joules", "note", "not measured here: its files are readable by root only")),
    ):
        monkeypatch.setattr("training.pricing.energy_counter", counter)
        assert expected in list(checks.devices())


@pytest.mark.parametrize("argument", ["foo=1", "data_dir", "--verbose"])
def test_an_unknown_argument_is_refused(command, argument):
    result = command(doctor.main, argument)
    assert result.code == 2
    assert result.error == f"error: {argument} is not a setting; the one setting here is data_dir=FOLDER"


def test_help_says_what_it_does(command, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda *_: pytest.fail("it was examined"))
    assert "python -m scripts.doctor [data_dir=FOLDER]" in command(doctor.main, "--help").out


def test_the_shims_are_needed_where_jax_lacks_the_name(monkeypatch):
    import jax.core

    from paradigms.vqc import removed_jax_names

    monkeypatch.setattr(jax.core, "is_concrete", removed_jax_names.is_concrete, raising=False)
    assert checks._needs_shims()
    monkeypatch.setattr(jax.core, "is_concrete", lambda value: True)
    assert not checks._needs_shims()
