"""Settings are shown as they are typed, in sections, whether or not anything is said of them."""

from __future__ import annotations

import pytest

from scripts.explanations.allowed_values import Allowed
from scripts.explanations.settings import Setting, described, shown, typed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("a text", "a text"),
        (1e-6, "1e-06"),
        ([], "[]"),
        ([1, [2, None]], "[1,[2,null]]"),
        ({"compact": {"block_steps": 5}}, "{compact:{block_steps:5}}"),
    ],
)
def test_values_are_written_as_hydra_reads_them(value, text):
    assert shown(value) == text


def test_an_empty_group_is_named_alone():
    assert typed(Setting(("tracking", "jsonl"), {})) == "tracking.jsonl"


def test_sections_come_in_their_order_and_what_a_choice_sets_is_its_title():
    values = {
        "task": {"name": "digits", "seed": 3},
        "further": {"one": {"two": 5}},
        "path": "${hydra:runtime.cwd}",
        "study": "energy",
        "own": {"size": 1},
        "trainer": {"steps": 2},
        "snn": {"paradigm": {"name": "snn", "reset": "zero"}},
    }
    meanings = {
        ("task", "name"): "small images",
        ("task", "seed"): "which draw",
        ("further",): "more",
        ("trainer",): "the loop",
        ("trainer", "steps"): "updates",
        ("snn", "paradigm", "name"): "spikes",
    }
    allowed = {("snn", "paradigm", "reset"): Allowed(("subtract", "zero"))}
    assert described(values, meanings, allowed, {"study": "what is measured", "task": "the data"}) == [
        "Run settings",
        "  further={one:{two:5}}       more",
        "",
        "trainer: the loop",
        "  trainer.steps=2             updates",
        "",
        "task=digits: small images",
        "  task.seed=3                 which draw",
        "",
        "own",
        "  own.size=1",
        "",
        "snn: spikes",
        "  snn.paradigm.reset=zero     one of: subtract, zero",
    ]
