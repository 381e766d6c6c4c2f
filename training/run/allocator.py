"""Whether memory that is freed stays with the process: what a step on a CPU pays for in page faults."""

from __future__ import annotations

import ctypes
import os

from training.machines.present import has_accelerator

KEEP, SYSTEM = "keep", "system"
CHOICES = (KEEP, SYSTEM)
MALLOPT = {
    "M_ARENA_MAX": (-8, 1),
    "M_MMAP_MAX": (-4, 0),
    "M_TRIM_THRESHOLD": (-1, 2**31 - 1),
    "M_TOP_PAD": (-2, 2**26),
}
"""Parameters of glibc, with their numbers in ``malloc.h`` and what they are set to; workers of benchmarks set the same.

Only all together keep a large block: without the first, threads have heaps of their own, which are returned whole.
"""
_in_force = SYSTEM


def keep_freed_memory() -> None:
    """Let glibc keep what is freed, for the rest of the process, where programs run on its processor.

    XLA asks for the temporaries of a program as one block at every call. Above 32 MiB glibc maps such a block anew and
    unmaps it afterwards, and every page is faulted in again: 57,000 faults per gradient of the default transformer on
    text. Called before JAX has made its threads, as the commands do; it takes effect later, too, for memory that the
    main heap serves. Programs whose temporaries exceed 2 GiB gain nothing, since the threshold is a C ``int``.

    Nothing is done without glibc, and on a machine with an accelerator, whose temporaries are not in this memory,
    unless ``JAX_PLATFORMS=cpu`` leaves it alone.
    """
    global _in_force
    if os.environ.get("JAX_PLATFORMS", "").lower() != "cpu" and has_accelerator():
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # no C library of this name, or not glibc
        return
    taken = [mallopt(number, value) for number, value in MALLOPT.values()]
    if all(taken):
        _in_force = KEEP


def allocator() -> str:
    """Return ``keep`` where :func:`keep_freed_memory` took effect in this process, and ``system`` otherwise."""
    return _in_force
