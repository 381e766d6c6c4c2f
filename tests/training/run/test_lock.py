"""One process a directory, and none kept out by one that is gone."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from training.errors import BadInput
from training.run import lock
from training.run.lock import LOCK, Owner, locked

HOLD = """
import sys, time
from pathlib import Path
from training.run.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
TAKE = """
import sys, time
from pathlib import Path
from training.errors import BadInput
from training.run.lock import locked
while time.time() < float(sys.argv[2]):
    pass
try:
    with locked(Path(sys.argv[1])):
        time.sleep(2)
        print("held")
except BadInput:
    print("refused")
"""


def recorded(directory):
    return Owner(**json.loads((directory / LOCK).read_text()))


def holder(directory):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(directory)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def put(directory, **changes):
    """The lock of a process like this one, but for the changes."""
    with locked(directory):
        ours = recorded(directory)
    (directory / LOCK).write_text(json.dumps(dataclasses.asdict(dataclasses.replace(ours, **changes))))


def test_the_lock_is_given_back_however_it_ends(tmp_path):
    def fail():
        with locked(tmp_path):
            assert recorded(tmp_path).process == os.getpid()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_lock_that_is_held_refuses_and_one_of_a_killed_process_does_not(tmp_path):
    process = holder(tmp_path)
    before = (tmp_path / LOCK).read_bytes()
    with pytest.raises(BadInput, match=rf"{tmp_path} is in use by process {process.pid} on .*; wait for it"):
        locked(tmp_path).__enter__()
    assert (tmp_path / LOCK).read_bytes() == before
    process.send_signal(signal.SIGKILL)
    # Nobody has asked how it ended yet, so the system still lists it.
    while lock._started(process.pid) not in ("ended", None):
        time.sleep(0.01)
    with locked(tmp_path):
        assert recorded(tmp_path).process == os.getpid()
    process.wait()
    assert not list(tmp_path.iterdir())


def test_a_number_that_another_process_has_now_is_no_holder(tmp_path):
    put(tmp_path, started="some other time")
    with locked(tmp_path):
        pass


def test_a_process_whose_start_nobody_knows_is_not_taken_for_gone(tmp_path):
    put(tmp_path, started=None)
    with pytest.raises(BadInput, match="is in use by process"), locked(tmp_path):
        pass


def test_another_host_is_named_with_the_way_to_remove_its_lock(tmp_path):
    put(tmp_path, host="elsewhere", process=7)
    with pytest.raises(BadInput, match=rf"process 7 on elsewhere, .*delete {tmp_path / LOCK}"), locked(tmp_path):
        pass
    assert recorded(tmp_path).host == "elsewhere"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"{}", b"[1]", b"\xff"])
def test_a_lock_that_says_nothing_is_refused_with_its_path(tmp_path, content):
    (tmp_path / LOCK).write_bytes(content)
    with pytest.raises(BadInput, match=rf"{tmp_path / LOCK} does not say who uses"), locked(tmp_path):
        pass
    assert (tmp_path / LOCK).read_bytes() == content


def test_of_several_that_find_the_lock_of_a_dead_process_one_takes_it(tmp_path):
    put(tmp_path, started="some other time")
    together = str(time.time() + 1.5)
    several = [
        subprocess.Popen([sys.executable, "-c", TAKE, str(tmp_path), together], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sorted(process.communicate()[0] for process in several) == ["held\n", "refused\n", "refused\n"]
