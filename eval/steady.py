"""A process whose seconds can be compared: on one core."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Set
from pathlib import Path


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """Keep every thread to one core, and let them go afterwards.

    Two sizes of a model are otherwise timed on as many cores as the compiler finds work for, and their ratio is partly
    that of the cores. Entered before JAX has made its threads, there is but one of them. Where the system keeps no
    process to a core, nothing is done. The page faults of memory that is handed back and taken anew, at some sizes and
    not at others, are what ``training.run.allocator`` avoids for blocks of up to 64 MiB.
    """
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else None
    if cores is not None:
        _keep({max(cores)})
    try:
        yield
    finally:
        if cores is not None:
            _keep(cores)


def _keep(cores: Set[int]) -> None:
    for thread in Path("/proc/self/task").iterdir():
        # A thread may have ended since.
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)
