"""A run killed at any moment and resumed ends where an uninterrupted one does, bit for bit."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import jax
import numpy as np
import optax
import pytest
from jax.sharding import SingleDeviceSharding
from toys import Perceptron

from training.config import OptimizerConfig
from training.optimizer import make_optimizer
from training.run.checkpoint import Checkpoints
from training.state import init_state
from training.tracking.jsonl import read

STEPS = 400
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[2])
from toys import Perceptron, blobs
from training.config import OptimizerConfig, ProbesConfig, TrainerConfig
from training.trainer import Settings, Trainer
settings = Settings(
    trainer=TrainerConfig(steps=400, batch_size=16, log_every=7, eval_every=30, checkpoint_every=11),
    optimizer=OptimizerConfig(learning_rate=0.05),
    probes=ProbesConfig(every=20, timing_repeats=0),
)
Trainer(Perceptron(noise=0.1), blobs(), settings).run(sys.argv[1], resume=True)
"""


def start(run_dir):
    support = str(Path(__file__).parents[2] / "support")
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(run_dir), support], stdout=subprocess.DEVNULL)


def final_state(run_dir):
    def initial():
        return init_state(Perceptron(), make_optimizer(OptimizerConfig(), STEPS, Perceptron()), 0)

    like = jax.eval_shape(initial)
    shardings = jax.tree.map(lambda _: SingleDeviceSharding(jax.devices()[0]), like)
    restored, problems = Checkpoints(run_dir / "checkpoints", 3).restore_latest(like, shardings)
    assert restored is not None
    assert problems == {}
    assert int(restored[0].step) == STEPS
    return jax.tree.leaves(restored[0]._replace(key=optax.EmptyState()))


def rows(run_dir):
    return [
        {name: value for name, value in row.items() if not name.startswith(("time/", "throughput/"))}
        for row in read(run_dir / "metrics.jsonl")
    ]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("uninterrupted") / "run"
    assert start(run_dir).wait(timeout=300) == 0
    return final_state(run_dir), rows(run_dir)


def last_logged(run_dir):
    try:
        return max((row["step"] for row in read(run_dir / "metrics.jsonl")), default=-1)
    except FileNotFoundError:
        return -1


def kill_at_random_steps_and_resume(run_dir, seed):
    """Kill twice, each time after a random step was logged and a random moment more; then let it finish."""
    chance = random.Random(seed)
    for target in sorted(chance.sample(range(STEPS), 2)):
        process = start(run_dir)
        deadline = time.monotonic() + 300
        while process.poll() is None and last_logged(run_dir) < target and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(run_dir).wait(timeout=300) == 0


def check(run_dir, uninterrupted):
    state, expected_rows = uninterrupted
    for ours, theirs in zip(final_state(run_dir), state, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
    assert rows(run_dir) == expected_rows


def test_a_killed_run_resumes_to_the_same_bits_and_rows(tmp_path, uninterrupted):
    kill_at_random_steps_and_resume(tmp_path / "run", seed=0)
    check(tmp_path / "run", uninterrupted)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 31))
def test_thirty_killed_runs_resume_to_the_same_bits_and_rows(tmp_path, uninterrupted, seed):
    kill_at_random_steps_and_resume(tmp_path / "run", seed)
    check(tmp_path / "run", uninterrupted)
