"""What a data set offers to a task, and a split of it to the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int, PyTree

from paradigms.interface import Spec
from training.data.vocabulary import Vocabulary


class Batch(NamedTuple):
    """Examples stacked on a leading axis. ``weights`` is 0 for padding and 1 elsewhere."""

    inputs: PyTree[np.ndarray]
    targets: PyTree[np.ndarray]
    weights: Float[np.ndarray, " batch"]


@runtime_checkable
class Split(Protocol):
    """A fixed, indexable set of examples in host memory."""

    def __len__(self) -> int: ...

    def take(self, indices: Int[np.ndarray, " batch"]) -> tuple[PyTree[np.ndarray], PyTree[np.ndarray]]:
        """Inputs and targets of the examples at ``indices``, in that order, in the dtypes of the task's ``Spec``."""
        ...


class LazySplit:
    """A split whose data are read at the first ``len`` or ``take``, so that a test set is opened only when used."""

    def __init__(self, load: Callable[[], Split]) -> None:
        self._load = load

    @cached_property
    def _split(self) -> Split:
        return self._load()

    def then(self, change: Callable[[Split], Split]) -> LazySplit:
        """What ``change`` makes of the split, when its data are read."""
        return LazySplit(lambda: change(self._split))

    def __len__(self) -> int:
        return len(self._split)

    def take(self, indices: Int[np.ndarray, " batch"]) -> tuple[PyTree[np.ndarray], PyTree[np.ndarray]]:
        """Take examples as :meth:`Split.take` does; raises what reading the data raises."""
        return self._split.take(indices)


@dataclass(frozen=True)
class DataSet:
    """Three disjoint splits of one source, and the shape of an example. The fields are those of ``Task``."""

    spec: Spec
    train: Split
    validation: Split
    test: Split
    note: str
    vocabulary: Vocabulary | None = None
    unscored: bool = False
    fingerprint: str | None = None
