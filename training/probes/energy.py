"""Joules of a program, where the device that JAX runs on counts them."""

from __future__ import annotations

import time
from collections.abc import Callable

import jax

from training.probes.counters.counter import Counter, NoCounter
from training.probes.counters.nvml import Nvml
from training.probes.counters.rapl import find_packages

LEAST_SECONDS = 2.0
"""For which a program is repeated: a GPU's counter moves some ten times a second, a CPU's a thousand."""


def device_counter() -> Counter:
    """Find what counts the energy of the device that JAX runs on: NVML for a GPU, RAPL for a CPU.

    Raises:
        NoCounter: Nothing does, or it cannot be read.
    """
    backend = jax.default_backend()
    if backend in ("gpu", "cuda"):
        counter = Nvml()
    elif backend == "cpu":
        counter = find_packages()
    else:
        raise NoCounter(f"nothing known here counts the energy of the backend {backend}")
    counter.start()
    return counter


def joules_a_call(program: Callable[[], object], least_seconds: float = LEAST_SECONDS) -> float:
    """Mean joules of one call, idle power included, over as many calls as fill ``least_seconds``.

    Raises:
        NoCounter: The device counts none, and then nothing is run; or its counter could be read no more.
    """
    counter = device_counter()
    jax.block_until_ready(program())
    joules, start, calls = counter.start(), time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - start < least_seconds:
        jax.block_until_ready(program())
        calls += 1
    return joules() / calls
