"""A process whose seconds can be compared: on one core, and with an allocator that keeps what is freed."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator, Set
from pathlib import Path

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of glibc's ``mallopt``; ``eval/peers/worker.py`` sets the same, in environments that lack this package."""
_LARGEST_MMAP_THRESHOLD = 2**25


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """One core, and freed memory kept; as before afterwards, to within what glibc's thresholds would have become.

    Two sizes of a model are otherwise timed on as many cores as the compiler finds work for, and their ratio is partly
    that of the cores. glibc hands freed memory back to the system at some sizes and not at others, and a program that
    is run again then takes page faults (measured: 6% of a transformer's gradient at widths 640 to 1152, none at 384).
    Entered before JAX has made its threads, there is but one of them. What the system does not offer (no Linux, no
    glibc) is not done.
    """
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else None
    if cores is not None:
        _keep({max(cores)})
    _set_allocator(_TRIM_THRESHOLD, 2**30)
    _set_allocator(_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD)
    try:
        yield
    finally:
        # Twice the other threshold is what it grows to by itself.
        _set_allocator(_TRIM_THRESHOLD, 2 * _LARGEST_MMAP_THRESHOLD)
        _give_back()
        if cores is not None:
            _keep(cores)


def _keep(cores: Set[int]) -> None:
    for thread in Path("/proc/self/task").iterdir():
        # A thread may have ended since.
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), cores)


def _set_allocator(parameter: int, size: int) -> None:
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(parameter, size)


def _give_back() -> None:
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
