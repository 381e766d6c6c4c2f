"""Batches for training (shuffled, endless, resumable) and for evaluation (in order, padded)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Int64

from training.data.order import BatchOrder
from training.data.split import Batch, Split
from training.errors import BadInput

_NEXT = "next_index"
"""Under which a position holds the number of the next update; checkpoints of every version have it."""
Rows: TypeAlias = Int64[np.ndarray, " rows"]
"""Places in a batch, ascending: those that a process holds."""


@runtime_checkable
class BatchIterator(Protocol):
    """Endless batches whose position can be saved as JSON and returned to."""

    def __next__(self) -> Batch: ...

    def get_state(self) -> dict[str, Any]:
        """Return the position as JSON values."""
        ...

    def set_state(self, state: dict[str, Any]) -> None:
        """Move to a position that ``get_state`` returned."""
        ...


class _ShuffledBatches:
    """Endless batches; that of update ``i`` is a pure function of the seed and ``i``.

    Steps are dispatched asynchronously, so a batch that is gathered in line is gathered while the device works.
    """

    def __init__(self, split: Split, batch_size: int, seed: int, rows: Rows | None) -> None:
        self._split = split
        self._rows = slice(None) if rows is None else rows
        self._weights = np.ones(batch_size if rows is None else len(rows), np.float32)
        self._order = BatchOrder(len(split), batch_size, seed)
        self._next = 0

    def __next__(self) -> Batch:
        inputs, targets = self._split.take(self._order[self._next][self._rows])
        self._next += 1
        return Batch(inputs, targets, self._weights.copy())

    def get_state(self) -> dict[str, Any]:
        return {_NEXT: self._next}

    def set_state(self, state: dict[str, Any]) -> None:
        self._next = int(state[_NEXT])


def train_batches(split: Split, batch_size: int, seed: int, rows: Rows | None = None) -> BatchIterator:
    """An endless iterator over shuffled batches of ``batch_size`` examples, all of weight 1.

    Where a run is several processes, each takes its own ``rows`` of the same batches. By default all rows are taken.

    Every epoch is a new order, a pure function of ``seed`` and the epoch's number; the examples left over at its end
    are dropped, others each time. ``get_state`` returns a JSON-serialisable dictionary, and ``set_state`` continues
    from it with the very batches that would have come.

    Raises:
        BadInput: If the split has fewer than ``batch_size`` examples, or ``batch_size`` or ``seed`` is out of range.
    """
    require_batches(split, batch_size)
    if seed < 0:
        raise BadInput(f"seed={seed} must be 0 or more")
    return _ShuffledBatches(split, batch_size, seed, rows)


def eval_batches(split: Split, batch_size: int, rows: Rows | None = None) -> Iterator[Batch]:
    """Every example once, in order, in batches of one shape, of which only ``rows`` are taken where they are given.

    The last batch is filled up with copies of its last example, at weight 0: unlike zeros, an example cannot make a
    model return NaN (a zero vector has no amplitude embedding), which no weight would remove from a sum.

    Raises:
        BadInput: If ``batch_size`` is not positive.
    """
    _check_batch_size(batch_size)
    return _padded_batches(split, batch_size, np.arange(batch_size) if rows is None else rows)


def _padded_batches(split: Split, batch_size: int, rows: Rows) -> Iterator[Batch]:
    last = len(split) - 1
    for start in range(0, len(split), batch_size):
        indices = start + rows
        inputs, targets = split.take(np.minimum(indices, last))
        yield Batch(inputs, targets, (indices <= last).astype(np.float32))


def require_batches(split: Split, batch_size: int) -> None:
    """Refuse a batch size that leaves a training split without a batch.

    Raises:
        BadInput: It is not positive, or exceeds the number of examples.
    """
    _check_batch_size(batch_size)
    if batch_size > len(split):
        raise BadInput(f"batch size {batch_size} exceeds the {len(split)} training examples: choose a smaller one")


def _check_batch_size(batch_size: int) -> None:
    if batch_size < 1:
        raise BadInput(f"batch size {batch_size} must be at least 1")
