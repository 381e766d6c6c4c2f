"""A sweep's runs side by side: from directories and from wandb alike."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace

import numpy as np
import pytest
import wandb
import yaml
from hypothesis import given
from hypothesis import strategies as st
from wandb.apis.public.runs import Run

from eval.gathering.directories import from_directories
from eval.gathering.figure import MOST_AXES, Axis, draw_sweep, drawn_settings
from eval.gathering.run import swept_run
from eval.gathering.table import best_first, tabulate, write_table
from eval.gathering.wandb_runs import from_wandb
from training.errors import BadInput


def config(rate, paradigm="snn", **own):
    return {
        "seed": 0,
        "run_dir": f"runs/{rate}",
        "resume": True,
        "tracking": {"jsonl": {}},
        "optimizer": {"name": "adamw", "learning_rate": rate, "clip_norm": None},
        "task": {"name": "digits", "path": None},
        "paradigm": {"name": paradigm, "hidden": [8, 4], **own},
    }


RUNS = {
    "a": (config(0.1), "completed", {"eval/loss": 0.5, "eval/accuracy": 0.75, "cost/flops": 100}),
    "b": (config(0.01), "completed", {"eval/loss": 0.25, "eval/accuracy": 0.5, "cost/flops": 100}),
    "deep/c": (config(0.001, "vqc", qubits=4), "preempted", {"eval/loss": 1.5, "eval/accuracy": 0.25}),
}


@pytest.fixture
def directories(tmp_path):
    for name, (settings, status, metrics) in RUNS.items():
        place = tmp_path / "runs" / name
        place.mkdir(parents=True)
        (place / "config.yaml").write_text(yaml.safe_dump(settings))
        summary = {"status": status, "metrics": metrics, "best": {"eval/loss": metrics["eval/loss"] / 2}}
        (place / "summary.json").write_text(json.dumps(summary))
    return tmp_path / "runs"


def in_wandb(name, state, settings, summary):
    """A run as wandb's own API makes it of its server's answer."""
    answer = {
        "name": "a1b2c3",
        "displayName": name,
        "state": state,
        "config": json.dumps({**{key: {"value": value} for key, value in settings.items()}, "_wandb": {"value": {}}}),
        "summaryMetrics": json.dumps({**summary, "_step": 7, "_runtime": 3.5, "_wandb": {"runtime": 3}}),
    }
    return Run(None, "mine", "project", "a1b2c3", answer, lazy=False)


@pytest.fixture
def project(monkeypatch):
    """The same runs in wandb, whose sweep has put the name of the paradigm in the place of its settings."""
    states = {"completed": "finished", "preempted": "crashed"}
    runs = [
        in_wandb(
            name,
            states[status],
            {**settings, "optimizer.learning_rate": settings["optimizer"]["learning_rate"]},
            {**metrics, "best/eval/loss": metrics["eval/loss"] / 2, "status": status, "curve": {"_type": "image-file"}},
        )
        for name, (settings, status, metrics) in reversed(RUNS.items())
    ]
    asked = []

    class Api:
        def runs(self, path, filters, lazy):
            asked.append((path, filters))
            return runs

    monkeypatch.setattr(wandb, "Api", Api)
    return asked


def test_directories_and_wandb_give_the_same_table(directories, project):
    runs, unreadable = from_directories(directories)
    assert unreadable == []
    table = tabulate(runs)
    assert tabulate(from_wandb("mine/project", "a1b2")) == table
    assert project == [("mine/project", {"sweep": "a1b2"})]
    assert table.varied == ("optimizer.learning_rate", "paradigm.name")
    assert table.metrics == ("eval/loss", "eval/accuracy", "cost/flops", "best/eval/loss")
    assert table.same["paradigm.hidden"] == "[8, 4]"
    assert table.same["paradigm.qubits"] == 4, "one value among the runs that have it"
    assert not {"run_dir", "resume", "tracking.jsonl", "task.path"} & {*table.same, *table.varied}
    assert table.rows[2] == {
        "run": "deep/c", "status": "preempted", "optimizer.learning_rate": 0.001, "paradigm.name": "vqc",
        "eval/loss": 1.5, "eval/accuracy": 0.25, "cost/flops": None, "best/eval/loss": 0.75,
    }  # fmt: skip


def test_a_sweep_of_wandb_that_names_a_choice_means_its_name():
    locked = swept_run("x", "completed", {**config(0.1), "paradigm": "vqc"}, {})
    assert locked.settings["paradigm.name"] == "vqc"
    assert "paradigm" not in locked.settings


@pytest.mark.parametrize(
    ("state", "status"),
    [("finished", "completed"), ("running", "running"), ("killed", "failed"), ("crashed", "failed")],
)
def test_a_run_that_did_not_say_how_it_ended_has_the_state_that_wandb_knows(monkeypatch, state, status):
    run = in_wandb("x", state, config(0.1), {"eval/loss": 1.0})
    monkeypatch.setattr(wandb, "Api", lambda: SimpleNamespace(runs=lambda *_, **__: [run]))
    assert [one.status for one in from_wandb("project")] == [status]


def test_what_wandb_refuses_is_said_with_a_way_out(monkeypatch):
    def refused():
        raise wandb.errors.UsageError("api_key not configured (no-tty)\nand more")

    monkeypatch.setattr(wandb, "Api", refused)
    with pytest.raises(BadInput, match=r"wandb=p sweep=s cannot be read \(api_key not configured \(no-tty\)\): log in"):
        from_wandb("p", "s")
    monkeypatch.setattr(wandb, "Api", lambda: SimpleNamespace(runs=lambda *_, **__: []))
    with pytest.raises(BadInput, match="wandb=p holds no run"):
        from_wandb("p")


def test_both_files_hold_every_row(directories, tmp_path):
    table = tabulate(from_directories(directories)[0])
    as_csv, as_json = write_table(table, tmp_path)
    with as_csv.open(newline="") as file:
        rows = list(csv.DictReader(file))
    content = json.loads(as_json.read_text())
    assert content["rows"] == list(table.rows)
    assert content["same"]["seed"] == 0
    names = ["run", "status", *content["varied"], *content["metrics"]]
    assert [list(row) for row in rows] == [names] * 3
    assert rows == [{name: "" if row[name] is None else str(row[name]) for name in names} for row in content["rows"]]


def test_the_best_run_comes_first_and_one_without_the_metric_last(directories):
    table = tabulate(from_directories(directories)[0])
    assert [row["run"] for row in best_first(table, "eval/loss")] == ["b", "a", "deep/c"]
    assert [row["run"] for row in best_first(table, "eval/accuracy")] == ["a", "b", "deep/c"]
    assert [row["run"] for row in best_first(table, "cost/flops")] == ["a", "b", "deep/c"]


def test_what_is_damaged_is_named_and_what_was_set_aside_is_passed_over(directories):
    (directories / "a" / "summary.json").write_text("{")
    (directories / "b" / "replaced-1").mkdir()
    for name in ("config.yaml", "summary.json"):
        (directories / "b" / "replaced-1" / name).write_bytes((directories / "b" / name).read_bytes())
    runs, (sentence,) = from_directories(directories)
    assert [run.name for run in runs] == ["b", "deep/c"]
    assert "a/summary.json cannot be read (it is damaged)" in sentence


def test_a_place_without_runs_is_refused(tmp_path):
    with pytest.raises(BadInput, match="nowhere is no directory"):
        from_directories(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="holds no run of"):
        from_directories(tmp_path)


def test_a_run_alone_is_named_by_its_directory(directories):
    (run,), _ = from_directories(directories / "a")
    assert run.name == "a"


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=20, unique=True))
def test_heights_of_numbers_keep_their_order_and_fill_the_axis(values):
    axis = Axis("rate", values)
    heights = np.array([axis.height(value) for value in sorted(values)])
    assert (heights[0], heights[-1]) == (0, 1)
    assert np.all(np.diff(heights) >= 0)


def test_an_axis_is_logarithmic_where_values_are_of_different_sizes():
    assert Axis("rate", [1e-4, 1e-3, 1e-2]).height(1e-3) == pytest.approx(0.5)
    assert Axis("layers", [2, 4, 6]).height(4) == pytest.approx(0.5)
    assert Axis("offset", [-1.0, 0.0, 99.0]).height(49.0) == pytest.approx(0.5)


def test_words_and_what_is_missing_lie_at_equal_distances():
    values = ["snn", None, 2, "vqc", True]
    axis = Axis("mixed", values)
    assert sorted(axis.height(value) for value in values) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert axis.height(None) == 1, "what is missing is above the others"
    assert Axis("same", ["x", "x"]).height("x") == 0.5


def test_only_so_many_settings_are_drawn_those_of_the_most_values():
    settings = [{f"s{index}": number % (2 + index // 6) for index in range(12)} for number in range(6)]
    table = tabulate([swept_run("x", "completed", one, {"loss": 1.0}) for one in settings])
    assert len(table.varied) == 12
    assert drawn_settings(table) == ("s0", "s1", *(f"s{index}" for index in range(6, 12)))
    assert len(drawn_settings(table)) == MOST_AXES


def test_the_figure_is_drawn_and_an_unknown_metric_is_refused(directories, tmp_path):
    table = tabulate(from_directories(directories)[0])
    assert draw_sweep(table, "cost/flops", tmp_path).read_bytes().startswith(b"\x89PNG")
    with pytest.raises(BadInput, match="metric=eval/los is in none of the runs; they have best/eval/loss, cost/flops"):
        draw_sweep(table, "eval/los", tmp_path)
