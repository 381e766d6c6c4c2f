"""Whenever a signal comes, the run ends as preempted, and resumed it ends where an uninterrupted one does."""

import json
import shutil
import signal
import threading

import pytest
from toy_runs import assert_same_bits, rows_of, settings
from toys import Perceptron, blobs

import training.programs
import training.run.run_directory
import training.trainer
from training.config import ProbesConfig
from training.errors import Interrupted
from training.run import signals
from training.run.checkpoint import Checkpoints
from training.run.lock import LOCK
from training.run.signals import stop_on_signal
from training.tracking.jsonl import JsonlTracker
from training.trainer import Trainer

MODEL = Perceptron(noise=0.1)


@pytest.fixture(scope="module")
def compiled():
    """One trainer for all, so that everything is compiled once."""
    trainer = Trainer(MODEL, blobs(), settings(probes=ProbesConfig(every=5, timing_repeats=0)))
    trainer.programs.__dict__["measure_gradient"] = cache(trainer.programs)
    return trainer


def cache(programs):
    measure, measured = programs.measure_gradient, []

    def once(state, batch):
        measured[:] = measured or [measure(state, batch)]
        return measured[0]

    return once


@pytest.fixture(scope="module")
def whole(tmp_path_factory, compiled):
    run_dir = tmp_path_factory.mktemp("whole") / "run"
    return run_dir, compiled.run(run_dir)


def check_resumed(compiled, run_dir, whole):
    """Resume the run, and see that it ends as the whole one did."""
    whole_dir, expected = whole
    summary = compiled.run(run_dir, resume=True)
    assert summary["status"] == "completed"
    assert_same_bits(last_state(compiled, run_dir), last_state(compiled, whole_dir))
    assert rows_of(run_dir) == rows_of(whole_dir)
    assert summary["unavailable"] == expected["unavailable"]
    assert summary["best"] == expected["best"]


def last_state(compiled, run_dir):
    like, shardings = compiled.programs.state, compiled.programs.state_shardings
    restored, _ = Checkpoints(run_dir / "checkpoints", 3).restore_latest(like, shardings)
    assert restored is not None
    assert int(restored[0].step) == 12
    return restored[0]


