"""Which versions of other libraries there are by now: asked of the index, and silence where there is none."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from eval.bench import int8, snn, vqc
from eval.peers import newest
from eval.peers.environments import Environment

INDEX = {"one": "one (1.2)\nAvailable versions: 1.2, 1.1\n", "two": "two (2.0.1)\n  INSTALLED: 2.0.0\n"}


@pytest.fixture
def index(monkeypatch):
    """What pip says of packages, without pip."""

    def asked(command: Any, **_: Any) -> subprocess.CompletedProcess[str]:
        found = INDEX.get(command[-1])
        return subprocess.CompletedProcess(command, int(found is None), found or "", "ERROR: nothing found")

    monkeypatch.setattr(newest.subprocess, "run", asked)


def test_the_newest_is_told_beside_what_takes_part(index):
    environments = (
        Environment("first", ("one==1.2", "jax==0.10.2")),
        Environment("second", ("torch==2.13.0",), ("two==2.0.0",)),
        Environment("unknown", ("three==3",)),
        Environment("again", ("one==1.2",)),
    )
    assert newest.known_peers(environments) == [
        "one 1.2 takes part, the newest",
        "two 2.0.0 takes part, the index has 2.0.1",
    ]


@pytest.mark.parametrize("error", [OSError("no pip"), subprocess.TimeoutExpired("pip", 20)])
def test_offline_nothing_is_said(monkeypatch, error):
    def asked(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(newest.subprocess, "run", asked)
    assert newest.known_peers([Environment("first", ("one==1.2",))]) == []


def test_every_suite_names_its_libraries():
    known = {one.library for suite in (snn, vqc, int8) for one in suite.ENVIRONMENTS}
    assert {"slax", "jaxpike", "sparxml", "norse", "pennylane", "torch"} <= {name for name, _ in known}
    assert all(version[0].isdigit() for _, version in known)
