"""Hydra's launchers run the jobs of a sweep in other processes: the same runs, and the same table of a shared study."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHERS = {
    "joblib": ("hydra_joblib_launcher", ()),
    "submitit_local": ("hydra_submitit_launcher", ("hydra.launcher.timeout_min=10",)),
    "ray": ("hydra_ray_launcher", ("+hydra.launcher.ray.init.num_cpus=2",)),
}
"""Of each the module that brings it, and settings of its own."""
STUDY = (
    "study=bandwidth", "settings.neurons=[if]", "settings.time_steps=[2,4]", "settings.steps=5", "settings.seeds=2",
    "settings.repeats=2", "settings.presentations=1", "settings.hidden=[8,8]",
)  # fmt: skip


@pytest.fixture(params=LAUNCHERS)
def launcher(request):
    module, settings = LAUNCHERS[request.param]
    if importlib.util.find_spec("hydra_plugins") is None or importlib.util.find_spec(f"hydra_plugins.{module}") is None:
        pytest.skip(f"{module} is not installed; the extras sweeps and ray bring it")
    return (f"hydra/launcher={request.param}", *settings)


@pytest.fixture
def run(tmp_path):
    def call(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        line = [sys.executable, "-m", f"scripts.{command}", *arguments]
        return subprocess.run(line, cwd=tmp_path, env=environ, capture_output=True, text=True)

    return call


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.mark.slow
def test_a_sweep_leaves_the_same_runs_and_ends_with_the_code_of_the_job_that_failed(run, launcher, small, tmp_path):
    swept = ("-m", *small, "seed=0,-1,1", "resume=true")
    here = run("train", *swept, "run_dir=here/auto")
    there = run("train", *swept, "run_dir=there/auto", *launcher)
    assert (here.returncode, there.returncode) == (2, 2), there.stderr
    # Named by their configurations.
    assert names(tmp_path / "there") == names(tmp_path / "here")
    assert len(names(tmp_path / "here")) == 2


@pytest.mark.slow
def test_shards_leave_the_table_of_a_single_process(run, launcher, tmp_path):
    assert run("study", *STUDY, "run_dir=whole").returncode == 0
    shards = ("shards=3", "shard=0,1,2", "run_dir=shared", "resume=true")
    done = run("study", "-m", *STUDY, *shards, *launcher)
    assert done.returncode == 0, done.stderr
    for name in ("rows.jsonl", "table.json", "verdicts.json", "figure.png"):
        assert (tmp_path / "shared" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