def on_call(number, function):
    """The function, with a signal when it is called for the ``number``-th time, before it does anything."""
    calls = iter(range(1, 1_000_000))
    # The tests may run in a process that nohup started.
    heard = [one for one in signals.SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    chosen = heard[number % len(heard)]

    def call(*args, **kwargs):
        if next(calls) == number:
            signal.raise_signal(chosen)
        return function(*args, **kwargs)

    return call


def patch(owner, name, number):
    return lambda patched, programs: patched.setattr(owner, name, on_call(number, getattr(owner, name)))


def patch_program(name, number):
    return lambda patched, programs: patched.setitem(programs.__dict__, name, on_call(number, getattr(programs, name)))


MOMENTS = {
    "opening the directory": (patch(training.trainer, "open_run_directory", 1), None),
    "writing the configuration": (
        patch(training.run.run_directory.RunDirectory, "begin", 1),
        "before its first update",
    ),
    "compiling": (patch(training.programs.Programs, "compile", 1), "before its first update"),
    "evaluating before the first update": (patch_program("evaluate", 2), "before its first update"),
    "pricing the gradient": (patch_program("measure_gradient", 1), "before its first update"),
    "a step": (patch_program("step", 4), "at step 4 of 12 and saved"),
    "a step before an evaluation": (patch_program("step", 6), "at step 6 of 12 and saved"),
    "a step before a save": (patch_program("step", 8), "at step 8 of 12 and saved"),
    "a step before a probe": (patch_program("step", 10), "at step 10 of 12 and saved"),
    "the last step": (patch_program("step", 12), "at step 12 of 12 and saved"),
    "a probe": (patch_program("probe", 2), "at step 5 of 12 and saved"),
    "evaluating": (patch_program("evaluate", 6), "at step 6 of 12 and saved"),
    "evaluating at the end": (patch_program("evaluate", 10), "at step 12 of 12 and saved"),
    "writing a row": (patch(JsonlTracker, "log", 2), r"at step \d of 12 and saved"),
    "making rows durable": (patch(JsonlTracker, "flush", 1), "at step 5 of 12 and saved"),
    "saving": (patch(Checkpoints, "save", 1), "at step 5 of 12 and saved"),
}  # fmt: skip
"""The moment of a signal, and what is said of it; ``None`` where nothing was written."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_at_any_moment_is_resumed_to_the_same_bits(tmp_path, whole, compiled, monkeypatch, moment):
    apply, said = MOMENTS[moment]
    run_dir = tmp_path / "run"
    handler = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patched:
        apply(patched, compiled.programs)
        with pytest.raises(Interrupted, match=said or "stopped"):
            compiled.run(run_dir, resume=True)
    assert signal.getsignal(signal.SIGTERM) is handler
    assert not (run_dir / LOCK).exists()
    if said is not None:
        summary = json.loads((run_dir / "summary.json").read_text())
        assert summary["status"] == "preempted"
        assert "resume=true continues" in summary["error"]
    check_resumed(compiled, run_dir, whole)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, compiled):
    """A run that was stopped in the evaluation at step 6, so that its row there is half done."""
    run_dir = tmp_path_factory.mktemp("stopped") / "run"
    with pytest.MonkeyPatch.context() as patched:
        patch_program("evaluate", 6)(patched, compiled.programs)
        with pytest.raises(Interrupted):
            compiled.run(run_dir)
    return run_dir


AGAIN = {
    "restoring": (patch(Checkpoints, "restore_latest", 1), "stopped while its checkpoint was read"),
    "compiling": (patch(training.programs.Programs, "compile", 1), "before its first update"),
    "evaluating what was left": (patch_program("evaluate", 2), "at step 6 of 12 and saved"),
    "the first step": (patch_program("step", 1), "at step 7 of 12 and saved"),
}  # fmt: skip


@pytest.mark.parametrize(("moment", "left"), [*((moment, "preempted") for moment in AGAIN), ("restoring", "running")])
def test_a_signal_while_a_run_is_resumed_leaves_it_as_good(
    tmp_path, whole, stopped, compiled, monkeypatch, moment, left
):
    apply, said = AGAIN[moment]
    run_dir = tmp_path / "run"
    shutil.copytree(stopped, run_dir)
    summary = json.loads((run_dir / "summary.json").read_text())
    (run_dir / "summary.json").write_text(json.dumps(summary | {"status": left}))
    with monkeypatch.context() as patched:
        apply(patched, compiled.programs)
        with pytest.raises(Interrupted, match=said):
            compiled.run(run_dir, resume=True)
    assert json.loads((run_dir / "summary.json").read_text())["status"] == "preempted"
    check_resumed(compiled, run_dir, whole)


def test_a_second_signal_ends_a_run_at_once_and_it_goes_on_from_its_last_checkpoint(
    tmp_path, whole, compiled, monkeypatch
):
    run_dir = tmp_path / "run"
    monkeypatch.setattr(signals, "INSISTING_SECONDS", 0.0)
    evaluate = compiled.programs.evaluate

    def insist(state, batch):
        if int(state.step) == 6:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        return evaluate(state, batch)

    with monkeypatch.context() as patched:
        patched.setitem(compiled.programs.__dict__, "evaluate", insist)
        with pytest.raises(Interrupted, match="stopped at once by a second signal"):
            compiled.run(run_dir)
    assert json.loads((run_dir / "summary.json").read_text())["status"] == "preempted"
    assert [path.name for path in (run_dir / "checkpoints").iterdir()] == ["4"]
    check_resumed(compiled, run_dir, whole)


def test_two_signals_in_quick_succession_are_one():
    with stop_on_signal() as stop:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
        assert stop()


@pytest.mark.skipif(signals.HANG_UP is None, reason="there are no terminals that hang up")
@pytest.mark.parametrize("ignored", [False, True])
def test_a_terminal_that_is_closed_stops_what_nohup_does_not_protect(ignored):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        with stop_on_signal() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert stop() != ignored
        assert signal.getsignal(signal.SIGHUP) is (signal.SIG_IGN if ignored else signal.SIG_DFL)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_is_shielded_is_never_cut_off(monkeypatch):
    monkeypatch.setattr(signals, "INSISTING_SECONDS", 0.0)
    with stop_on_signal() as stop, stop.at_once(), stop.shielded():
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
    assert stop()


def test_what_may_end_at_once_does_and_is_not_begun_after_a_signal():
    with stop_on_signal() as stop:
        with pytest.raises(KeyboardInterrupt), stop.at_once():
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), stop.at_once():
            pytest.fail("begun")
        with pytest.raises(Interrupted, match="in a sentence"):
            stop.check("in a sentence")


def test_what_a_library_makes_of_an_interrupt_is_one():
    def library():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise ImportError("an extension could not be initialised") from error

    with stop_on_signal() as stop, pytest.raises(KeyboardInterrupt), stop.at_once():
        library()
    with stop_on_signal() as stop, pytest.raises(ImportError), stop.at_once():
        raise ImportError("no signal came before")


def test_a_block_inside_another_shares_its_requests():
    with stop_on_signal() as outer:
        with stop_on_signal() as inner:
            assert inner is outer
            signal.raise_signal(signal.SIGTERM)
        assert outer()
    with stop_on_signal() as later:
        assert not later()


def test_outside_the_main_thread_there_are_no_requests():
    found = []

    def work():
        with stop_on_signal() as stop:
            found.append(stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False]
