"""Two processes of two devices are one run: its losses, its rows, its ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from training.data.order import BatchOrder
from training.tracking.jsonl import read

SUPPORT = Path(__file__).parents[2] / "support"
STEPS = 50
DEVICES = 4
COMPARED = ("train/", "eval/", "test/", "gradient/")
HEARTBEAT = 10


@dataclass(frozen=True)
class Ended:
    code: int
    errors: str
    seconds: float

    @property
    def sentences(self):
        return [line for line in self.errors.splitlines() if line.startswith("error: ")]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def start(run_dir, processes=2, started=None, only=None, **job):
    """Start processes that have four devices in all; ``only`` says what the last of them does otherwise."""
    port, begun = free_port(), []
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={DEVICES // processes}"
    environ = {**os.environ, "XLA_FLAGS": flags, "PYTHONPATH": os.pathsep.join([str(SUPPORT), *sys.path])}
    for process in range(processes) if started is None else started:
        distributed = {"heartbeat_seconds": HEARTBEAT, **job.get("distributed", {})}
        if processes > 1:
            distributed |= {"coordinator": f"127.0.0.1:{port}", "processes": processes, "process": process}
        told = {**job, **((only or {}) if process == processes - 1 else {}), "distributed": distributed}
        if "taken" in told:
            told["taken"] = f"{told['taken']}-{process}"
        command = [sys.executable, str(SUPPORT / "one_of_several.py"), json.dumps({"run_dir": str(run_dir), **told})]
        begun.append(
            subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        )
    return begun


def ended(begun):
    since = time.monotonic()
    found = []
    try:
        for process in begun:
            errors = process.communicate(timeout=240)[1]
            found.append(Ended(process.returncode, errors, time.monotonic() - since))
    finally:
        for process in begun:
            process.kill()
    return found


def run(run_dir, processes=2, **job):
    return ended(start(run_dir, processes, **job))


def completed(run_dir, processes=2, **job):
    for process in run(run_dir, processes, **job):
        assert process.code == 0, process.errors


def assert_same_run(run_dir, expected, tolerance=1e-5):
    rows = read(run_dir / "metrics.jsonl")
    assert [row["step"] for row in rows] == list(range(STEPS + 1))
    for ours, theirs in zip(rows, expected, strict=True):
        shared = {name for name in theirs if name.startswith(COMPARED)}
        assert shared == {name for name in ours if name.startswith(COMPARED)}
        for name in shared:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=tolerance, atol=tolerance, err_msg=name)


def newest(run_dir):
    return max(int(path.name) for path in (run_dir / "checkpoints").iterdir() if path.name.isdecimal())


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The run of one process that has all four devices."""
    run_dir = tmp_path_factory.mktemp("alone") / "run"
    completed(run_dir, 1, taken=str(run_dir.parent / "taken"))
    return run_dir


@pytest.fixture(scope="module")
def expected(alone):
    return read(alone / "metrics.jsonl")


def taken_by(path):
    return [json.loads(line) for line in path.read_text().splitlines()][-STEPS:]


def test_two_processes_are_one_run(tmp_path, alone, expected):
    run_dir = tmp_path / "run"
    completed(run_dir, taken=str(tmp_path / "taken"))
    assert_same_run(run_dir, expected)
    # Which examples each update took: those of one process, in its order, each once.
    order = BatchOrder(200, 16, 0)
    first, second, whole = (taken_by(p) for p in (tmp_path / "taken-0", tmp_path / "taken-1", alone.parent / "taken-0"))
    for update in range(STEPS):
        assert len(first[update]) == len(second[update]) == 8
        assert first[update] + second[update] == whole[update] == order[update].tolist()
    assert json.loads((run_dir / "summary.json").read_text())["environment"]["processes"] == 2
    assert {path.name for path in run_dir.iterdir()} == {path.name for path in alone.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 2), (2, 2)])
def test_a_signal_to_one_stops_all_at_one_step_and_any_number_goes_on(tmp_path, expected, before, after):
    run_dir = tmp_path / "run"
    found = run(run_dir, before, only={"signal": signal.SIGTERM, "at": 25})
    assert [process.code for process in found] == [75] * before
    (sentence,) = {sentence for process in found for sentence in process.sentences}
    assert sentence.startswith(f"error: stopped at step {newest(run_dir)} of {STEPS} and saved")
    assert 25 < newest(run_dir) <= 30
    completed(run_dir, after, resume=True)
    assert_same_run(run_dir, expected)


