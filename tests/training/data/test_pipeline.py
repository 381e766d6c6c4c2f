"""Order, resumption and padding of batches."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.arrays import ArraySplit
from training.data.order import permutation
from training.data.pipeline import BatchIterator, eval_batches, train_batches
from training.data.split import Batch
from training.errors import BadInput


def numbered(examples: int) -> ArraySplit:
    """A split whose example ``i`` has input [i] and target i."""
    return ArraySplit(np.arange(examples, dtype=np.float32)[:, np.newaxis], np.arange(examples, dtype=np.int32))


def targets(batches: BatchIterator, count: int) -> list[list[int]]:
    return [next(batches).targets.tolist() for _ in range(count)]


sizes = st.integers(1, 40).flatmap(lambda examples: st.tuples(st.just(examples), st.integers(1, examples)))


@settings(deadline=None)
@given(sizes, st.integers(0, 2**32))
def test_every_epoch_visits_distinct_examples_and_drops_only_the_rest(size: tuple[int, int], seed: int) -> None:
    examples, batch_size = size
    per_epoch = examples // batch_size
    batches = train_batches(numbered(examples), batch_size, seed)
    for _ in range(3):
        epoch = [next(batches) for _ in range(per_epoch)]
        seen = np.concatenate([batch.targets for batch in epoch])
        assert len(seen) == len(set(seen.tolist())) == per_epoch * batch_size
        assert set(seen.tolist()) <= set(range(examples))
        for batch in epoch:
            np.testing.assert_array_equal(batch.inputs[:, 0], batch.targets)
            np.testing.assert_array_equal(batch.weights, np.ones(batch_size, np.float32))
            assert batch.weights.dtype == np.float32


@settings(deadline=None)
@given(sizes, st.integers(0, 2**32))
def test_the_order_is_a_function_of_seed_and_epoch(size: tuple[int, int], seed: int) -> None:
    examples, batch_size = size
    per_epoch = examples // batch_size
    expected = [
        permutation(examples, seed, epoch)[place * batch_size : (place + 1) * batch_size].tolist()
        for epoch in range(3)
        for place in range(per_epoch)
    ]
    assert targets(train_batches(numbered(examples), batch_size, seed), 3 * per_epoch) == expected


def test_epochs_and_seeds_differ() -> None:
    two_epochs = targets(train_batches(numbered(50), 50, seed=0), 2)
    assert two_epochs[0] != two_epochs[1]
    assert two_epochs != targets(train_batches(numbered(50), 50, seed=1), 2)


@settings(deadline=None)
@given(sizes, st.integers(0, 30), st.integers(0, 30))
def test_a_position_resumes_exactly_through_json(size: tuple[int, int], before: int, elsewhere: int) -> None:
    examples, batch_size = size
    batches = train_batches(numbered(examples), batch_size, seed=5)
    targets(batches, before)
    state = json.loads(json.dumps(batches.get_state()))
    expected = targets(batches, 10)

    afresh = train_batches(numbered(examples), batch_size, seed=5)
    targets(afresh, elsewhere)  # a used iterator may be moved, back or on
    afresh.set_state(state)
    assert afresh.get_state() == state
    assert targets(afresh, 10) == expected


def test_a_late_position_is_reached_at_once_in_bounded_memory() -> None:
    examples, batch_size = 10_000, 100
    batches = train_batches(numbered(examples), batch_size, seed=0)
    first = batches.get_state()
    next(batches)
    step = batches.get_state()["next_index"] - first["next_index"]
    epoch = 10**12
    batches.set_state({"next_index": step * epoch * (examples // batch_size)})
    np.testing.assert_array_equal(next(batches).targets, permutation(examples, 0, epoch)[:batch_size])

    # Orders are arrays: only what NumPy allocates is counted, since Python's own garbage comes and goes as it likes.
    arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    tracemalloc.start()
    targets(batches, 100)
    before = tracemalloc.take_snapshot().filter_traces([arrays])
    # Ten epochs, whose orders would take 800 kB if they were kept; libraries' own arrays come and go by some 50 kB.
    for _ in range(1000):
        next(batches)
    after = tracemalloc.take_snapshot().filter_traces([arrays])
    tracemalloc.stop()
    assert sum(trace.size for trace in after.traces) - sum(trace.size for trace in before.traces) < 400_000


def test_an_iterator_of_ones_own_is_one() -> None:
    class Constant:
        def __next__(self) -> Batch:
            return Batch(np.zeros((1, 1)), np.zeros(1), np.ones(1))

        def get_state(self) -> dict:
            return {}

        def set_state(self, state: dict) -> None: ...

    assert isinstance(Constant(), BatchIterator)
    assert isinstance(train_batches(numbered(2), 1, 0), BatchIterator)


@pytest.mark.parametrize(
    ("batch_size", "seed", "sentence"),
    [
        (5, 0, r"batch size 5 exceeds the 4 training examples: choose a smaller one"),
        (0, 0, r"batch size 0 must be at least 1"),
        (2, -1, r"seed=-1 must be 0 or more"),
    ],
)
def test_what_cannot_be_served_is_refused_before_any_batch(batch_size: int, seed: int, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        train_batches(numbered(4), batch_size, seed)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 50))
def test_evaluation_sees_every_example_once_in_order(examples: int, batch_size: int) -> None:
    batches = list(eval_batches(numbered(examples), batch_size))
    assert len(batches) == -(-examples // batch_size)
    assert all(batch.inputs.shape == (batch_size, 1) for batch in batches)
    weights = np.concatenate([batch.weights for batch in batches]) if batches else np.zeros(0, np.float32)
    seen = np.concatenate([batch.targets for batch in batches]) if batches else np.zeros(0, np.int32)
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, np.arange(len(weights)) < examples)
    np.testing.assert_array_equal(seen[weights == 1], np.arange(examples))
    np.testing.assert_array_equal(seen[weights == 0], examples - 1)  # copies of the last example


def test_evaluation_refuses_empty_batches_at_the_call() -> None:
    with pytest.raises(BadInput, match="batch size 0 must be at least 1"):
        eval_batches(numbered(4), 0)
