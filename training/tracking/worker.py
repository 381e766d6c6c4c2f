"""A thread that makes calls on behalf of one that must not wait for them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class Worker:
    """Makes calls one after the other.

    Its thread is a daemon, so a call that never returns can be left behind and does not keep the process alive (which
    ``concurrent.futures.ThreadPoolExecutor`` would, at exit).
    """

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def post(self, call: Callable[[], Any]) -> Future[Any]:
        """Queue a call; returns at once."""
        future: Future[Any] = Future()
        self._calls.put((call, future))
        return future

    def close(self) -> None:
        """Let the thread end when it has made the calls before this one."""
        self._calls.put(None)

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            call, future = item
            try:
                future.set_result(call())
            except BaseException as error:  # SystemExit too: the caller decides what a failed call means
                future.set_exception(error)
