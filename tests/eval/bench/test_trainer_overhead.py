"""The benchmark of the Trainer: its rows, and that it sees a loop that really is slower."""

import time

import pytest
from toys import Perceptron, blobs

from eval.bench import trainer_overhead
from eval.bench.trainer_overhead import Config, run
from training.errors import BadInput


@pytest.fixture(scope="module")
def rows():
    (table,) = run(Perceptron(), blobs(), Config(steps=100, rounds=1, batch_size=16))
    return {row.loop: row for row in table}


def test_every_loop_has_its_row(rows):
    assert list(rows) == [
        "bare loop",
        "trainer",
        "probes every 100",
        "pipeline and saves",
    ]
    assert rows["bare loop"].ratio_to_bare == 1.0
    for row in rows.values():
        assert row.implementation == "gradient-cost"
        assert row.step_seconds > 0
        assert row.ratio_to_bare > 0
        assert row.compile_seconds is None or row.compile_seconds > 0.001
    assert rows["probes every 100"].probe_seconds > 0
    assert rows["trainer"].probe_seconds == rows["trainer"].save_seconds == 0
    assert rows["pipeline and saves"].save_seconds > 0


def test_what_slows_the_loop_down_is_seen(monkeypatch):
    class Sluggish(trainer_overhead.InMemory):
        def __next__(self):
            time.sleep(0.01)
            return super().__next__()

    monkeypatch.setattr(trainer_overhead, "InMemory", Sluggish)
    (table,) = run(Perceptron(), blobs(), Config(steps=100, rounds=1, batch_size=16))
    slow = {row.loop: row for row in table}
    assert slow["trainer"].step_seconds >= 0.01
    assert slow["trainer"].ratio_to_bare > 2


@pytest.mark.parametrize("change", [{"steps": 150}, {"steps": 0}, {"rounds": 0}])
def test_settings_that_fit_no_window_are_refused(change):
    with pytest.raises(BadInput, match="must be"):
        Config(**change)
