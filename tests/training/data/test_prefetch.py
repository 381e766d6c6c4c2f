"""What a thread fetches ahead is what would have come, from every position."""

import json
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.data.arrays import ArraySplit
from training.data.pipeline import BatchIterator, train_batches
from training.data.prefetch import prefetched
from training.data.split import Batch


def batches():
    examples = np.arange(7)
    return train_batches(ArraySplit(examples[:, None].astype(np.float32), examples), 3, seed=2)


def numbered(number):
    return Batch(np.zeros((1, 1)), np.array([number]), np.ones(1, np.float32))


def targets(iterator, count):
    return [next(iterator).targets.tolist() for _ in range(count)]


@settings(deadline=None, max_examples=20)
@given(ahead=st.integers(0, 4), before=st.integers(0, 6), elsewhere=st.integers(0, 6))
def test_rows_and_positions_are_those_of_the_iterator_itself(ahead, before, elsewhere):
    plain = batches()
    with prefetched(batches(), ahead) as fetched:
        assert isinstance(fetched, BatchIterator)
        assert targets(fetched, before) == targets(plain, before)
        position = json.loads(json.dumps(fetched.get_state()))
        assert position == plain.get_state()
        expected = targets(plain, 8)
        targets(fetched, elsewhere)
        fetched.set_state(position)
        assert fetched.get_state() == position
        assert targets(fetched, 8) == expected
        assert fetched.get_state() == plain.get_state()
    resumed = batches()
    resumed.set_state(position)
    assert targets(resumed, 8) == expected


def test_batches_are_fetched_before_they_are_asked_for_and_the_thread_ends():
    third = threading.Event()

    class Counting:
        def __init__(self):
            self.fetched = 0

        def __next__(self):
            self.fetched += 1
            if self.fetched == 3:
                third.set()
            return numbered(self.fetched)

        def get_state(self):
            return {"fetched": self.fetched}

        def set_state(self, state): ...

    iterator = Counting()
    with prefetched(iterator, 2) as fetched:
        assert next(fetched).targets == [1]
        assert third.wait(10)
        assert fetched.get_state() == {"fetched": 1}
    assert iterator.fetched == 3
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_what_goes_wrong_ahead_is_raised_where_its_batch_is_asked_for():
    class Ending:
        left = 2

        def __next__(self):
            self.left -= 1
            if self.left < 0:
                raise OSError("the disk is gone")
            return numbered(self.left)

        def get_state(self):
            return {}

        def set_state(self, state): ...

    with prefetched(Ending(), 2) as fetched:
        assert targets(fetched, 2) == [[1], [0]]
        with pytest.raises(OSError, match="the disk is gone"):
            next(fetched)
