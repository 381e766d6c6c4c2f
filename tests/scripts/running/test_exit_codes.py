"""How runs end: of one, of several in a sweep, and of one that is told to stop."""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import hydra
import pytest
import yaml

from scripts import train
from scripts.running.command import JobFailed, run
from training.run.signals import SIGNALS
from training.tracking.jsonl import read


def status(run_dir: Path) -> str:
    return json.loads((run_dir / "summary.json").read_text())["status"]


def test_a_job_of_a_sweep_that_fails_does_not_cancel_the_others(command, small, tmp_path):
    result = command(train.main, "-m", "seed=-1,0,1", *small)
    assert result.code == 2
    assert result.error == "error: seed=-1 must be in 0 … 2³² − 1: JAX would silently cut off the rest"
    runs = sorted((tmp_path / "runs").glob("snn-digits-*"))
    assert len(runs) == 2, "each in a directory of its own"
    assert {status(run_dir) for run_dir in runs} == {"completed"}
    recorded = [yaml.safe_load((run_dir / "config.yaml").read_text()) for run_dir in runs]
    assert {config["seed"] for config in recorded} == {0, 1}
    assert [config["run_dir"] for config in recorded] == [f"runs/{run_dir.name}" for run_dir in runs]
    assert result.out.count("test accuracy") == 2


def test_a_choice_that_is_unknown_cancels_a_sweep_before_its_first_job(command, small, tmp_path):
    result = command(train.main, "-m", "paradigm=snn,resnet", *small[1:])
    assert result.code == 2
    assert "resnet" in result.error
    assert not list(tmp_path.glob("runs/*-digits-*"))


def test_a_run_that_diverges_ends_with_1_and_names_the_array(command, small, tmp_path):
    result = command(train.main, *small, "optimizer=sgd", "optimizer.learning_rate=1e38", "trainer.steps=9")
    assert result.code == 1
    error, hint = result.err.splitlines()
    assert error.startswith("error: step ")
    assert "is not finite" in error
    assert "GRADIENT_COST_TRACEBACK=1" in hint
    (run_dir,) = (tmp_path / "runs").iterdir()
    assert status(run_dir) == "failed"


def test_a_traceback_is_there_for_those_who_ask(command, monkeypatch):
    monkeypatch.setenv("GRADIENT_COST_TRACEBACK", "1")
    with pytest.raises(ValueError, match=r"trainer.steps=0 must be at least 1"):
        command(train.main, "trainer.steps=0")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("traceback", ["0", "1"])
def test_a_signal_outside_of_training_ends_with_75_and_without_a_traceback(command, monkeypatch, number, traceback):
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("the tests were started by nohup")
    monkeypatch.setenv("GRADIENT_COST_TRACEBACK", traceback)
    result = command(lambda: run("train", lambda values: signal.raise_signal(number)))
    assert (result.code, result.error) == (75, "error: stopped by a signal; what was saved before is untouched")


@pytest.mark.parametrize("where", ["collector", "destructor"])
def test_a_signal_is_heard_where_python_swallows_what_a_handler_raises(command, where):
    class Raising:
        def __del__(self):
            signal.raise_signal(signal.SIGTERM)

    def once(phase: str, info: dict) -> None:
        if callback in gc.callbacks:
            gc.callbacks.remove(callback)
            signal.raise_signal(signal.SIGTERM)

    callback = once

    def job(values: dict) -> None:
        if where == "collector":
            gc.callbacks.append(callback)
            gc.collect()
        else:
            Raising()
        time.sleep(30)
        pytest.fail("the signal was lost")

    result = command(lambda: run("train", job))
    assert (result.code, result.error) == (75, "error: stopped by a signal; what was saved before is untouched")


def test_a_signal_that_a_library_makes_an_error_of_its_own_of_ends_with_75(command):
    """As an import of NumPy or jaxlib does."""

    def job(values: dict) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ImportError("an extension could not be initialised") from error

    result = command(lambda: run("train", job))
    assert (result.code, result.error) == (75, "error: stopped by a signal; what was saved before is untouched")


def test_an_import_is_not_interrupted(command, monkeypatch, tmp_path):
    (tmp_path / "slow_to_import.py").write_text(
        "import signal, time\nsignal.raise_signal(signal.SIGTERM)\ntime.sleep(0.2)\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = []

    def job(values: dict) -> None:
        found.append(importlib.import_module("slow_to_import").whole)
        time.sleep(30)
        pytest.fail("the signal was lost")

    result = command(lambda: run("train", job))
    assert found == [True]
    assert (result.code, result.error) == (75, "error: stopped by a signal; what was saved before is untouched")


AT_THE_END = """
import os, signal, sys
from scripts.running.command import run

class Last:
    def __del__(self):
        {}

sys.modules["last of all"] = Last()
sys.exit(run("train", lambda values: {}))
"""


@pytest.mark.parametrize(
    ("last", "job", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGTERM)", "None", 0),
        # As XLA does where an interrupt left something half done.
        ("os.abort()", "signal.raise_signal(signal.SIGTERM)", 75),
    ],
)
def test_what_happens_while_python_ends_does_not_change_the_exit_code(tmp_path, last, job, code):
    program = AT_THE_END.format(last, job)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (code, "")


