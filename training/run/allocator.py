"""Whether memory that is freed stays with the process: what a step on a CPU pays for in page faults."""

from __future__ import annotations

import ctypes
import os

from training.errors import BadInput
from training.machines.present import has_accelerator

KEEP, SHARED, SYSTEM = "keep", "shared", "system"
CHOICES = (KEEP, SHARED, SYSTEM)
MALLOPT = {"M_MMAP_MAX": (-4, 0), "M_TRIM_THRESHOLD": (-1, 2**31 - 1), "M_TOP_PAD": (-2, 2**26)}
"""Parameters of glibc, with their numbers in ``malloc.h`` and what they are set to, by which a heap grows and stays."""
ONE_HEAP = {"M_ARENA_MAX": (-8, 1)}
"""The further one by which all threads have one heap: others hold no block above 64 MiB."""
_PARAMETERS = {
    KEEP: tuple(MALLOPT.values()),
    SHARED: (*ONE_HEAP.values(), *MALLOPT.values()),
    SYSTEM: (),
}
_in_force = SYSTEM


def keep_freed_memory(choice: str = KEEP) -> None:
    """Let glibc keep what is freed, for the rest of the process, where programs run on its processor.

    XLA asks for the temporaries of a program as one block at every call. Above 32 MiB glibc maps such a block anew and
    unmaps it afterwards, and every page is faulted in again. With ``keep`` the heap of each thread keeps blocks of up
    to 64 MiB. With ``shared`` all threads have one heap, which keeps blocks of up to 2 GiB: the default transformer on
    text takes no page faults then, of 57,000 per gradient; but threads wait for one another, and a step of many small
    blocks, as a spiking network's is, takes longer.

    Called before JAX has made its threads, as the commands do; it takes effect later, too, for memory that the main
    heap serves. Nothing is done without glibc, and on a machine with an accelerator, whose temporaries are not in this
    memory, unless ``JAX_PLATFORMS=cpu`` leaves it alone.

    Args:
        choice: ``keep`` or ``shared``; ``system`` leaves all as it is.

    Raises:
        BadInput: There is no such choice.
    """
    global _in_force
    if choice not in CHOICES:
        raise BadInput(f"allocator={choice} is not one of {', '.join(CHOICES)}")
    if choice == SYSTEM or (os.environ.get("JAX_PLATFORMS", "").lower() != "cpu" and has_accelerator()):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # no C library of this name, or not glibc
        return
    taken = [mallopt(number, value) for number, value in _PARAMETERS[choice]]
    if all(taken):
        _in_force = choice


def parameters_in_force() -> tuple[tuple[int, int], ...]:
    """Return the numbers and values of what :func:`keep_freed_memory` has set, for other processes to set the same."""
    return _PARAMETERS[_in_force]


def allocator() -> str:
    """Return the choice that took effect in this process: ``keep``, ``shared`` or ``system``."""
    return _in_force
