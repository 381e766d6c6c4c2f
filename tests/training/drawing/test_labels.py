import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.drawing.labels import spread


@given(st.lists(st.floats(0, 1), max_size=6), st.floats(0.01, 0.2))
def test_labels_are_spread_no_more_than_need_be(heights, gap):
    heights = sorted(heights)
    placed = spread(heights, gap)
    assert len(placed) == len(heights)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(placed))
    # Pushing moves labels, on average, nowhere.
    assert sum(placed) == pytest.approx(sum(heights))
    if all(b - a >= gap for a, b in itertools.pairwise(heights)):
        assert placed == pytest.approx(heights)
