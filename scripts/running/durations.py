"""How long a command will take here: what it took where it was measured, scaled by how fast this machine is."""

from __future__ import annotations

import time

import numpy as np

QUICK_SECONDS = {
    "bandwidth": 1206,
    "barren_plateaus": 291,
    "energy": 183,
    "executions": 296,
    "gradient_price": 523,
    "gradient_worth": 1359,
    "initialisations": 619,
    "long_range": 1292,
    "precision": 171,
    "regularisation": 211,
    "surrogates": 288,
    "surrogates_of_circuits": 193,
    "unfolding_memory": 265,
}
"""What the preset ``quick`` of each study took, in seconds, where ``docs/results`` was measured."""
PROBE_SECONDS = 0.065
"""What :func:`_probe` takes on a machine of that kind."""
_REPEATS = 3


def told(seconds: float | int) -> str:
    """Say what takes so long where it was measured takes here, as ``about 6 minutes here``.

    Args:
        seconds: What it took there.
    """
    slowness = min(_probe() for _ in range(_REPEATS)) / PROBE_SECONDS
    return f"about {_words(seconds * slowness)} here, by this machine's speed"


def _probe() -> float:
    """Time a short fixed program, half of it Python's and half NumPy's, in seconds: a command is a mixture of both."""
    start = time.perf_counter()
    values = np.linspace(-3, 3, 100_000)
    for _ in range(20):
        values = np.tanh(values) + np.cos(values)
    total = 0
    for number in range(250_000):
        total += number * number % 7
    return time.perf_counter() - start


def _words(seconds: float | int) -> str:
    for unit, size in (("hour", 3600), ("minute", 60)):
        count = seconds / size
        if count >= 1.5:
            return f"{count:.0f} {unit}s"
    return f"{max(10, round(seconds, -1)):.0f} seconds"
