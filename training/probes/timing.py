"""How long a compiled program takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import jax


def median_seconds(programs: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median wall-clock seconds of each program, run in turn so that a drift of the machine's speed meets all alike.

    Every run is waited for; a first round is not counted.
    """
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for repeat in range(repeats + 1):
        for name, program in programs.items():
            start = time.perf_counter()
            jax.block_until_ready(program())
            elapsed = time.perf_counter() - start
            if repeat:
                seconds[name].append(elapsed)
    return {name: statistics.median(values) for name, values in seconds.items()}
