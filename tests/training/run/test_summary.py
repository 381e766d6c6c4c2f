from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.run.summary import Summary

names = st.sampled_from(["train/loss", "eval/loss", "eval/accuracy", "gradient/norm", "activity/spike_rate"])
rows = st.lists(st.dictionaries(names, st.floats(), max_size=5), max_size=8)


@pytest.fixture(autouse=True)
def quick_environment(monkeypatch):
    monkeypatch.setattr("training.run.summary.environment", lambda: {"python": "3"})


def written(summary: Summary) -> dict:
    return json.loads((summary.run_dir / "summary.json").read_text())


def test_the_file_holds_exactly_what_the_design_names(tmp_path):
    summary = Summary(tmp_path, {"seed": 3}, ["pixels were pooled"])
    summary.update({"step": 5, "train/loss": 0.5, "eval/accuracy": np.float32(0.75)})
    summary.mark_unavailable("memory/device_peak_bytes", "this device does not say")
    content = summary.write("running")
    expected = {
        "metrics": {"train/loss": 0.5, "eval/accuracy": 0.75},
        "best": {"train/loss": 0.5, "eval/accuracy": 0.75},
        "unavailable": {"memory/device_peak_bytes": "this device does not say"},
        "environment": {"python": "3"},
        "config": {"seed": 3},
        "notes": ["pixels were pooled"],
        "status": "running",
    }
    assert content == written(summary) == expected
    summary.write("failed", "update 7 is not finite")
    assert written(summary) == expected | {"status": "failed", "error": "update 7 is not finite"}
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


@given(st.lists(st.floats(1e-6, 1e3), min_size=1))
def test_the_seconds_of_an_update_are_the_median_of_the_run(tmp_path_factory, seconds):
    summary = Summary(tmp_path_factory.mktemp("run"), {}, [])
    for one in seconds:
        summary.update({"time/step_seconds": one, "train/loss": one})
    assert summary.metrics == {"time/step_seconds": pytest.approx(np.median(seconds)), "train/loss": seconds[-1]}


@given(rows)
def test_last_and_best_are_those_of_the_finite_values(tmp_path_factory, rows):
    summary = Summary(tmp_path_factory.mktemp("run"), {}, [])
    for row in rows:
        summary.update(row)
    series = {
        name: [row[name] for row in rows if math.isfinite(row.get(name, math.nan))] for row in rows for name in row
    }
    measured = {name: values for name, values in series.items() if values}
    assert summary.metrics == {name: values[-1] for name, values in measured.items()}
    assert summary.best == {
        name: max(values) if "accuracy" in name else min(values)
        for name, values in measured.items()
        if "accuracy" in name or "loss" in name
    }


def test_a_quantity_is_either_measured_or_explained(tmp_path):
    summary = Summary(tmp_path, {}, [])
    summary.mark_unavailable("gradient/noise_scale", "no signal yet")
    summary.update({"gradient/noise_scale": math.nan})
    assert summary.unavailable == {"gradient/noise_scale": "no signal yet"}
    summary.update({"gradient/noise_scale": 12.0})
    summary.mark_unavailable("gradient/noise_scale", "no signal this time")
    assert summary.unavailable == {}
    assert summary.metrics == {"gradient/noise_scale": 12.0}


def test_notes_are_kept_once(tmp_path):
    summary = Summary(tmp_path, {}, ["first"])
    for sentence in ("second", "first", "second"):
        summary.note(sentence)
    assert summary.notes == ["first", "second"]


def test_an_unknown_status_is_refused(tmp_path):
    with pytest.raises(ValueError, match="status=done must be one of running, completed, preempted, failed"):
        Summary(tmp_path, {}, []).write("done")
    assert list(tmp_path.iterdir()) == []
