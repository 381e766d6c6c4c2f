from __future__ import annotations

import json
import platform
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import jax
import pytest

from training.run.environment import environment, git_state, without_secrets


def test_versions_and_devices_are_those_of_this_process():
    found = environment()
    assert found["python"] == platform.python_version()
    assert found["packages"]["jax"] == version("jax") == jax.__version__
    assert found["backend"] == jax.default_backend()
    assert sum(device["count"] for device in found["devices"]) == jax.device_count()
    assert found["cpu_count"] >= 1
    assert found["memory_bytes"] > 2**28
    assert json.loads(json.dumps(found)) == found


def test_the_name_of_the_host_is_not_recorded(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["train"])
    host = socket.gethostname()
    assert host not in json.dumps({key: value for key, value in environment().items() if key != "git"}) or len(host) < 6


def test_versions_are_read_without_importing_the_packages():
    program = (
        "import sys\n"
        "from training.run.environment import environment\n"
        "assert environment()['packages']['pennylane']\n"
        "found = {'pennylane', 'flax', 'equinox', 'sklearn', 'orbax'} & set(sys.modules)\n"
        "sys.exit(f'imported {found}' if found else 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def git(directory: Path, *command: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    result = subprocess.run(
        ["git", "-C", str(directory), *identity, *command], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


@pytest.fixture
def checkout(tmp_path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "file").write_text("old")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def test_a_checkout_gives_its_commit_and_whether_it_was_changed(checkout):
    assert git_state(checkout) == {"commit": git(checkout, "rev-parse", "HEAD"), "dirty": False}
    (checkout / "file").write_text("new")
    assert git_state(checkout) == {"commit": git(checkout, "rev-parse", "HEAD"), "dirty": True}


def test_a_checkout_without_a_commit_has_none(tmp_path):
    git(tmp_path, "init", "--quiet")
    assert git_state(tmp_path) == {"commit": None, "dirty": False}


def test_a_folder_inside_somebody_s_checkout_is_none(checkout):
    (checkout / "site-packages").mkdir()
    assert git_state(checkout / "site-packages") is None


def test_without_git_or_a_folder_there_is_no_state(tmp_path, checkout, monkeypatch):
    assert git_state(tmp_path / "absent") is None
    monkeypatch.setenv("PATH", "")
    assert git_state(checkout) is None


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["train", "paradigm=snn", "trainer.steps=3"], ["train", "paradigm=snn", "trainer.steps=3"]),
        (["wandb.api_key=abc"], ["wandb.api_key=[hidden]"]),
        (["--api-key", "abc", "seed=1"], ["--api-key", "[hidden]", "seed=1"]),
        (["--token", "--resume"], ["--token", "--resume"]),
        (["+hub.TOKEN=a=b"], ["+hub.TOKEN=[hidden]"]),
        (["data=https://me:pw@host/x?y=1"], ["data=https://[hidden]@host/x?y=1"]),
        (["note=is-sesame-123-it"], ["note=is-[hidden]-it"]),
        (["task.tokens=64", "tokenizer=char", "key=3"], ["task.tokens=64", "tokenizer=char", "key=3"]),
    ],
)
def test_secrets_are_hidden_and_settings_are_not(given, shown):
    environ = {"SERVICE_TOKEN": "sesame-123", "HOME": "trainer.steps=3", "OTHER_SECRET": "3"}
    assert without_secrets(given, environ) == shown
