"""What a command costs before it does anything, and what it does not import."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from scripts.train import main
main()
sys.stderr.write("imported " + " ".join({"equinox", "flax", "pennylane", "wandb", "tensorboardX"} & set(sys.modules)))
"""
SMALLEST = {
    "snn": ("paradigm.hidden=[4]", "paradigm.time_steps=2"),
    "transformer": ("paradigm.width=8", "paradigm.heads=2", "paradigm.layers=1"),
    "vqc": ("paradigm.qubits=4", "paradigm.layers=1"),
}
LIBRARY = {"snn": "equinox", "transformer": "flax", "vqc": "pennylane"}


def cpu_seconds(*arguments: str) -> float:
    """User and system time of a process that must succeed."""
    with open(os.devnull, "w") as nowhere:
        process = subprocess.Popen([sys.executable, *arguments], stdout=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def test_help_takes_less_than_a_second():
    # One that a busy machine delays may be asked again.
    assert any(cpu_seconds("-m", "scripts.train", "--help") < 1 for _ in range(3))
    assert any(cpu_seconds("-m", "scripts.cli", "--help") < 0.5 for _ in range(3))


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("train", {"optimizer", "paradigm", "preset", "task", "tracking"}),
        ("study", {"preset", "study", "task"}),
        ("price", {"optimizer", "paradigm", "preset", "task", "tracking"}),
        ("bench", {"suite"}),
        ("report", {"preset"}),
    ],
)
def test_help_lists_the_groups_of_its_command_alone(name, choices):
    shown = subprocess.run([sys.executable, "-m", f"scripts.{name}", "-h"], capture_output=True, text=True)
    assert (shown.returncode, shown.stderr) == (0, "")
    listed = shown.stdout.partition("Choices (GROUP=CHOICE)")[2].partition("Settings (KEY=VALUE)")[0]
    assert set(re.findall(r"^  ([a-z_/]+)=", listed, re.MULTILINE)) == choices
    assert "$" not in listed


def test_help_shows_the_settings_that_are_asked_for():
    shown = subprocess.run(
        [sys.executable, "-m", "scripts.train", "paradigm=vqc", "paradigm.qubits=7", "--help"],
        capture_output=True,
        text=True,
    )
    assert "  paradigm.qubits=7 " in shown.stdout
    refused = subprocess.run(
        [sys.executable, "-m", "scripts.train", "paradigm=nope", "--help"], capture_output=True, text=True
    )
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: paradigm=nope is not one of ")


def test_help_imports_no_framework():
    program = """
import atexit, sys
atexit.register(lambda: sys.stderr.write(" ".join({"jax", "numpy", "scipy", "equinox", "flax"} & set(sys.modules))))
from scripts.train import main
sys.exit(main())
"""
    said = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("paradigm", sorted(SMALLEST))
def test_a_run_imports_no_library_of_another_paradigm(tmp_path, small, paradigm):
    settings = [setting for setting in small if not setting.startswith("paradigm")]
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, f"paradigm={paradigm}", *SMALLEST[paradigm], *settings],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines()[-1] == f"imported {LIBRARY[paradigm]}"
