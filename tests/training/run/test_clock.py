"""The clock against sleeps of known length, and against a clock of our own."""

import time

import pytest

from training.run.clock import Clock


class FakeTime:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_pauses_are_taken_out_and_everything_adds_up():
    now = FakeTime()
    clock = Clock(now)
    clock.open()
    for _ in range(4):
        with clock.measure("data"):
            now.now += 1.0
        now.now += 2.0
    with clock.measure("eval"):
        now.now += 40.0
    with clock.measure("save"):
        now.now += 8.0
    rates = clock.close(updates=4)
    assert rates == {
        "time/step_seconds": 3.0,
        "time/data_seconds": 1.0,
        "time/probe_seconds": 0.0,
        "time/eval_seconds": 10.0,
        "time/save_seconds": 2.0,
    }
    assert clock.totals() == {"step": 12.0, "data": 4.0, "probe": 0.0, "eval": 40.0, "save": 8.0}


def test_windows_follow_each_other_and_totals_survive_a_restart():
    now = FakeTime()
    clock = Clock(now)
    clock.open()
    now.now += 5.0
    assert clock.close(5)["time/step_seconds"] == 1.0
    now.now += 6.0
    assert clock.close(2)["time/step_seconds"] == 3.0

    resumed = Clock(now)
    now.now += 10.0
    assert clock.totals()["step"] == 21.0, "a checkpoint inside a window keeps the time so far"
    resumed.restore({"step": 11.0})
    resumed.open()
    now.now += 1.0
    resumed.close(1)
    assert resumed.totals()["step"] == 12.0


def test_a_step_of_known_length_is_measured():
    clock = Clock()
    windows = []
    for _ in range(5):
        clock.open()
        for _ in range(10):
            time.sleep(0.01)
        with clock.measure("probe"):
            time.sleep(0.1)
        windows.append(clock.close(10))
    # A sleep is never shorter than asked for; on a busy machine it may be longer, but not every time.
    for name in ("time/step_seconds", "time/probe_seconds"):
        assert all(window[name] >= 0.01 for window in windows)
        assert min(window[name] for window in windows) < 0.015


def test_an_unknown_activity_is_an_error():
    clock = Clock()
    with pytest.raises(KeyError), clock.measure("lunch"):
        pass
