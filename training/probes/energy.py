"""Joules of a program, where the device counts them: the energy counter of an NVIDIA GPU, read through NVML."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable

import jax

LEAST_SECONDS = 2.0
"""For which a program is repeated: the counter moves some ten times a second."""


def device_joules() -> float | None:
    """What the GPU has drawn since its driver was loaded, in joules.

    ``None`` where that cannot be known: JAX does not run on an NVIDIA GPU, ``nvidia-ml-py`` is not installed, the
    device keeps no count (before Volta), or the machine has several GPUs, of which NVML does not say which is JAX's.
    """
    if jax.default_backend() not in ("gpu", "cuda"):
        return None
    try:
        pynvml = importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        try:
            if pynvml.nvmlDeviceGetCount() != 1:
                return None
            return pynvml.nvmlDeviceGetTotalEnergyConsumption(pynvml.nvmlDeviceGetHandleByIndex(0)) / 1e3
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return None


def joules_a_call(program: Callable[[], object], least_seconds: float = LEAST_SECONDS) -> float | None:
    """Mean joules of one call, idle power included, over as many calls as fill ``least_seconds``.

    ``None`` where the device reports none, and then nothing is run.
    """
    if device_joules() is None:
        return None
    jax.block_until_ready(program())
    before, start, calls = device_joules(), time.perf_counter(), 0
    while time.perf_counter() - start < least_seconds:
        jax.block_until_ready(program())
        calls += 1
    after = device_joules()
    return None if before is None or after is None or not calls else (after - before) / calls
