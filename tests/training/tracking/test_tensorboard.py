from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from training.tracking import RunInfo

pytest.importorskip("tensorboardX")

from tensorboardX.proto.event_pb2 import Event
from tensorboardX.record_writer import masked_crc32c

from training.tracking.tensorboard import TensorboardTracker


def events(directory: Path) -> list[Event]:
    """The events of a directory, read by TensorBoard's record format: length, CRC, content, CRC."""
    found = []
    for path in sorted(directory.glob("events.out.tfevents.*")):
        content, at = path.read_bytes(), 0
        while at < len(content):
            length = int.from_bytes(content[at : at + 8], "little")
            body = content[at + 12 : at + 12 + length]
            assert int.from_bytes(content[at + 12 + length : at + 16 + length], "little") == masked_crc32c(body)
            found.append(Event.FromString(body))
            at += 16 + length
    return found


def scalars(directory: Path) -> list[tuple[int, str, float]]:
    return [(event.step, value.tag, value.simple_value) for event in events(directory) for value in event.summary.value]


def run_info(directory: Path, start_step: int = 0) -> RunInfo:
    return RunInfo(run_dir=directory, config={}, steps=9, start_step=start_step, batch_size=2, name="test")


def test_rows_become_scalars_of_the_same_name_and_step(tmp_path):
    tracker = TensorboardTracker()
    tracker.start(run_info(tmp_path))
    tracker.log(3, {"train/loss": np.float32(0.5), "gradient/norm": math.nan})
    tracker.advance(4)
    tracker.flush()
    tracker.log(6, {"train/loss": 0.25})
    tracker.finish("completed", {})
    assert scalars(tmp_path / "tensorboard") == [(3, "train/loss", 0.5), (6, "train/loss", 0.25)]


def test_a_resumed_run_tells_tensorboard_what_to_forget(tmp_path):
    tracker = TensorboardTracker()
    tracker.start(run_info(tmp_path, start_step=6))
    tracker.finish("completed", {})
    starts = [event for event in events(tmp_path / "tensorboard") if event.HasField("session_log")]
    assert [event.step for event in starts] == [7]


def test_a_run_that_failed_before_it_started_can_be_finished():
    TensorboardTracker().finish("failed", {})
