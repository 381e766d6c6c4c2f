"""One core while something is timed, and all cores again afterwards."""

from __future__ import annotations

import os
import threading

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
