"""``energy=`` of a training run: picojoules beside the accuracy, under a named model."""

from __future__ import annotations

import json

from scripts import train
from training.tracking.jsonl import read

SMALL = (
    "paradigm=quantised",
    "paradigm.hidden=[4]",
    "trainer.batch_size=16",
    "trainer.eval_every=1",
    "probes.every=0",
    "probes.timing_repeats=0",
    "tracking=[jsonl]",
)


def test_every_evaluation_says_what_the_network_costs(command, tmp_path):
    run_dir = tmp_path / "run"
    settings = [*SMALL, "trainer.steps=2", "energy=yan2024", f"run_dir={run_dir}"]
    assert command(train.main, *settings).code == 0
    rows = read(run_dir / "metrics.jsonl")
    evaluated = [row for row in rows if "eval/accuracy" in row]
    assert len(evaluated) == 3
    for row in evaluated:
        assert 0 < row["activity/hidden_energy_picojoule"] < row["activity/energy_picojoule"]
    notes = json.loads((run_dir / "summary.json").read_text())["notes"]
    assert any("of the model yan2024 with the prices of" in note and "at 1 hops" in note for note in notes)
    # Another model is another curve.
    other = command(train.main, *settings[:-2], "energy=compute_only", f"run_dir={run_dir}", "resume=true")
    assert other.code == 2
    assert "energy was yan2024 and is now compute_only" in other.error


def test_what_has_no_energy_is_refused_before_anything_is_written(command, tmp_path):
    run_dir = tmp_path / "run"
    for settings, sentence in (
        (("paradigm=vqc", "energy=yan2024"), "paradigm=vqc has neither spikes nor levels"),
        (("energy=nobody",), "nobody"),
        (("hops=2",), "hops=2 is of energy=, which is not set"),
    ):
        refused = command(train.main, *settings, f"run_dir={run_dir}")
        assert refused.code == 2
        assert sentence in refused.error
    assert not run_dir.exists()
