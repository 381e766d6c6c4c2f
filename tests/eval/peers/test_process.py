"""The protocol between us and a worker, its time limits, and what becomes of a worker that breaks down."""

import json
import os
import re
import time

import numpy as np
import pytest
from fake_peer import write_peer

from eval.peers.process import Failed, TimedOut, Worker, pinned_cores, usable_cores
from training.run import allocator

ANGLES = [[[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]]


@pytest.fixture
def start(tmp_path):
    workers = []

    def start_worker(**statements):
        workers.append(Worker(None, write_peer(tmp_path / "peer.py", **statements)))
        return workers[-1]

    yield start_worker
    for worker in workers:
        worker.close()


def test_a_case_is_compiled_evaluated_and_timed(start):
    worker = start(compile="memory = SimpleNamespace(temp_size_in_bytes=4096)", step="time.sleep(0.01)")
    assert worker.dtype == "float64"
    assert worker.versions == {"numpy": np.__version__}
    compiled = worker.request("compile", 10.0, case={"angles": ANGLES})
    assert compiled["temp_bytes"] == 4096
    value, gradient = worker.request("evaluate", 10.0)["outputs"]
    np.testing.assert_allclose(value, [np.cos(ANGLES).mean()])
    np.testing.assert_allclose(gradient, -np.sin(ANGLES).ravel() / 6)
    timed = worker.request("time", 10.0, repeats=3)
    assert len(timed["seconds"]) == 3
    assert all(value >= 0.01 for value in timed["seconds"])
    assert timed["cpu_seconds"] < sum(timed["seconds"]), "it sleeps"


def test_a_case_too_large_for_a_line_is_made_there(start, tmp_path):
    maker = tmp_path / "maker.py"
    maker.write_text(
        "import time\n"
        "import numpy as np\n"
        "def make(shape):\n"
        "    time.sleep(0.2)\n"
        "    return {'angles': np.zeros(shape)}\n"
    )
    worker = start()
    compiled = worker.request("compile", 10.0, case={"shape": [2, 3, 2]}, maker=str(maker))
    assert compiled["seconds"] < 0.2, "what making it takes is nobody's compilation"
    value, gradient = worker.request("evaluate", 10.0)["outputs"]
    assert value == [1.0]
    assert len(gradient) == 12


def test_memory_of_a_step_is_what_the_process_grows_by(start):
    worker = start(step="room = np.ones(5_000_000)")
    worker.request("compile", 10.0, case={"angles": ANGLES})
    grown = worker.request("evaluate", 10.0)["resident_bytes"]
    if grown is None:
        pytest.skip("this system does not tell")
    assert 40e6 <= grown < 60e6


def test_what_an_earlier_case_has_left_behind_hides_no_growth(start):
    worker = start(step="room = [np.ones(10_000) for _ in range(500)]")
    grown = []
    for _ in range(2):
        worker.request("compile", 10.0, case={"angles": ANGLES})
        grown.append(worker.request("evaluate", 10.0)["resident_bytes"])
    if None in grown:
        pytest.skip("this system does not tell")
    assert grown[1] > 0.8 * grown[0] > 30e6


def test_compilation_is_timed_and_not_said_to_need_what_is_unknown(start):
    compiled = start(compile="time.sleep(0.05)").request("compile", 10.0, case={"angles": ANGLES})
    assert 0.05 <= compiled["seconds"] < 5
    assert compiled["temp_bytes"] is None


def test_what_a_library_prints_is_no_answer(start):
    worker = start(compile="print('not JSON'); os.system('echo nor this')")
    assert worker.request("compile", 10.0, case={"angles": ANGLES})["temp_bytes"] is None


def test_an_exception_is_told_and_the_worker_lives_on(start):
    worker = start(compile="assert depth == 1, 'one layer only'")
    with pytest.raises(Failed, match="AssertionError: one layer only"):
        worker.request("compile", 10.0, case={"angles": ANGLES * 2})
    assert worker.is_alive
    assert worker.request("compile", 10.0, case={"angles": ANGLES})


def test_a_worker_that_takes_too_long_is_ended(start):
    worker = start(step="time.sleep(60)")
    worker.request("compile", 10.0, case={"angles": ANGLES})
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"took more than 0\.2 s"):
        worker.request("evaluate", 0.2)
    assert time.monotonic() - began < 5
    assert not worker.is_alive


