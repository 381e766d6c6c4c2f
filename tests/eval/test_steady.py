"""One core and kept memory while something is timed, and all cores again afterwards."""

from __future__ import annotations

import ctypes
import os
import platform
import threading
from pathlib import Path

import pytest

from eval.steady import steady

needs_affinity = pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="the system keeps no process to a core"
)


@needs_affinity
def test_every_thread_keeps_to_one_core_and_is_let_go_after_an_error():
    """Of this process: the main thread and one that was there before."""
    before, leave = os.sched_getaffinity(0), threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()
    try:
        within = []

        def fail() -> None:
            with steady():
                within.extend(os.sched_getaffinity(number) for number in (0, thread.native_id))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        after = [os.sched_getaffinity(number) for number in (0, thread.native_id)]
    finally:
        leave.set()
        thread.join()
    assert within == [{max(before)}] * 2
    assert after == [before] * 2


def test_where_the_system_keeps_no_process_to_a_core_nothing_is_done(monkeypatch: pytest.MonkeyPatch):
    """As on macOS and Windows."""
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    with steady():
        pass


def _resident() -> int:
    import resource  # not there on Windows

    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked to keep memory")
def test_freed_memory_is_kept_within_and_handed_back_after():
    """Of 64 MB in pieces that come from the heap."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, (ctypes.c_void_p,)
    pieces, size = 64, 2**20
    with steady():
        before = _resident()
        taken = [libc.malloc(size) for _ in range(pieces)]
        for address in taken:
            ctypes.memset(address, 1, size)
        full = _resident()
        for address in taken:
            libc.free(address)
        kept = _resident()
    after = _resident()
    assert full - before > 0.9 * pieces * size
    assert kept - before > 0.9 * pieces * size
    assert after - before < 0.1 * pieces * size