@pytest.mark.slow
@pytest.mark.parametrize(("lost", "delay"), [(1, 0.0), (1, 0.01), (1, 0.03), (0, 0.01)])
def test_a_process_that_is_killed_while_all_save_leaves_the_checkpoint_before_whole(tmp_path, expected, lost, delay):
    run_dir = tmp_path / "run"
    at = {"signal": signal.SIGKILL, "at": "save", "delay": delay}
    begun = start(run_dir, only=at) if lost else start(run_dir, **at, only={"at": -1})
    begun[lost].wait(timeout=240)
    assert ended(begun)[1 - lost].code != 0
    assert newest(run_dir) in (10, 20, 30)
    completed(run_dir, resume=True)
    assert_same_run(run_dir, expected)


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_a_lost_process_ends_the_others_and_the_run_goes_on(tmp_path, expected, lost):
    run_dir = tmp_path / "run"
    at = {"signal": signal.SIGKILL, "at": 27}
    begun = start(run_dir, only=at) if lost else start(run_dir, **at, only={"signal": None})
    begun[lost].wait(timeout=240)
    since = time.monotonic()
    survivor = ended(begun)[1 - lost]
    assert time.monotonic() - since < 60
    if lost == 0 and survivor.code != 1:
        # JAX's own words, which cannot be kept from it where its service is gone.
        assert survivor.code == -signal.SIGABRT
        assert "another task died" in survivor.errors
    else:
        assert survivor.code == 1
        (sentence,) = survivor.sentences
        assert f"process {lost}" in sentence
        assert "has ended without a word or cannot be reached" in sentence
    assert newest(run_dir) in (10, 20)
    completed(run_dir, resume=True)
    assert_same_run(run_dir, expected)


@pytest.mark.slow
def test_a_used_directory_is_refused_by_all_with_one_sentence(alone):
    before = {path: path.read_bytes() for path in alone.rglob("*") if path.is_file()}
    found = run(alone)
    assert [process.code for process in found] == [2, 2]
    (sentence,) = {sentence for process in found for sentence in process.sentences}
    assert "already holds a run; resume=true continues it" in sentence
    assert {path: path.read_bytes() for path in alone.rglob("*") if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"seed": 1}, r"given another configuration (seed is 0 at process 0 and 1 at process 1); start"),
        ({"data_seed": 1}, r"given another data (the checksum of the"),
    ],
)
def test_processes_that_were_given_different_things_are_refused(tmp_path, other, sentence):
    found = run(tmp_path / "run", only=other)
    assert [process.code for process in found] == [2, 2]
    (said,) = {one for process in found for one in process.sentences}
    assert sentence in said
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
@pytest.mark.parametrize("started", [[0], [1]])
def test_a_process_that_nobody_joins_says_so(tmp_path, started):
    found = ended(start(tmp_path / "run", started=started, distributed={"start_seconds": 5}))
    assert [process.code for process in found] == [2]
    assert found[0].seconds < 60
    assert "did not come together within distributed.start_seconds=5: start 2 of them" in found[0].errors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ({"batch_size": 18}, "trainer.batch_size=18 does not split evenly over mesh.data=4 devices"),
        ({"mesh": {"data": 2}}, "mesh.data=2 with mesh.model=1 takes 2 of 4 devices, and process 1 would hold no row"),
    ],
)
def test_a_batch_that_does_not_serve_all_is_refused(tmp_path, job, sentence):
    found = run(tmp_path / "run", **job)
    assert [process.code for process in found] == [2, 2]
    assert all(sentence in process.errors for process in found)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_all_go_on_from_the_checkpoint_before_one_whose_shard_is_damaged(tmp_path, expected):
    run_dir = tmp_path / "run"
    whole = {"mesh": {"data": 1, "model": 4}}
    completed(run_dir, **whole)
    (largest,) = sorted((run_dir / "checkpoints" / "50" / "state").glob("**/d/*"), key=lambda one: one.stat().st_size)[
        -1:
    ]
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    for process in run(run_dir, resume=True, **whole):
        assert process.code == 0, process.errors
    notes = json.loads((run_dir / "summary.json").read_text())["notes"]
    assert any(note.startswith("checkpoint 50 is damaged") for note in notes)
    assert_same_run(run_dir, expected)


@pytest.mark.slow
def test_one_poisoned_row_stops_all_with_one_sentence(tmp_path):
    poisoned = int(BatchOrder(200, 16, 0)[3][12])
    found = run(tmp_path / "run", poisoned=poisoned)
    assert [process.code for process in found] == [1, 1]
    (sentence,) = {one for process in found for one in process.sentences}
    assert "step 4 is not finite" in sentence


@pytest.mark.slow
@pytest.mark.parametrize("failing", [0, 1])
def test_one_that_fails_alone_ends_all_with_its_sentence(tmp_path, expected, failing):
    run_dir = tmp_path / "run"
    how = {"fails": True, "at": 33}
    found = ended(start(run_dir, only=how) if failing else start(run_dir, **how, only={"fails": False}))
    assert [process.code for process in found] == [1, 1]
    assert found[failing].sentences[0].startswith("error: metrics.jsonl could not be written (No space left on device)")
    (sentence,) = found[1 - failing].sentences
    assert sentence.startswith(f"error: process {failing} has ended: metrics.jsonl could not be written (No space left")
    assert found[1].seconds < 60
    completed(run_dir, resume=True)
    assert_same_run(run_dir, expected)


@pytest.mark.slow
def test_a_signal_to_one_while_all_compile_ends_all_with_the_same_code(tmp_path, expected):
    run_dir = tmp_path / "run"
    found = run(run_dir, only={"signal": signal.SIGTERM, "at": "compile"})
    assert [process.code for process in found] == [75, 75]
    assert json.loads((run_dir / "summary.json").read_text())["status"] == "preempted"
    completed(run_dir, resume=True)
    assert_same_run(run_dir, expected)
