"""Workers of the libraries that read and write NIR, each in an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from eval.bench.snn.contenders import TORCH
from eval.peers import process
from eval.peers.environments import Environment, Unavailable

SNNTORCH = Environment("snntorch-nir", (*TORCH, "h5py==3.16.0"), ("snntorch==1.0.0", "nir==1.0.8", "nirtorch==2.6"))


@contextmanager
def worker(environment: Environment, script: str) -> Iterator[process.Worker]:
    """One that runs the script; the test is skipped, with the reason, where the environment cannot be made."""
    try:
        python = environment.python(print)
    except Unavailable as reason:
        pytest.skip(str(reason))
    one = process.Worker(python, process.SCRIPT.parent / script)
    try:
        yield one
    finally:
        one.close()
