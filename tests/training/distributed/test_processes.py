"""How processes are told from one that is alone, and how what they hold in part is checked as a whole."""

import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import DistributedConfig, MeshConfig
from training.distributed.mesh import make_mesh
from training.distributed.processes import decided_by_first, from_first, gathered, initialization, require_alike
from training.errors import BadInput
from training.run.checkpoint import _crc_of_zeros, _part_of_crc

SLURM = {"SLURM_JOB_ID": "7", "SLURM_STEP_NODELIST": "node[1-2]", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"}


@pytest.mark.parametrize(
    ("environ", "on_tpu", "automatic"),
    [
        ({}, False, False),
        ({**SLURM, "SLURM_STEP_NUM_TASKS": "1"}, False, False),
        ({**SLURM, "SLURM_STEP_NUM_TASKS": "2"}, False, True),
        # A script that sbatch runs once, whatever it was given.
        ({"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4"}, False, False),
        ({"OMPI_COMM_WORLD_SIZE": "2"}, False, True),
        ({"TPU_WORKER_HOSTNAMES": "one,two"}, False, False),
        ({"TPU_WORKER_HOSTNAMES": "one,two", "TPU_SKIP_MDS_QUERY": "1"}, True, True),
        ({"TPU_SKIP_MDS_QUERY": "1"}, True, False),
        ({}, True, True),
    ],
)
def test_what_a_cluster_started_finds_its_peers_by_itself(environ, on_tpu, automatic):
    assert initialization(DistributedConfig(), environ, on_tpu=on_tpu) == ({} if automatic else None)


def test_settings_come_before_the_environment_and_that_before_the_cluster():
    environ = {
        **SLURM,
        "SLURM_STEP_NUM_TASKS": "2",
        "GRADIENT_COST_COORDINATOR": "first:1234",
        "GRADIENT_COST_PROCESSES": "3",
        "GRADIENT_COST_PROCESS": "2",
    }
    found = initialization(DistributedConfig(process=1), environ, on_tpu=True)
    assert found == {"coordinator_address": "first:1234", "num_processes": 3, "process_id": 1}
    alone = DistributedConfig("first:1234", processes=1, process=0)
    assert initialization(alone, {**SLURM, "SLURM_STEP_NUM_TASKS": "2"}, on_tpu=True) is None


@pytest.mark.parametrize(
    ("config", "environ", "sentence"),
    [
        ({"processes": 2}, {}, "distributed.coordinator=null, distributed.process=null: processes find each other by"),
        ({"coordinator": "host", "processes": 2, "process": 0}, {}, "distributed.coordinator=host must be HOST:PORT"),
        ({"coordinator": ":1", "processes": 2, "process": 0}, {}, "distributed.coordinator=:1 must be HOST:PORT"),
        ({"coordinator": "a:1", "processes": 2, "process": 2}, {}, "distributed.process=2 must be in 0 … 1"),
        ({"coordinator": "a:1", "processes": 0, "process": 0}, {}, "distributed.processes=0 must be at least 1"),
        ({"heartbeat_seconds": 0}, {}, "distributed.heartbeat_seconds=0 must be at least 1"),
        ({"start_seconds": 0}, {}, "distributed.start_seconds=0 must be at least 1"),
        ({}, {"GRADIENT_COST_PROCESSES": "two"}, "GRADIENT_COST_PROCESSES=two must be a whole number"),
    ],
)
def test_what_contradicts_itself_is_refused(config, environ, sentence):
    with pytest.raises(BadInput) as refusal:
        initialization(DistributedConfig(**config), environ, on_tpu=False)
    assert str(refusal.value).startswith(sentence)


def test_a_process_that_is_alone_decides_by_itself():
    def refuse():
        raise BadInput("no")

    assert gathered({"a": 1}) == [{"a": 1}]
    assert from_first([3]) == [3]
    assert decided_by_first(lambda: 5) == 5
    with pytest.raises(BadInput, match=r"^no$"):
        decided_by_first(refuse)
    require_alike({"seed": 3}, "configuration")


def test_a_process_without_a_row_is_refused_by_arithmetic(monkeypatch):
    devices = [SimpleNamespace(process_index=number // 2) for number in range(6)]
    monkeypatch.setattr("jax.devices", lambda: devices)
    with pytest.raises(BadInput, match=r"takes 4 of 6 devices, and process 2 would hold no row.*set mesh.data=6, or"):
        make_mesh(MeshConfig(data=4), 12)
    with pytest.raises(BadInput, match=r"trainer\.batch_size=16 does not split evenly over mesh.data=6 devices"):
        make_mesh(MeshConfig(), 16)


def shards_of(array, owner, process):
    """What a process holds of an array whose columns belong to the processes that ``owner`` names."""
    for column in range(array.shape[1]):
        index = (slice(None), slice(column, column + 1))
        # Another copy, as a replicated axis of a mesh makes, must not be counted twice.
        yield SimpleNamespace(index=index, data=array[index], replica_id=0 if owner[column] == process else 1)


@given(st.integers(1, 5), st.lists(st.integers(0, 2), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_the_parts_of_all_processes_make_up_the_checksum_of_the_whole(rows, owner, seed):
    array = np.random.default_rng(seed).normal(size=(rows, len(owner))).astype(np.float32)
    joint = _crc_of_zeros(array.shape, array.dtype)
    for process in range(3):
        joint ^= _part_of_crc(array.shape, array.dtype, shards_of(array, owner, process))
    assert joint == zlib.crc32(array.tobytes())
