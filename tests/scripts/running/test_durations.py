"""What is said beforehand of how long a command takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.running import durations

RESULTS = Path(__file__).parents[3] / "docs" / "results"


@pytest.mark.parametrize("name", durations.QUICK_SECONDS)
def test_seconds_are_those_of_the_published_runs(name):
    recorded = json.loads((RESULTS / name / "environment.json").read_text())
    assert durations.QUICK_SECONDS[name] == pytest.approx(recorded["seconds"], abs=1)


@pytest.mark.parametrize(
    ("seconds", "slowness", "words"),
    [
        (306, 1.0, "about 5 minutes"),
        (306, 2.0, "about 10 minutes"),
        (306, 30.0, "about 3 hours"),
        (60, 1.0, "about 60 seconds"),
        (3, 1.0, "about 10 seconds"),
        (95, 1.0, "about 2 minutes"),
    ],
)
def test_they_are_scaled_by_what_a_fixed_program_takes_here(monkeypatch, seconds, slowness, words):
    monkeypatch.setattr(durations, "_probe", lambda: slowness * durations.PROBE_SECONDS)
    assert durations.told(seconds) == f"{words} here, by this machine's speed"


def test_the_program_is_short():
    assert 0 < durations._probe() < 2
