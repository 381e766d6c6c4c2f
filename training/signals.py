"""Stopping at a step boundary when asked to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """Inside, SIGTERM and the first Ctrl-C only set a flag, which the yielded function reads; a second Ctrl-C raises.

    Outside the main thread, where Python takes no handlers, the flag is never set.
    """
    requested = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield requested.is_set
        return

    def on_signal(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and requested.is_set():
            raise KeyboardInterrupt
        requested.set()

    previous = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield requested.is_set
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
