"""A sweep file, expanded by wandb's own agent, gives command lines that work."""

from __future__ import annotations

import itertools
import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import scripts
from paradigms import NAMES

SWEEPS = sorted((Path(scripts.__file__).parent / "sweeps").glob("*.yaml"))


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def points(sweep: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every point of a grid, as the server sends it."""
    parameters = sweep["parameters"]
    choices = [parameter.get("values", [parameter.get("value")]) for parameter in parameters.values()]
    for values in itertools.product(*choices):
        yield {name: {"value": value} for name, value in zip(parameters, values, strict=True)}


@pytest.fixture
def expand(monkeypatch, tmp_path):
    """The command line that wandb's agent starts for one point of a sweep."""
    # What the agent sets for the process that it starts, and nobody takes back.
    for name in ("WANDB_DIR", "WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH", "WANDB_SWEEP_ID"):
        monkeypatch.setenv(name, str(tmp_path) if name == "WANDB_DIR" else "test")
    from wandb import wandb_agent

    started: list[list[str]] = []

    class Started:
        def __init__(self, command: list[str], **_: Any) -> None:
            started.append(command)

    monkeypatch.setattr(wandb_agent, "AgentProcess", Started)

    def call(sweep: dict[str, Any], point: dict[str, Any]) -> list[str]:
        agent = wandb_agent.Agent(api=None, queue=queue.Queue(), sweep_id="test")
        agent._sweep_command = list(sweep["command"])
        agent._command_run({"run_id": "test", "program": sweep["program"], "args": point})
        return started.pop()

    return call


@pytest.mark.parametrize("path", SWEEPS, ids=lambda path: path.stem)
def test_every_point_of_a_sweep_is_a_valid_command_line(path, expand, composed):
    sweep = load(path)
    assert sweep["metric"] == {"name": "eval/loss", "goal": "minimize"}
    configs = []
    for point in points(sweep):
        program, python, *module, first = (line := expand(sweep, point))[:5]
        assert [program, python, *module] == ["/usr/bin/env", "python", "-m", "scripts.train"]
        configs.append(composed(*line[4:]))
        assert first == line[4]
        assert configs[-1].tracking.keys() == {"jsonl", "wandb"}
    assert len({str(config.plain()) for config in configs}) == len(configs) > 1


def test_there_is_a_sweep_of_every_paradigm_whose_jobs_find_their_own_runs(composed):
    own = {path.stem: load(path) for path in SWEEPS if path.stem in NAMES}
    assert set(own) >= {"snn", "transformer", "vqc"}
    for name, sweep in own.items():
        parameters = sweep["parameters"]
        assert parameters["paradigm"] == {"value": name}
        assert any(setting.startswith("paradigm.") for setting in parameters)
        assert (parameters["run_dir"], parameters["resume"]) == ({"value": "auto"}, {"value": True})
        assert all(len(set(one["values"])) > 1 for one in parameters.values() if "values" in one)


def test_a_text_null_in_a_sweep_arrives_as_none_and_python_s_none_does_not(expand, composed):
    sweep = load(SWEEPS[0])
    point = next(points(sweep))
    line = expand(sweep, point | {"optimizer.clip_norm": {"value": "null"}})
    assert composed(*line[4:]).optimizer.clip_norm is None
    line = expand(sweep, point | {"optimizer.clip_norm": {"value": None}})
    with pytest.raises(ValueError, match=r"optimizer.clip_norm=None must be a finite number \(write null for none\)"):
        composed(*line[4:])


def test_one_run_of_a_sweep_for_real(expand, small, tmp_path):
    sweep = load(SWEEPS[0])
    settings = (setting.partition("=") for setting in small if not setting.startswith("tracking"))
    line = expand(sweep, next(points(sweep)) | {name: {"value": value} for name, _, value in settings})
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environ = {name: value for name, value in os.environ.items() if name != "WANDB_DIR"}
    result = subprocess.run(
        [*line, "run_dir=run"],
        cwd=tmp_path,
        env=environ | {"PATH": path, "WANDB_MODE": "offline", "HOME": str(tmp_path), "WANDB_RUN_ID": "chosen"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "wandb is offline" in result.stderr
    (kept,) = (tmp_path / "run" / "wandb").glob("offline-run-*/run-chosen.wandb")
    assert b"eval/loss" in kept.read_bytes()
