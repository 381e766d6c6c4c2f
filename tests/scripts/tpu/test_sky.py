"""The task of SkyPilot: what it says, and that SkyPilot itself takes it, without a cloud."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import scripts
from scripts.running.command import INTERRUPTED

SKY = Path(scripts.__file__).parent / "tpu" / "sky.yaml"

# As SkyPilot's server reads a task, where no key passes that nobody knows.
VALIDATE = """
import sys
from sky.server import plugins
plugins.plugins_loaded = lambda: True
import sky
from sky.utils import registry
task = sky.Task.from_yaml(sys.argv[1])
(resources,) = task.resources
registry.JOBS_RECOVERY_STRATEGY_REGISTRY.from_str(resources.job_recovery["strategy"])
print(sky.__version__, resources.job_recovery, resources.use_spot, list(task.storage_mounts))
"""


def test_what_is_recovered_is_what_our_commands_leave_to_be_recovered():
    task = yaml.safe_load(SKY.read_text())
    recovery = {"strategy": "FAILOVER", "max_restarts_on_errors": 2, "recover_on_exit_codes": [INTERRUPTED]}
    assert task["resources"]["job_recovery"] == recovery
    assert task["resources"]["use_spot"] is True
    assert task["run"].splitlines()[-1] == ".venv/bin/python -m $COMMAND run_dir=/runs/auto resume=true"
    assert task["file_mounts"]["/runs"]["mode"] == "MOUNT"


@pytest.fixture(scope="module")
def validate(tmp_path_factory):
    """Asks SkyPilot, in an environment of its own: its requirements are not ours."""
    python = os.environ.get("GRADIENT_COST_SKYPILOT", "")
    if not python or shutil.which(python) is None:
        pytest.skip("GRADIENT_COST_SKYPILOT names no Python with skypilot==0.14.1")
    home = tmp_path_factory.mktemp("home")
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "IS_SKYPILOT_SERVER": "true"}

    def ask(text: str) -> subprocess.CompletedProcess[str]:
        path = home / "task.yaml"
        path.write_text(text)
        return subprocess.run(
            [python, "-c", VALIDATE, str(path)], cwd=home, env=environ, capture_output=True, text=True
        )

    return ask


@pytest.mark.slow
def test_skypilot_takes_it(validate):
    done = validate(SKY.read_text())
    assert done.returncode == 0, done.stderr
    version, _, rest = done.stdout.splitlines()[-1].partition(" ")
    assert version == "0.14.1"
    assert "'recover_on_exit_codes': [75]" in rest
    assert rest.endswith("True ['/runs']")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("job_recovery:", "job_recovry:", "did you mean 'job_recovery'"),
        ("use_spot:", "use_spto:", "did you mean 'use_spot'"),
        ("max_restarts_on_errors", "max_restart_on_errors", "'max_restart_on_errors' was unexpected"),
        ("FAILOVER", "FAILOVR", "FAILOVR"),
        ("[75]", "[x]", "recover_on_exit_codes"),
        ("mode: MOUNT", "mode: MUONT", "MUONT"),
        ("envs:", "enfs:", "did you mean 'envs'"),
    ],
)
def test_skypilot_refuses_what_is_misspelt(validate, right, wrong, said):
    text = SKY.read_text()
    assert text.count(right) == 1
    done = validate(text.replace(right, wrong))
    assert done.returncode != 0
    assert said in done.stderr
