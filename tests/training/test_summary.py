from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from training.summary import Summary, _bytes, print_table

names = st.sampled_from(["train/loss", "eval/loss", "eval/accuracy", "gradient/norm", "activity/spike_rate"])
rows = st.lists(st.dictionaries(names, st.floats(), max_size=5), max_size=8)


@pytest.fixture(autouse=True)
def quick_environment(monkeypatch):
    monkeypatch.setattr("training.summary.environment", lambda: {"python": "3"})


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


def printed(content: dict, width: int = 80) -> str:
    console = Console(record=True, width=width, file=io.StringIO())
    print_table(content, console)
    return console.export_text()


def test_the_table_shows_values_with_units_and_reasons(tmp_path):
    summary = Summary(tmp_path, {"run_dir": str(tmp_path)}, [])
    summary.update(
        {
            "test/accuracy": 0.96219,
            "eval/loss": 0.12345,
            "gradient/variance_over_examples": 3.21e-7,
            "time/step_seconds": 0.002346,
            "time/gradient_to_forward": 2.414,
            "memory/residual_bytes": 123456,
            "memory/temp_bytes": 900,
            "time/compile_seconds": 3.456,
            "cost/circuit_executions": 12352.0,
        }
    )
    summary.mark_unavailable("gradient/signal_to_noise", "nothing but [noise]")
    (tmp_path / "curves.png").touch()
    text = printed(summary.write("completed"))
    lines = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in map(str.strip, text.splitlines()) if line}
    assert lines["test accuracy"] == "96.22%"
    assert lines["validation loss"] == "0.1235"
    assert lines["gradient variance over examples"] == "3.21e-07"
    assert lines["gradient signal-to-noise"] == "unavailable: nothing but [noise]"
    assert lines["time of one update"] == "2.35 ms"
    assert lines["gradient ÷ forward time"] == "2.41"
    assert lines["kept from forward to backward"] == "120.6 KiB"
    assert lines["temporary memory of the gradient"] == "900 B"
    assert lines["circuit executions per update"] == "12,352"
    assert lines["compilation"] == "3.46 s"
    assert f"curves: {tmp_path / 'curves.png'}" in text.splitlines(), "on one line however narrow the terminal"
    assert "test loss" not in text, "what was not measured and not explained has no row"


def test_the_table_of_a_failed_run_says_what_went_wrong(tmp_path):
    text = printed(Summary(tmp_path, {}, []).write("failed", "update 7 is not finite: params['w']"))
    assert "update 7 is not finite: params['w']" in text
    assert "curves" not in text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536.0, "1.5 KiB"),
        (3 * 2**20, "3 MiB"),
        (2**30, "1 GiB"),
        (5000 * 2**40, "5000 TiB"),
    ],
)
def test_bytes_are_told_in_binary_multiples(count, text):
    assert _bytes(count) == text
