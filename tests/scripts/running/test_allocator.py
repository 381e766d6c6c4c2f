"""Which allocator a command chooses, before its job sees any setting."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import pytest

from eval.studies import NAMES
from scripts import bench, compare, study, train
from scripts.running import command as running
from training.run.allocator import CHOICES

INVALID = {train: ["trainer.steps=-1"], compare: ["trainer.steps=-1"], bench: ["rounds=-1"], study: ["shard=-1"]}
"""A setting of each command by which it ends before it begins."""


@pytest.mark.parametrize(
    ("script", "arguments", "choice"),
    [
        (train, ["paradigm=snn"], "keep"),
        (train, ["paradigm=vqc"], "keep"),
        (train, ["paradigm=transformer"], "shared"),
        (train, ["paradigm=transformer", "allocator=system"], "system"),
        (train, ["paradigm=snn", "allocator=shared"], "shared"),
        (compare, [], "keep"),
        (bench, ["suite=trainer_overhead"], "keep"),
        (bench, ["suite=trainer_overhead", "paradigm=transformer"], "shared"),
        (bench, ["suite=snn"], "keep"),
        (study, ["study=barren_plateaus"], "keep"),
        (study, ["study=inference"], "shared"),
    ],
)
def test_a_transformer_alone_has_one_heap_unless_something_is_said(command, monkeypatch, script, arguments, choice):
    chosen: list[str] = []
    monkeypatch.setattr(running, "keep_freed_memory", chosen.append)
    result = command(script.main, *arguments, *INVALID[script])
    assert result.code == 2, result.err
    assert chosen == [choice]


def test_a_study_is_asked_what_it_declares(command, monkeypatch):
    chosen: list[str] = []
    monkeypatch.setattr(running, "keep_freed_memory", chosen.append)
    package = import_module("eval.studies.bandwidth")
    monkeypatch.setattr(package, "STUDY", replace(package.STUDY, allocator="shared"))
    assert command(study.main, "study=bandwidth", *INVALID[study]).code == 2
    assert chosen == ["shared"]


@pytest.mark.parametrize("name", NAMES)
def test_every_study_declares_a_choice_that_there_is(name):
    assert import_module(f"eval.studies.{name}").STUDY.allocator in CHOICES
