"""Intervals of several quantities that are to hold at once."""

import numpy as np
import pytest

from eval.statistics.intervals import student, together


@pytest.mark.parametrize("comparisons", [1, 5])
def test_an_interval_is_widened_to_what_student_s_would_have_been(comparisons):
    values = np.random.default_rng(0).normal(size=7)
    assert together(student(values), 6, comparisons) == pytest.approx(student(values, comparisons))
