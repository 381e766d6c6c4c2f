"""One core for what is timed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Set
from pathlib import Path


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keep all threads of this process to the last of its cores; afterwards they may run where they could before.

    Two sizes of a model are otherwise timed on as many cores as the compiler finds work for, and their ratio is partly
    that of the cores. Entered before JAX has made its threads, there is but one of them. Where the system cannot keep a
    process to a core (it is no Linux), nothing is done.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    _keep({max(cores)})
    try:
        yield
    finally:
        _keep(cores)


def _keep(cores: Set[int]) -> None:
    for thread in Path("/proc/self/task").iterdir():
        # A thread may have ended since.
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)