@pytest.mark.parametrize(
    ("statement", "how"),
    [("sys.exit('out of luck')", r"exit code 1; out of luck"), ("os.kill(os.getpid(), 9)", r"signal 9; it left no")],
)
def test_a_death_is_told_with_its_last_words(start, statement, how):
    worker = start(compile=statement)
    with pytest.raises(Failed, match=how):
        worker.request("compile", 10.0, case={"angles": ANGLES})
    assert not worker.is_alive
    with pytest.raises(Failed, match="its process has been ended"):
        worker.request("compile", 10.0, case={"angles": ANGLES})


def test_a_file_that_cannot_be_imported_is_a_failure(tmp_path):
    file = tmp_path / "peer.py"
    file.write_text("import no_such_library")
    with pytest.raises(Failed, match="ModuleNotFoundError: No module named 'no_such_library'"):
        Worker(None, file)


def test_a_worker_has_one_thread_and_none_of_our_settings(start, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "/nowhere")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    cores = "len(os.sched_getaffinity(0))" if pinned_cores() else "1"
    worker = start(
        compile=f"raise ValueError(({cores}, os.environ['OMP_NUM_THREADS'], 'JAX_COMPILATION_CACHE_DIR' in os.environ))"
    )
    with pytest.raises(Failed, match=r"\(1, '1', False\)"):
        worker.request("compile", 10.0, case={"angles": ANGLES})
    if pinned_cores():
        assert int(pinned_cores()[0]) in os.sched_getaffinity(0)


@pytest.mark.skipif(usable_cores() < 2, reason="there is one core")
def test_a_worker_of_two_threads_has_two_cores(tmp_path):
    cores = "len(os.sched_getaffinity(0))" if pinned_cores() else "2"
    told = f"({cores}, os.environ['OMP_NUM_THREADS'], os.environ['XLA_FLAGS'])"
    worker = Worker(None, write_peer(tmp_path / "peer.py", compile=f"raise ValueError({told})"), threads=2)
    try:
        with pytest.raises(Failed, match=r"\(2, '2', '--xla_cpu_multi_thread_eigen=true'\)"):
            worker.request("compile", 10.0, case={"angles": ANGLES})
    finally:
        worker.close()


def test_page_faults_are_those_of_the_steps(start):
    worker = start(compile="import mmap", step="room = mmap.mmap(-1, 1600 * 1024); room.write(b'1' * len(room))")
    worker.request("compile", 10.0, case={"angles": ANGLES})
    faults = worker.request("time", 10.0, repeats=2)["page_faults"]
    if faults is None:
        pytest.skip("this system does not tell")
    # Two maps of 400 pages of 4 KiB each, or of fewer that are larger; what is written comes from pages of its own.
    assert 50 <= faults < 2000


def test_only_our_own_files_may_import_from_here(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "beside.py").write_text("")
    file = write_peer(tmp_path / "peer.py")
    file.write_text("import beside\n" + file.read_text())
    Worker(None, file, tmp_path / "root").close()
    with pytest.raises(Failed, match="No module named 'beside'"):
        Worker(None, file)


@pytest.mark.parametrize("choice", allocator.CHOICES)
def test_a_worker_keeps_freed_memory_as_this_process_does(start, monkeypatch, choice):
    monkeypatch.setattr(allocator, "_in_force", choice)
    given = json.dumps(allocator.parameters_in_force())
    with pytest.raises(Failed, match=re.escape(given)):
        start(compile="import sys; raise ValueError(sys.argv[2])").request("compile", 10.0, case={"angles": ANGLES})
