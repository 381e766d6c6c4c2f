"""Batches that a thread fetches ahead of the loop, the same ones in the same order."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from training.data.pipeline import BatchIterator
from training.data.split import Batch


class _Prefetched:
    """An iterator whose position is that of the batches it has handed out, however many more are fetched."""

    def __init__(self, batches: BatchIterator, ahead: int, thread: ThreadPoolExecutor) -> None:
        self._batches = batches
        self._ahead = ahead
        self._thread = thread
        self._position = copy.deepcopy(batches.get_state())
        self._fetched: deque[Future[tuple[Batch, dict[str, Any]]]] = deque()

    def __next__(self) -> Batch:
        while len(self._fetched) <= self._ahead:
            self._fetched.append(self._thread.submit(self._fetch))
        batch, self._position = self._fetched.popleft().result()
        return batch

    def _fetch(self) -> tuple[Batch, dict[str, Any]]:
        return next(self._batches), copy.deepcopy(self._batches.get_state())

    def get_state(self) -> dict[str, Any]:
        """Return the position from which the next batch comes."""
        return self._position

    def set_state(self, state: dict[str, Any]) -> None:
        """Move to a position, and let go of what was fetched."""
        while self._fetched:
            fetched = self._fetched.pop()
            if not fetched.cancel():
                fetched.exception()
        self._batches.set_state(state)
        self._position = copy.deepcopy(state)


@contextmanager
def prefetched(batches: BatchIterator, ahead: int) -> Iterator[BatchIterator]:
    """Yield an iterator over the same batches, of which a thread fetches some ahead; the thread ends with the block.

    Args:
        batches: Batches, which nobody else may move meanwhile.
        ahead: How many are fetched before they are asked for; with 0 the iterator itself is yielded.
    """
    if not ahead:
        yield batches
        return
    with ThreadPoolExecutor(1, "batches") as thread:
        made = _Prefetched(batches, ahead, thread)
        try:
            yield made
        finally:
            thread.shutdown(cancel_futures=True)
