"""The loop end to end, on models small enough to compile in a moment."""

import itertools
import json
import signal
import time

import jax
import numpy as np
import pytest
from toy_runs import assert_same_bits, params_of, rows_of, settings, train
from toys import Perceptron, Points, blobs

from training.config import MeshConfig, ProbesConfig
from training.errors import BadInput, Interrupted, NonFiniteUpdate
from training.programs import Programs
from training.tracking.jsonl import read
from training.trainer import Trainer

MEASURED = {
    "train/loss", "train/accuracy", "eval/loss", "eval/accuracy", "test/loss", "test/accuracy", "gradient/norm",
    "gradient/variance_over_examples", "gradient/variance_over_estimates", "gradient/covariance_trace",
    "gradient/squared_norm_unbiased", "gradient/noise_scale", "gradient/noise_scale_low",
    "gradient/signal_to_noise", "gradient/signal_to_noise_low", "gradient/signal_to_noise_high",
    "memory/residual_bytes", "memory/temp_bytes", "memory/argument_bytes", "time/step_seconds", "time/data_seconds",
    "time/save_seconds", "time/probe_seconds", "time/eval_seconds", "time/forward_seconds", "time/gradient_seconds",
    "time/gradient_to_forward", "cost/flops", "throughput/examples_per_second", "activity/hidden_mean",
}  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("finished") / "run"
    return run_dir, train(run_dir, Perceptron(noise=0.1), steps=24)


def test_a_run_learns_and_leaves_everything_behind(finished):
    run_dir, summary = finished
    assert {path.name for path in run_dir.iterdir()} >= {
        "config.yaml", "metrics.jsonl", "summary.json", "curves.png", "checkpoints",
    }  # fmt: skip
    assert summary["status"] == "completed"
    assert summary["metrics"]["test/accuracy"] > 0.85
    assert json.loads((run_dir / "summary.json").read_text()) == summary


def test_every_metric_is_logged_or_explained(finished):
    run_dir, summary = finished
    logged = {name for row in read(run_dir / "metrics.jsonl") for name in row} - {"step"}
    assert MEASURED - {"memory/device_peak_bytes"} <= logged
    absent = {
        "cost/circuit_executions",
        "cost/shots",
        "cost/integer_operations",
        "cost/joules",
        "memory/device_peak_bytes",
        "time/compile_seconds",  # where another test has compiled the same
        "gradient/noise_scale_high",  # where noise may hide the signal
    }
    assert set(summary["unavailable"]) == absent - logged
    assert all(isinstance(row[name], float | int) for row in read(run_dir / "metrics.jsonl") for name in row)


def test_rows_come_when_they_are_due(finished):
    run_dir, _ = finished
    rows = {row["step"]: row for row in read(run_dir / "metrics.jsonl")}
    assert [step for step, row in rows.items() if "train/loss" in row] == [3, 6, 9, 12, 15, 18, 21, 24]
    assert [step for step, row in rows.items() if "eval/loss" in row] == [0, 6, 12, 18, 24]
    assert [step for step, row in rows.items() if "gradient/covariance_trace" in row] == [0, 5, 10, 15, 20]
    assert [step for step, row in rows.items() if "test/loss" in row] == [24]
    assert list(rows) == sorted(rows)


def test_probes_do_not_change_training_by_a_bit(tmp_path):
    model = Perceptron(noise=0.1)
    train(tmp_path / "with", model, probes=ProbesConfig(every=1, timing_repeats=1))
    train(tmp_path / "without", model, probes=ProbesConfig(every=0, timing_repeats=0))
    assert_same_bits(params_of(tmp_path / "with", model), params_of(tmp_path / "without", model))
    summary = json.loads((tmp_path / "without" / "summary.json").read_text())
    assert summary["unavailable"]["gradient/noise_scale"] == "switched off by probes.every=0"
    assert "time/forward_seconds" in summary["unavailable"]


def test_a_gradient_that_is_not_compiled_is_counted_and_not_weighed(tmp_path, monkeypatch):
    compiled = []
    compile_ = Programs._compile
    monkeypatch.setattr(Programs, "_compile", lambda *given, **more: compiled.append(1) or compile_(*given, **more))
    found = {}
    for name in (True, False):
        probes = ProbesConfig(every=0, timing_repeats=0, compiled=name)
        found[name] = train(tmp_path / str(name), Perceptron(), probes=probes)
        found[name]["compiled"] = len(compiled)
        compiled.clear()
    assert_same_bits(params_of(tmp_path / "True", Perceptron()), params_of(tmp_path / "False", Perceptron()))
    weighed, counted = (found[name]["metrics"] for name in (True, False))
    assert weighed["cost/flops"] == counted["cost/flops"] > 0
    assert weighed["memory/temp_bytes"] > 0
    assert "memory/temp_bytes" not in counted
    assert found[False]["unavailable"]["memory/temp_bytes"] == "the program was traced, and not compiled"
    # Step and evaluation; where it is weighed, the gradient too.
    assert (found[True]["compiled"], found[False]["compiled"]) == (3, 2)
    with pytest.raises(BadInput, match=r"probes\.compiled=false leaves nothing to run probes.timing_repeats=10 times"):
        ProbesConfig(compiled=False)


