from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from training.errors import BadInput
from training.tracking import KNOWN, build_trackers


def classes(names: list[str]) -> list[str]:
    return [type(tracker).__name__ for tracker in build_trackers(names)]


def test_the_record_is_always_written_first_and_the_bar_starts_last():
    assert classes([]) == ["JsonlTracker"]
    assert classes(["progress", "wandb", "jsonl"]) == ["JsonlTracker", "WandbTracker", "ProgressTracker"]
    assert classes(["wandb", "wandb"]) == ["JsonlTracker", "WandbTracker"]


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match="tracking=comet is unknown; choose among jsonl, progress, wandb, tensorboard"):
        build_trackers(["jsonl", "comet"])
    assert len(KNOWN) == 4


def test_tensorboard_without_its_package_says_what_to_install(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "tensorboardX" else find_spec(name, *rest)
    )
    with pytest.raises(BadInput, match=r"needs the package tensorboardX: pip install 'gradient-cost\[tensorboard\]'"):
        build_trackers(["tensorboard"])


def test_libraries_of_trackers_are_not_imported_before_they_are_needed():
    program = (
        "import sys\n"
        "from training.tracking import build_trackers\n"
        "build_trackers(['jsonl', 'wandb'])\n"
        "found = {'wandb', 'tensorboardX', 'matplotlib', 'rich', 'jax'} & set(sys.modules)\n"
        "sys.exit(f'imported {found}' if found else 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
