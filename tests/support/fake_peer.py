"""A library to benchmark that is none: files for ``eval/peers/worker.py`` whose behaviour a test writes down."""

from pathlib import Path

SOURCE = """
import os, sys, time
from types import SimpleNamespace

import numpy as np

PACKAGES = ("numpy",)
DTYPE = "float64"


def compile(angles):
    angles = np.asarray(angles)
    depth, qubits, _ = angles.shape
    memory = None
    {compile}

    def step():
        value = np.cos(angles).mean()
        {step}
        return value, -np.sin(angles) / angles.size

    return step, memory
"""


def write_peer(path: Path, compile: str = "pass", step: str = "pass") -> Path:
    """An implementation of the mean cosine of the angles, with one statement more in each of its two functions."""
    path.write_text(SOURCE.format(compile=compile, step=step))
    return path
