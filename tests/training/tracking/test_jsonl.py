from __future__ import annotations

import json
import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.errors import BadInput
from training.tracking import RunInfo
from training.tracking.jsonl import JsonlTracker, finite, read, rewind

names = st.text(min_size=1, max_size=8).filter(lambda name: name != "step")
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18)
row_lists = st.lists(st.dictionaries(names, numbers, max_size=3), min_size=1, max_size=6).map(
    lambda rows: [{"step": 10 * index, **row} for index, row in enumerate(rows)]
)


def run_info(directory: Path) -> RunInfo:
    return RunInfo(run_dir=directory, config={}, steps=100, start_step=0, batch_size=4, name="test")


def written(directory: Path, rows: list[dict]) -> Path:
    tracker = JsonlTracker()
    tracker.start(run_info(directory))
    for row in rows:
        tracker.log(row["step"], {name: value for name, value in row.items() if name != "step"})
        tracker.advance(row["step"] + 1)
    tracker.finish("completed", {})
    return directory / "metrics.jsonl"


@settings(deadline=None)
@given(row_lists)
def test_rows_come_back_as_they_were_logged(tmp_path_factory, rows):
    path = written(tmp_path_factory.mktemp("run"), rows)
    assert read(path) == rows
    assert all(next(iter(json.loads(line))) == "step" for line in path.read_text().splitlines())


@settings(deadline=None)
@given(row_lists, st.data())
def test_a_file_cut_at_any_byte_keeps_its_whole_rows(tmp_path_factory, rows, data):
    path = written(tmp_path_factory.mktemp("run"), rows)
    content = path.read_bytes()
    offset = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:offset])

    # An independent count: a row is whole when its closing brace, the byte before its line break, is there.
    ends = [index for index, byte in enumerate(content) if byte == ord("\n")]
    whole = rows[: sum(end <= offset for end in ends)]
    assert read(path) == whole

    keep = data.draw(st.integers(-1, 10 * len(rows)))
    rewind(path, keep)
    kept = [row for row in whole if row["step"] <= keep]
    assert read(path) == kept

    # What is appended after a rewind stands on lines of its own.
    tracker = JsonlTracker()
    tracker.start(run_info(path.parent))
    tracker.log(keep + 1, {"train/loss": 0.5})
    tracker.finish("completed", {})
    assert read(path) == [*kept, {"step": keep + 1, "train/loss": 0.5}]


def test_zeros_left_by_a_loss_of_power_are_a_torn_line(tmp_path):
    path = written(tmp_path, [{"step": 1, "a": 2.0}])
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    assert read(path) == [{"step": 1, "a": 2.0}]


@pytest.mark.parametrize("damage", ["{", "[1]", '"step"', "{}", '{"step": "1"}', "", "\0\0"])
def test_damage_before_the_last_row_is_refused_with_its_line(tmp_path, damage):
    path = tmp_path / "metrics.jsonl"
    path.write_text(f'{{"step": 1}}\n{damage}\n{{"step": 3}}\n')
    for function in (read, lambda path: rewind(path, 3)):
        with pytest.raises(BadInput, match=r"metrics\.jsonl, line 2, is not a row"):
            function(path)
    assert path.read_text().endswith('{"step": 3}\n'), "nothing is dropped from a damaged file"


def test_rewinding_without_a_file_does_nothing(tmp_path):
    rewind(tmp_path / "metrics.jsonl", 3)
    assert list(tmp_path.iterdir()) == []


def test_array_scalars_become_numbers_and_what_is_not_finite_is_left_out():
    metrics = {
        "numpy": np.float32(0.1),
        "integer": np.int64(7),
        "array": jnp.asarray(2.5),
        "python": 3,
        "nan": math.nan,
        "infinity": np.float64(np.inf),
        "array_nan": jnp.asarray(jnp.nan),
    }
    plain = finite(metrics)
    assert plain == {"numpy": float(np.float32(0.1)), "integer": 7, "array": 2.5, "python": 3}
    assert all(type(value) in (int, float) for value in plain.values())


def test_a_row_of_nothing_finite_still_marks_its_step(tmp_path):
    assert read(written(tmp_path, [{"step": 4, "train/loss": math.nan}])) == [{"step": 4}]


def test_a_row_can_be_read_as_soon_as_it_is_logged(tmp_path):
    tracker = JsonlTracker()
    tracker.start(run_info(tmp_path))
    tracker.log(1, {"train/loss": 0.25})
    assert read(tmp_path / "metrics.jsonl") == [{"step": 1, "train/loss": 0.25}]
    tracker.finish("completed", {})


def test_flush_forces_the_rows_to_disk(tmp_path, monkeypatch):
    tracker = JsonlTracker()
    tracker.start(run_info(tmp_path))
    tracker.log(1, {"train/loss": 0.25})
    forced = []
    monkeypatch.setattr("training.tracking.jsonl.os.fsync", lambda handle: forced.append(handle))
    tracker.flush()
    assert len(forced) == 1
    tracker.finish("completed", {})


def test_a_run_that_failed_before_it_started_can_be_finished():
    tracker = JsonlTracker()
    tracker.flush()
    tracker.finish("failed", {})
