"""A library to benchmark that is none: files for ``eval/peers/worker.py`` whose behaviour a test writes down."""

from pathlib import Path

HEAD = """
import os, sys, time
from types import SimpleNamespace

import numpy as np

PACKAGES = ("numpy",)
DTYPE = "float64"
"""

CIRCUIT = """

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

NETWORK = """

def compile(inputs, labels, weights, decay, differentiation=None, settings=None):
    time_steps, batch, channels = inputs.shape
    memory = None
    {compile}

    def step():
        value = 1.0 + inputs.mean()
        gradient = [np.array(weight) for weight in weights]
        {step}
        return value, *gradient

    return step, memory
"""

PRODUCT = """

def compile(kernel, inputs, weights, expected):
    wrong = np.count_nonzero(inputs.astype(int) @ weights.astype(int) != expected)

    def step():
        nonlocal wrong
        {step}
        return (wrong,)

    return step, None
"""

UPDATE = """

def compile(words, weights, layers, heads, learning_rate, weight_decay, clip_norm, compiled=None):
    vocabulary = len(weights["token_embedding"])
    memory = None
    {compile}

    def step():
        loss, norm = 1.0 + words.mean(), sum(np.square(array).sum() for array in weights.values())
        {step}
        return loss, norm

    return step, memory
"""


def write_peer(path: Path, compile: str = "pass", step: str = "pass", dtype: str = "float64") -> Path:
    """An implementation of the mean cosine of the angles, with one statement more in each of its two functions.

    It computes in double precision whatever ``dtype`` it tells.
    """
    path.write_text(HEAD.replace("float64", dtype) + CIRCUIT.format(compile=compile, step=step))
    return path


def write_spiking_peer(path: Path, compile: str = "pass", step: str = "pass") -> Path:
    """One that takes a spiking case and returns the density of its spikes and its weights; statements likewise."""
    path.write_text(HEAD + NETWORK.format(compile=compile, step=step))
    return path


def write_product_peer(path: Path, step: str = "pass") -> Path:
    """One that tells how many sums of whole numbers are wrong, none, with one statement more in its step."""
    path.write_text(HEAD + PRODUCT.format(step=step))
    return path


def write_training_peer(path: Path, compile: str = "pass", step: str = "pass") -> Path:
    """One that takes a transformer's case and returns numbers of its words and weights; statements likewise."""
    path.write_text(HEAD + UPDATE.format(compile=compile, step=step))
    return path
