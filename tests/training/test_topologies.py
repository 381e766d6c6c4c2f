"""A run that is resumed by its command on other devices goes on with the losses that it would have had."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.tracking.jsonl import read

STEPS, MOVED = 50, 25
MODELS = {
    "transformer": ("paradigm=transformer", "paradigm.layers=1", "paradigm.width=16"),
    # No discontinuity of a spike turns rounding into another loss.
    "vqc": ("paradigm=vqc", "paradigm.qubits=4", "paradigm.layers=2"),
}


def train(run_dir, model, devices, shape, *more):
    data, parts = shape
    command = [sys.executable, "-m", "scripts.train", *MODELS[model], f"mesh.data={data}", f"mesh.model={parts}"]
    command += [f"run_dir={run_dir}", f"trainer.steps={STEPS}", "trainer.batch_size=16", "trainer.log_every=1"]
    command += [f"trainer.checkpoint_every={MOVED}", "probes.every=0", "probes.timing_repeats=0", "tracking=[]", *more]
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    environ = {**os.environ, "XLA_FLAGS": flags}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr


def losses(run_dir):
    rows = read(run_dir / "metrics.jsonl")
    assert [row["step"] for row in rows] == list(range(STEPS + 1))
    return [[row[name] for name in ("train/loss", "eval/loss", "test/loss") if name in row] for row in rows]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs without a move, by model and mesh; each is trained when it is first asked for."""
    made = {}

    def run(model, shape):
        if (model, shape) not in made:
            made[model, shape] = tmp_path_factory.mktemp("whole") / "run"
            train(made[model, shape], model, shape[0] * shape[1], shape)
        return made[model, shape]

    return run


def stopped(whole, run_dir):
    """What a run leaves that was killed after its save at ``MOVED``."""
    shutil.copytree(whole, run_dir)
    shutil.rmtree(run_dir / "checkpoints" / str(STEPS))
    lines = (run_dir / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (run_dir / "metrics.jsonl").write_bytes(b"".join(lines[: MOVED + 3]))


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("before", "after"),
    [((4, 1), (1, 1)), ((4, 1), (2, 1)), ((1, 4), (1, 2)), ((1, 1), (4, 1)), ((2, 2), (1, 4))],
    ids=lambda shape: "x".join(map(str, shape)),
)
def test_a_run_is_resumed_on_any_mesh_with_the_same_losses(tmp_path, runs, model, before, after):
    run_dir = tmp_path / "run"
    stopped(runs(model, before), run_dir)
    config = (run_dir / "config.yaml").read_text()
    assert f"data: {before[0]}" in config
    train(run_dir, model, after[0] * after[1], after, "resume=true")
    expected = losses(runs(model, (1, 1)))
    for ours, theirs in zip(losses(run_dir), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5)
    assert Path(run_dir / "checkpoints" / str(STEPS)).is_dir()
