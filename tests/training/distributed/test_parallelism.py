"""A transformer whose matrices and optimiser state are split over devices trains as on one, and each keeps a part."""

import json
import math
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AbstractMesh

from paradigms.interface import Spec
from paradigms.transformer import Config, build
from training.config import OptimizerConfig
from training.distributed.mesh import AXES, state_shardings
from training.optimizer import make_optimizer
from training.state import init_state

PROGRAM = """
import json
import sys
from dataclasses import replace
import jax
from paradigms.transformer import Config, build
from training.config import MeshConfig, OptimizerConfig, ProbesConfig, Settings, TrainerConfig
from training.data.pipeline import train_batches
from training.programs import Programs
from training.tasks import TaskConfig, load_task

task = load_task(TaskConfig("digits"), None)
told = json.loads(sys.argv[1])
found = []
for shape in told["meshes"]:
    settings = Settings(
        trainer=TrainerConfig(steps=50, batch_size=16),
        optimizer=OptimizerConfig(learning_rate=1e-2, warmup_steps=5),
        probes=ProbesConfig(every=0, timing_repeats=0),
        mesh=MeshConfig(**shape),
    )
    programs = Programs.of_run(build(Config(layers=told["layers"], width=32), task.spec), task, settings)
    state, batches = programs.initial_state(), train_batches(task.train, 16, 0)
    losses = []
    for _ in range(told["steps"]):
        state, metrics = programs.step(state, next(batches))
        losses.append(float(metrics["train/loss"]))
    first = jax.devices()[0]
    kept = {
        name: sum(
            shard.data.nbytes
            for leaf in jax.tree.leaves(tree)
            for shard in leaf.addressable_shards
            if shard.device == first
        )
        for name, tree in (("params", state.params), ("optimizer", state.optimizer_state))
    }
    found.append({"losses": losses, "kept": kept})
print(json.dumps(found))
"""
ALONE = {"data": 1}


def trained(*meshes, layers=1, steps=50):
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count=4"
    told = json.dumps({"meshes": meshes, "layers": layers, "steps": steps})
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, told],
        env={**os.environ, "XLA_FLAGS": flags, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def bytes_of_a_device(shape, tree, placement):
    shardings = state_shardings(AbstractMesh(shape, AXES), tree, placement)
    parts = jax.tree.map(lambda leaf, one: math.prod(one.shard_shape(leaf.shape)), tree, shardings)
    return 4 * sum(jax.tree.leaves(parts))


@pytest.mark.parametrize("ruled", [True, False])
@pytest.mark.parametrize("shape", [(1, 4, 1), (1, 1, 4), (1, 2, 2), (4, 1, 1)])
def test_a_device_keeps_its_part_of_parameters_and_of_what_the_optimiser_keeps_of_them(shape, ruled):
    spec = Spec(jax.ShapeDtypeStruct((8, 8, 1), jnp.float32), "classification", 8)
    paradigm = build(Config(layers=2, width=64), spec)
    optimizer = make_optimizer(OptimizerConfig(), 10, paradigm)
    state = jax.eval_shape(lambda: init_state(paradigm, optimizer, 0))
    placement = paradigm.placement if ruled else None
    params = bytes_of_a_device(shape, state.params, placement)
    whole = 4 * sum(leaf.size for leaf in jax.tree.leaves(state.params))
    parts = shape[1] * shape[2]
    # Norms, some biases and tables, a few numbers, are whole everywhere.
    assert whole / parts <= params <= 1.1 * whole / parts
    # Two moments of every parameter, and two counts of updates.
    assert bytes_of_a_device(shape, state.optimizer_state, placement) == 2 * params + 8


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 6])
@pytest.mark.parametrize(
    "mesh",
    [{"fsdp": 4}, {"model": 4}, {"data": 2, "model": 2}, {"fsdp": 2, "model": 2}, {"data": 2, "fsdp": 2}],
    ids=str,
)
def test_every_split_trains_as_one_device(mesh, layers):
    alone, split = trained(ALONE, mesh, layers=layers)
    assert len(split["losses"]) == 50
    np.testing.assert_allclose(split["losses"], alone["losses"], rtol=0, atol=1e-5)
    assert split["kept"]["optimizer"] < alone["kept"]["optimizer"]