def test_the_test_set_is_read_once_at_the_end(tmp_path):
    class Counted(Points):
        taken = 0

        def take(self, indices):
            Counted.taken += 1
            return super().take(indices)

    task = blobs()
    object.__setattr__(task, "test", Counted(task.test.inputs, task.test.targets))
    trainer = Trainer(Perceptron(), task, settings(steps=6))
    assert Counted.taken == 0
    trainer.run(tmp_path / "run")
    assert Counted.taken == -(-len(task.test) // 16)


def test_a_finished_run_resumes_to_nothing_new(finished):
    run_dir, summary = finished
    before = (run_dir / "metrics.jsonl").read_bytes()
    again = train(run_dir, Perceptron(noise=0.1), steps=24, resume=True)
    assert (run_dir / "metrics.jsonl").read_bytes() == before
    assert again["metrics"] == summary["metrics"]


def test_batches_that_a_thread_fetches_ahead_change_nothing_also_where_the_run_was_stopped(tmp_path, finished):
    run_dir, model = tmp_path / "run", Perceptron(noise=0.1)
    trainer = Trainer(model, blobs(), settings(steps=24, trainer={"prefetch": 2}))
    step, calls = trainer.programs.step, itertools.count()

    def stopping(*arguments):
        if next(calls) == 9:
            signal.raise_signal(signal.SIGTERM)
        return step(*arguments)

    trainer.programs.step = stopping
    with pytest.raises(Interrupted, match="stopped at step"):
        trainer.run(run_dir)
    trainer.run(run_dir, resume=True)
    assert next(calls) == 24, "no update is made twice"
    assert rows_of(run_dir) == rows_of(finished[0])
    assert_same_bits(*(params_of(directory, model, steps=24) for directory in (run_dir, finished[0])))


def test_a_loss_that_is_not_finite_stops_the_run_and_is_never_saved(tmp_path):
    task = blobs()
    inputs = task.train.inputs.copy()
    inputs[37] = np.nan
    object.__setattr__(task, "train", Points(inputs, task.train.targets))
    with pytest.raises(NonFiniteUpdate, match=r"step \d+ is not finite: loss and \d+ more arrays"):
        train(
            tmp_path / "run", task=task, trainer={"checkpoint_every": 1}, probes=ProbesConfig(every=0, timing_repeats=0)
        )
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["status"] == "failed"
    assert "not finite" in summary["error"]
    steps = [int(p.name) for p in (tmp_path / "run" / "checkpoints").iterdir() if p.name.isdigit()]
    if steps:
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(params_of(tmp_path / "run").params))


def test_a_system_s_clock_that_is_set_back_makes_no_seconds_negative(tmp_path, monkeypatch):
    back = itertools.count()
    monkeypatch.setattr(time, "time", lambda: 1e9 - 3600.0 * next(back))
    summary = train(tmp_path / "run", Perceptron(), steps=8)
    rows = read(tmp_path / "run" / "metrics.jsonl")
    assert next(back) > 0, "the clock was not read at all"
    seconds = [value for row in rows for name, value in row.items() if name.startswith("time/")]
    assert seconds
    assert min(seconds) >= 0
    assert all(value >= 0 for name, value in summary["metrics"].items() if name.startswith("time/"))


def test_what_cannot_be_had_is_absent_and_explained(tmp_path):
    summary = train(tmp_path / "run", Perceptron(batch_coupled=True), steps=6)
    assert "batch normalisation" in summary["unavailable"]["gradient/variance_over_examples"]
    assert "gradient/variance_over_examples" not in summary["metrics"]
    assert "gradient/variance_over_estimates" in summary["metrics"]


@pytest.mark.parametrize("gradient", ["spsa", "forward"])
def test_other_estimators_train_too(tmp_path, gradient):
    summary = train(
        tmp_path / "run",
        gradient=gradient,
        steps=200,
        trainer={"log_every": 100, "eval_every": 0, "checkpoint_every": 0},
    )
    first = next(row for row in rows_of(tmp_path / "run") if row["step"] == 0)
    assert summary["metrics"]["eval/loss"] < 0.8 * first["eval/loss"]
    assert summary["metrics"]["gradient/variance_over_estimates"] > 0
    assert "no reverse pass" in summary["unavailable"]["memory/residual_bytes"]


def test_bad_settings_are_refused_before_compilation(tmp_path, monkeypatch):
    monkeypatch.setattr(jax.stages.Lowered, "compile", lambda *_, **__: pytest.fail("compiled"))
    with pytest.raises(BadInput, match="batch size 1000 exceeds"):
        train(tmp_path / "run", trainer={"batch_size": 1000})
    with pytest.raises(BadInput, match=r"mesh\.data=64"):
        train(tmp_path / "run", trainer={"batch_size": 64}, mesh=MeshConfig(data=64))
    with pytest.raises(BadInput, match="tracking=paper"):
        train(tmp_path / "run", tracking=("paper",))


def test_a_model_with_too_few_outputs_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"shape \(16, 2\) where this classification task needs \(16, 3\)"):
        train(tmp_path / "run", Perceptron(outputs=2))


def test_a_model_larger_than_memory_is_refused_with_the_number(tmp_path, monkeypatch):
    import training.programs

    monkeypatch.setattr(training.programs, "capacity_bytes", lambda devices: 2000)
    with pytest.raises(BadInput, match=r"needs at least .* GiB"):
        train(tmp_path / "run")
