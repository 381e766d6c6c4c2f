"""The same run on one device and on several simulated ones."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.config import MeshConfig
from training.distributed.mesh import make_mesh
from training.errors import BadInput
from training.tracking.jsonl import read

PROGRAM = """
import signal
import sys
import jax
jax.config.update("jax_num_cpu_devices", int(sys.argv[1]))
sys.path.insert(0, sys.argv[3])
from toys import Perceptron, blobs
from training.config import MeshConfig, OptimizerConfig, ProbesConfig, TrainerConfig
from training.errors import Interrupted
from training.trainer import Settings, Trainer
settings = Settings(
    trainer=TrainerConfig(steps=10, batch_size=16, log_every=1, microbatches=int(sys.argv[5]), checkpoint_every=0),
    optimizer=OptimizerConfig(learning_rate=0.05, warmup_steps=2),
    probes=ProbesConfig(every=5, timing_repeats=1),
    mesh=MeshConfig(model=int(sys.argv[4])),
)
trainer = Trainer(Perceptron(hidden=8, outputs=4), blobs(classes=4), settings)
step, stop_at = trainer.programs.step, int(sys.argv[6])

def stopping(state, batch):
    if int(state.step) == stop_at:
        signal.raise_signal(signal.SIGTERM)
    return step(state, batch)

trainer.programs.step = stopping
try:
    trainer.run(sys.argv[2], resume=True)
except Interrupted:
    pass
"""


def run(directory, devices, model=1, microbatches=1, stop_at=-1):
    support = Path(__file__).parents[2] / "support"
    arguments = [str(devices), str(directory), str(support), str(model), str(microbatches), str(stop_at)]
    subprocess.run([sys.executable, "-c", PROGRAM, *arguments], check=True, timeout=300)
    return read(directory / "metrics.jsonl")


def compare(left, right):
    assert len(left) == len(right) == 11
    for one, other in zip(left, right, strict=True):
        shared = [name for name in one if name.startswith(("train/", "eval/", "test/", "gradient/"))]
        assert set(shared) <= set(other)
        for name in shared:
            np.testing.assert_allclose(one[name], other[name], rtol=2e-4, atol=1e-6, err_msg=name)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The rows of the run on one device."""
    return run(tmp_path_factory.mktemp("alone") / "one", 1)


@pytest.mark.parametrize(("model", "microbatches"), [(1, 1), (2, 2)])
def test_four_devices_give_the_losses_of_one(tmp_path, alone, model, microbatches):
    together = run(tmp_path / "four", 4, model, microbatches)
    compare(alone, together)
    devices = json.loads((tmp_path / "four" / "summary.json").read_text())["environment"]["devices"]
    assert sum(device["count"] for device in devices) == 4


def test_a_run_begun_on_four_devices_goes_on_on_one_and_says_so(tmp_path, alone):
    assert run(tmp_path / "moved", 4, model=2, stop_at=6)[-1]["step"] == 7
    moved = run(tmp_path / "moved", 1)
    compare(alone, moved)
    notes = json.loads((tmp_path / "moved" / "summary.json").read_text())["notes"]
    (note,) = (note for note in notes if note.startswith("went on at step"))
    was, now = "mesh.data=2, mesh.model=2", "mesh.data=1, mesh.model=1"
    assert note.startswith(f"went on at step 7 with {now} where it had {was}: ")


def test_a_mesh_that_does_not_fit_is_refused():
    with pytest.raises(BadInput, match=r"mesh.data=3 with mesh.model=1 needs 3 devices"):
        make_mesh(MeshConfig(data=3), 12)
    with pytest.raises(BadInput, match=r"mesh\.model=5"):
        make_mesh(MeshConfig(model=5), 12)
