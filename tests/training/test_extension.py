"""A run can be made longer, and what that does to its learning rate is said."""

import json
import math
import shutil

import pytest
from toy_runs import assert_same_bits, params_of, settings
from toys import Perceptron, blobs

from training.config import OptimizerConfig, ProbesConfig
from training.data.pipeline import train_batches
from training.errors import BadInput, Interrupted
from training.run.history import gone_on, told
from training.tracking.jsonl import read
from training.trainer import Trainer

PROBES = ProbesConfig(every=0, timing_repeats=0)


def trainer(steps):
    return Trainer(Perceptron(noise=0.1), blobs(), settings(steps=steps, probes=PROBES))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("finished") / "run"
    trainer(12).run(run_dir)
    return run_dir


def cosine(step, steps, peak=0.05, warmup=2, fraction=0.01):
    along = (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))) / 2
    return peak * ((1 - fraction) * along + fraction)


def test_a_finished_run_goes_on_with_the_schedule_of_its_new_length(tmp_path, finished, caplog):
    run_dir = tmp_path / "run"
    shutil.copytree(finished, run_dir)
    longer = trainer(20)
    summary = longer.run(run_dir, resume=True)
    assert summary["status"] == "completed"
    assert summary["config"]["trainer"]["steps"] == 20

    # By hand: the old state, the new step, the batches that follow.
    state, batches = params_of(finished, Perceptron(noise=0.1), probes=PROBES), train_batches(blobs().train, 16, 0)
    for step in range(20):
        batch = next(batches)
        if step >= 12:
            state, _ = longer.programs.step(state, batch)
    assert_same_bits(params_of(run_dir, Perceptron(noise=0.1), steps=20, probes=PROBES), state)
    assert [row["step"] for row in read(run_dir / "metrics.jsonl")] == [0, 3, 6, 9, 12, 15, 18, 20]

    (note,) = (note for note in summary["notes"] if note.startswith("extended from 12 to 20 updates at step 12: "))
    assert f"to {cosine(12, 12):.3g}, and" in note
    assert f"from {cosine(12, 20):.3g} to {cosine(20, 20):.3g}; " in note
    assert note in caplog.text
    # It is told as long as the run lives.
    assert note in trainer(20).run(run_dir, resume=True)["notes"]


def test_a_run_is_not_made_shorter(finished):
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    with pytest.raises(BadInput, match=r"run of trainer\.steps=12, which can be extended and not cut to 11"):
        trainer(11).run(finished, resume=True)
    assert {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()} == before


def test_an_extension_that_was_stopped_before_its_first_save_is_still_told_of(tmp_path, finished, monkeypatch):
    run_dir = tmp_path / "run"
    shutil.copytree(finished, run_dir)
    longer = trainer(14)

    def stop():
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(longer.programs, "compile", stop)
        with pytest.raises(Interrupted):
            longer.run(run_dir, resume=True)
    assert json.loads((run_dir / "summary.json").read_text())["status"] == "preempted"
    summary = longer.run(run_dir, resume=True)
    assert [note for note in summary["notes"] if note.startswith("extended from 12 to 14 updates at step 12: ")]


def test_what_changed_is_told_and_what_did_not_is_not():
    one, four = {"data": 1, "model": 1}, {"data": 4, "model": 1}
    history = gone_on([], 0, 12, four)
    assert told(history, OptimizerConfig()) == []
    assert gone_on(history, 5, 12, four) == history
    history = gone_on(history, 5, 12, one)
    (moved,) = told(history, OptimizerConfig())
    assert moved.startswith("went on at step 5 with mesh.data=1, mesh.model=1 where it had mesh.data=4, mesh.model=1: ")
    both = told(gone_on(history, 12, 24, four), OptimizerConfig())
    assert [sentence.split()[0] for sentence in both] == ["went", "extended", "went"]
    assert json.loads(json.dumps(history)) == history
