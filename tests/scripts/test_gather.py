"""``python -m scripts.gather``: what a sweep leaves behind is one table and one figure."""

from __future__ import annotations

import csv
import json
import shutil

import pytest

from scripts import gather, train


def test_a_job_that_is_started_again_goes_on_with_its_own_run_and_is_gathered(command, small, tmp_path):
    given = (*small, "run_dir=auto", "resume=true", "optimizer.learning_rate=0.01")
    assert command(train.main, *given).code == 0
    (own,) = (tmp_path / "runs").iterdir()
    metrics = (own / "metrics.jsonl").read_bytes()
    assert command(train.main, *given, "data_dir=elsewhere").code == 0
    assert (own / "metrics.jsonl").read_bytes() == metrics
    assert list((tmp_path / "runs").iterdir()) == [own]

    shutil.copytree(own, tmp_path / "runs" / "two")
    copied = tmp_path / "runs" / "two" / "config.yaml"
    copied.write_text(copied.read_text().replace("learning_rate: 0.01", "learning_rate: 0.1"))
    result = command(gather.main, "runs", "run_dir=out", "metric=test/loss")
    assert result.code == 0, result.err
    with (tmp_path / "out" / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["optimizer.learning_rate"] for row in rows) == ["0.01", "0.1"]
    for row in rows:
        summary = json.loads((tmp_path / "runs" / row["run"] / "summary.json").read_text())
        assert row["status"] == "completed"
        assert float(row["test/loss"]) == summary["metrics"]["test/loss"]
    for name in ("runs.csv", "runs.json", "runs.png"):
        assert f": out/{name}\n" in result.out
    again = command(gather.main, "runs", "metric=cost/joules")
    assert again.code == 2
    assert "metric=cost/joules is in none of the runs; they have activity/" in again.error


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("a", "b"), "a b names no one place to gather from"),
        (("metric=eval/loss",), "nothing names no one place to gather from"),
        (("runs", "wandb=mine/project"), "runs names no one place to gather from"),
        (("runs", "sweep=a1b2"), "sweep=a1b2 is of wandb: add wandb=ENTITY/PROJECT and leave runs out"),
        (("runs", "metrik=eval/loss"), "metrik is not a setting; the settings here are wandb, sweep, metric, run_dir"),
        (("nowhere",), "nowhere is no directory"),
        (("runs", "run_dir=auto"), "run_dir=auto is for what can be resumed"),
    ],
)
def test_bad_input_is_refused(command, arguments, sentence):
    result = command(gather.main, *arguments)
    assert (result.code, result.error.startswith(f"error: {sentence}")) == (2, True), result.err


def test_help_is_the_usage(command):
    assert command(gather.main, "--help").out == f"{gather.USAGE}\n"
