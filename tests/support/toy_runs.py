"""Runs of toy models, and what they leave behind."""

from __future__ import annotations

import jax
import numpy as np
from toys import Perceptron, blobs

from training.config import OptimizerConfig, ProbesConfig, TrainerConfig
from training.run.checkpoint import Checkpoints
from training.tracking.jsonl import read
from training.trainer import Settings, Trainer

CLOCKED = ("time/", "throughput/")


def settings(steps=12, **changes):
    loop = {"steps": steps, "batch_size": 16, "log_every": 3, "eval_every": 6, "checkpoint_every": 4}
    loop |= changes.pop("trainer", {})
    return Settings(
        trainer=TrainerConfig(**loop),
        optimizer=OptimizerConfig(learning_rate=0.05, warmup_steps=2),
        probes=changes.pop("probes", ProbesConfig(every=5, timing_repeats=1)),
        **changes,
    )


def train(run_dir, model=None, task=None, resume=False, **changes):
    return Trainer(model or Perceptron(), task or blobs(), settings(**changes)).run(run_dir, resume=resume)


def rows_of(run_dir):
    """Rows without what depends on the clock."""
    return [
        {name: value for name, value in row.items() if not name.startswith(CLOCKED)}
        for row in read(run_dir / "metrics.jsonl")
    ]


def params_of(run_dir, model=None, **changes):
    programs = Trainer(model or Perceptron(), blobs(), settings(**changes)).programs
    restored, _ = Checkpoints(run_dir / "checkpoints", 3).restore_latest(programs.state, programs.state_shardings)
    assert restored is not None
    return restored[0]


def assert_same_bits(left, right):
    for a, b in zip(jax.tree.leaves(left._replace(key=())), jax.tree.leaves(right._replace(key=())), strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