WITH_A_LAST_WORD = """
import atexit, os, sys
from scripts.running.command import run
from training.run.signals import end_abruptly

class Last:
    def __del__(self):
        os.abort()

def job(values):
    end_abruptly()
    atexit.register(print, "a last word", end="")
    raise ValueError("a bug")

sys.modules["last of all"] = Last()
sys.exit(run("train", job))
"""


def test_a_process_that_ends_abruptly_has_had_its_last_words(tmp_path):
    """And neither what Python does last, which would abort it here, nor another exit code."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", WITH_A_LAST_WORD], cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "a last word")
    assert done.stderr.startswith("error: a bug\n")


IN_A_LONG_CALL = """
import ctypes, sys, threading
import training.programs
from scripts import train

def compile(programs):
    # What no signal interrupts, as XLA's compilation: the second of two locks of a lock.
    lock, library = ctypes.create_string_buffer(64), ctypes.CDLL(None)
    # Said a second later, when the main thread is in it.
    threading.Timer(1.0, lambda: print("compiling", file=sys.stderr, flush=True)).start()
    library.pthread_mutex_lock(lock), library.pthread_mutex_lock(lock)

training.programs.Programs.compile = compile
sys.exit(train.main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="locks a lock of the C library")
def test_a_signal_in_a_call_that_does_not_return_ends_with_75_all_the_same(small, tmp_path):
    run_dir = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_LONG_CALL, *small, f"run_dir={run_dir}"],
        cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline() == "compiling\n"
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (75, "error: stopped by a signal; what was saved before is untouched\n")
    assert status(run_dir) == "preempted"
    assert not (run_dir / "lock.json").exists()


def test_a_run_that_is_told_to_stop_saves_and_can_be_resumed(command, small, tmp_path):
    run_dir = tmp_path / "run"
    arguments = [*small, "trainer.steps=1500", "trainer.log_every=1", "trainer.eval_every=0", f"run_dir={run_dir}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.train", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and _last_step(run_dir) < 10:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 75, err
    (message,) = err.splitlines()
    assert message.startswith("error: stopped at step ")
    assert message.endswith("of 1500 and saved; resume=true continues")
    stopped = int(message.split()[4])
    assert 10 <= stopped < 1500
    assert status(run_dir) == "preempted"

    assert command(train.main, *arguments).code == 2, "without resume=true it is refused"
    assert command(train.main, *arguments, "resume=true").code == 0
    assert status(run_dir) == "completed"
    assert [row["step"] for row in read(run_dir / "metrics.jsonl")] == list(range(1501))


def _last_step(run_dir: Path) -> int:
    try:
        return max((row["step"] for row in read(run_dir / "metrics.jsonl")), default=-1)
    except FileNotFoundError:
        return -1


SENT_BY_A_LAUNCHER = """
import sys, cloudpickle, hydra
from scripts.running.command import run
from training.errors import BadInput, Interrupted

def refusing(values):
    raise Interrupted("saved") if values["stop"] else BadInput(f"steps={values['steps']} must be at least 1")

hydra.main = lambda **_: lambda job: lambda: sys.stdout.buffer.write(cloudpickle.dumps(job))
sys.exit(run("train", refusing))
"""
IN_ANOTHER_PROCESS = """
import sys, cloudpickle
from omegaconf import OmegaConf
from scripts.running.command import JobFailed

job = cloudpickle.loads(sys.stdin.buffer.read())
try:
    job(OmegaConf.create({"steps": 0, "stop": sys.argv[1] == "75"}))
except JobFailed as failed:
    print(cloudpickle.loads(cloudpickle.dumps(failed)).code)
"""


def python(program: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, env=environ, **options)


@pytest.mark.parametrize(("code", "sentence"), [(2, "steps=0 must be at least 1"), (75, "saved")])
def test_a_job_that_a_launcher_sends_to_another_process_says_there_what_is_wrong(tmp_path, code, sentence):
    """As the launchers of joblib, submitit and Ray do: what is sent holds nothing of the process that sends it."""
    sent = python(SENT_BY_A_LAUNCHER, cwd=tmp_path)
    assert sent.returncode == 0, sent.stderr
    done = python(IN_ANOTHER_PROCESS, str(code), cwd=tmp_path, input=sent.stdout)
    assert (done.stdout.decode(), done.stderr.decode()) == (f"{code}\n", f"error: {sentence}\n")


def test_the_command_ends_with_the_code_of_a_job_that_failed_elsewhere(command, monkeypatch):
    def launched(**_):
        def failed():
            raise JobFailed(2)

        return lambda job: failed

    monkeypatch.setattr(hydra, "main", launched)
    result = command(lambda: run("train", lambda values: None))
    assert (result.code, result.err) == (2, "")


def test_the_job_of_a_module_that_python_runs_is_found_by_its_name_elsewhere(tmp_path):
    """Where ``python -m`` runs it, its functions are ``__main__``'s, which is another module in another process."""
    program = (
        "import runpy; import scripts.running.command as command; "
        "command._run = lambda name, job, stop: print(job.__module__) or 0; "
        "runpy.run_module('scripts.study', run_name='__main__')"
    )
    done = python(program, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"scripts.study\n"), done.stderr
