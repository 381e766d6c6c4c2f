"""Environments: made once, told before, made again when half made, and the reason when one cannot be made."""

import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest

from eval.peers import environments
from eval.peers.environments import Environment, Unavailable


@pytest.fixture
def wheel(tmp_path):
    """The smallest package there is, on disk."""
    path = tmp_path / "tiny_package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_package.py", "ANSWER = 42\n")
        archive.writestr(
            "tiny_package-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0\n"
        )
        archive.writestr(
            "tiny_package-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr("tiny_package-1.0.dist-info/RECORD", "")
    return path


def test_an_environment_is_made_once(tmp_path, wheel, monkeypatch):
    environment = Environment("tiny", (f"tiny-package @ {wheel.as_uri()}",))
    directory = environment.directory(tmp_path / "cache")
    directory.mkdir(parents=True)
    (directory / "left by a run that was interrupted").touch()
    said = []
    python = environment.python(said.append, tmp_path / "cache")
    assert str(directory) in said[0]
    assert "tiny-package" in said[0]
    assert not (directory / "left by a run that was interrupted").exists()
    run = subprocess.run(
        [python, "-I", "-c", "import tiny_package, sys; print(tiny_package.ANSWER, sys.prefix)"],
        capture_output=True,
        text=True,
    )
    assert run.stdout.split() == ["42", str(directory)]

    monkeypatch.setattr(environments.subprocess, "run", lambda *_, **__: pytest.fail("made a second time"))
    assert environment.python(said.append, tmp_path / "cache") == python
    assert len(said) == 1


def test_a_package_may_be_installed_without_what_it_asks_for(tmp_path, wheel):
    greedy = tmp_path / "greedy_package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(greedy, "w") as archive:
        for name in source.namelist():
            text = source.read(name).decode().replace("tiny-package", "greedy-package")
            if name.endswith("METADATA"):
                text += "Requires-Dist: no-such-package-anywhere\n"
            archive.writestr(name.replace("tiny_package", "greedy_package"), text)
    alone = Environment("greedy", (f"tiny-package @ {wheel.as_uri()}",), (f"greedy-package @ {greedy.as_uri()}",))
    python = alone.python(lambda _: None, tmp_path / "cache")
    command = "import greedy_package, tiny_package; print(greedy_package.ANSWER)"
    run = subprocess.run([python, "-I", "-c", command], capture_output=True, text=True)
    assert run.stdout.split() == ["42"]


def test_a_library_that_needs_a_newer_python_is_installed_with_one_or_not_at_all(tmp_path, monkeypatch):
    newer = Environment("newer", ("library==1.0",), least_python=(3, 99))
    assert newer.library == ("library", "1.0")
    assert newer.directory(tmp_path) != replace(newer, least_python=(3, 11)).directory(tmp_path)
    with pytest.raises(Unavailable, match=r"needs Python 3\.99 or newer, and there is no python3\.99 here"):
        newer.python(lambda _: None, tmp_path)
    shim = tmp_path / "python3.100"
    shim.write_text("#!/bin/sh\nexit 127\n")
    real = tmp_path / "python3.101"
    real.symlink_to(sys.executable)
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    calls = []
    newer.directory(tmp_path).mkdir()
    monkeypatch.setattr(Environment, "_call", lambda self, *command: calls.append(command))
    monkeypatch.setattr(environments.shutil, "rmtree", lambda *_, **__: None)
    newer.python(lambda _: None, tmp_path)
    assert calls[0][:3] == (str(real), "-m", "venv")


def test_other_requirements_are_another_directory(tmp_path):
    environment = Environment("peer", ("library==1.0",))
    other = replace(environment, requirements=("library==1.1",))
    assert environment.directory(tmp_path) != other.directory(tmp_path)
    assert environment.directory(tmp_path) != replace(environment, alone=("library==1.1",)).directory(tmp_path)
    assert environment.directory(tmp_path).name.startswith("peer-")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            "noise\nERROR: No matching distribution found for library==1.0\n\n[notice] a new pip\n",
            "No matching distribution found for library==1.0",
        ),
        ("The virtual environment was not created: ensurepip is not available.\n", "ensurepip is not available"),
        ("", "exit code 1"),
    ],
)
def test_an_installation_that_fails_says_why(tmp_path, monkeypatch, message, reason):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr=message)
    monkeypatch.setattr(environments.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(Unavailable, match=reason):
        Environment("peer", ("library==1.0",)).python(lambda _: None, tmp_path)
    assert not list(tmp_path.glob("*/complete"))


def test_without_an_interpreter_there_is_a_reason_too(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(Unavailable, match="the environment peer could not be made"):
        Environment("peer", ("library==1.0",)).python(lambda _: None, tmp_path)
