from __future__ import annotations

import pytest

from scripts.configuration.nearest import did_you_mean

KNOWN = ["trainer", "trainer.steps", "trainer.log_every", "paradigm.time_steps", "optimizer.b1", "a.rate", "b.rate"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("trainer.step", "trainer.steps"),
        ("steps", "trainer.steps"),
        ("traner.steps", "trainer.steps"),
        ("trainr", "trainer"),
        ("paradigm.timesteps", "paradigm.time_steps"),
        ("b.rat", "b.rate"),
    ],
)
def test_the_nearest_name_is_asked_for(name, meant):
    assert did_you_mean(name, KNOWN) == f"did you mean {meant}? "


@pytest.mark.parametrize("name", ["foo", "optimizer.lr", ""])
def test_nothing_is_said_where_none_is_near(name):
    assert did_you_mean(name, KNOWN) == ""
    assert did_you_mean(name, []) == ""
