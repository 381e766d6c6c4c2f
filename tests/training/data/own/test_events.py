"""Events are sorted into steps, as one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.own import events
from training.data.own.events import binned
from training.errors import BadInput

EVENTS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=60)


def _arrays(found: list[tuple[int, int, int]], count: int = 4) -> dict[str, np.ndarray]:
    times, channels, recordings = (np.array(one) for one in zip(*found, strict=True))
    return {"times": times, "channels": channels, "recordings": recordings, "targets": np.arange(count)}


@given(EVENTS.filter(lambda found: max(one[0] for one in found) > 0), st.integers(1, 50))
def test_each_event_spikes_in_the_step_that_its_time_falls_into(found: list[tuple[int, int, int]], steps: int) -> None:
    spikes = binned("mine", _arrays(found), steps).inputs
    end = max(time for time, _, _ in found)
    expected = np.zeros_like(spikes)
    for time, channel, recording in found:
        # In whole numbers, so that no rounding decides.
        expected[recording, min(time * steps // end, steps - 1), channel] = True
    assert spikes.shape == (4, steps, 1 + max(channel for _, channel, _ in found))
    edges = {(r, t * steps // end, c) for t, c, r in found if (t * steps) % end == 0}
    differing = np.argwhere(spikes != expected)
    # An event on an edge may be rounded to either side of it.
    assert len(differing) <= 2 * len(edges)


def test_what_was_done_is_told() -> None:
    arrays = _arrays([(0, 0, 0), (1, 0, 0), (10, 1, 1), (10, 1, 1)], count=3)
    found = binned("mine", arrays, 5)
    assert found.notes == (
        "4 events were sorted into steps of 2 (in the unit of times), and 50.00% of them fell together with another",
        "recordings without any event: 1",
    )
    assert binned("mine", arrays, None).inputs.shape[1] == events.STEPS


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("times", np.array([-1.0, 2.0]), "times holds -1.0 at event 0: .* subtract the earliest"),
        ("times", np.array([1.0, np.nan]), "times holds nan at event 1"),
        ("times", np.array(["a", "b"]), "times are numbers"),
        ("times", np.zeros(2), "every event is at time 0"),
        ("times", np.zeros((2, 2)), r"times has the shape \[2, 2\]"),
        ("times", np.zeros(0), "one for each event|holds no events"),
        ("channels", np.array([0.5, 1.0]), "channels is float64: give whole numbers from 0"),
        ("channels", np.array([-1, 0]), "channels holds -1"),
        ("channels", np.array([0, 1, 2]), "channels has the shape"),
        ("channels", np.array([0, 2**60]), "bytes, and .* may be used here"),
        ("channels", np.array([0, 2**63 + 1], np.uint64), "channels holds 9223372036854775809"),
        ("recordings", np.array([0, 2**64 - 1], np.uint64), "recordings holds 18446744073709551615"),
        ("recordings", np.array([0, 3]), "recordings goes to 3 and targets holds 3"),
        ("colour", np.array([0, 3]), "colour has no meaning here"),
    ],
)
def test_what_is_no_list_of_events_is_refused(name: str, value: np.ndarray, sentence: str) -> None:
    arrays = {
        "times": np.array([1.0, 2.0]),
        "channels": np.array([0, 1]),
        "recordings": np.array([0, 1]),
        "targets": np.arange(3),
    }
    with pytest.raises(BadInput, match=sentence):
        binned("mine", {**arrays, name: value}, 10)


def test_an_array_that_is_missing_is_named() -> None:
    with pytest.raises(BadInput, match="there is no recordings"):
        binned("mine", {"times": np.ones(2), "channels": np.ones(2, int), "targets": np.ones(2)}, 10)


@pytest.mark.parametrize(
    "begins",
    [np.full(20, 1.7e15), np.full(20, 2**63, np.uint64), np.full(20, 1.7e9, np.float32), np.arange(20) * 1000],
)
def test_times_of_a_clock_that_does_not_begin_with_each_recording_are_refused(begins: np.ndarray) -> None:
    recordings = np.repeat(np.arange(20), 10)
    within = np.random.default_rng(0).integers(0, 1000, 200)
    arrays = {"channels": np.zeros(200, int), "recordings": recordings, "targets": np.arange(20)}
    with pytest.raises(BadInput, match="times begin at 0 in each recording, so subtract from each the earliest"):
        binned("mine", {**arrays, "times": begins[recordings] + within.astype(begins.dtype)}, 10)
    assert binned("mine", {**arrays, "times": within}, 10).inputs.any()


def test_channels_that_are_not_used_are_told() -> None:
    assert "channels without any event: 3" in binned("mine", _arrays([(0, 0, 0), (9, 4, 1)]), 5).notes
