"""Where there is no room, a run says so in one sentence with the path, loses nothing it had, and is resumed."""

import errno
import io
import json
import os
from pathlib import Path

import pytest
from toy_runs import assert_same_bits, params_of, rows_of, settings
from toys import Perceptron, blobs

import training.trainer
from training.config import ProbesConfig
from training.errors import BadInput, NotWritten
from training.run.checkpoint import Checkpoints
from training.run.lock import LOCK
from training.tracking import build_trackers
from training.trainer import Trainer

MODEL = Perceptron(hidden=2000)
"""Its checkpoints are larger than everything else that a run writes."""
PROBES = ProbesConfig(every=0, timing_repeats=0)
FULL = os.strerror(errno.ENOSPC)


@pytest.fixture(scope="module")
def compiled():
    return Trainer(MODEL, blobs(), settings(probes=PROBES))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, compiled):
    run_dir = tmp_path_factory.mktemp("whole") / "run"
    compiled.run(run_dir)
    return run_dir


class Full(io.FileIO):
    """A file on a full disk: a part of what is written still fits."""

    def write(self, content):
        super().write(bytes(content)[:5])
        raise OSError(errno.ENOSPC, FULL)


def fill_at(patched, name, opening):
    """From the ``opening``-th opening of a file of this name for writing on, there is no room for it."""
    path_open, openings = Path.open, iter(range(1, 1000))

    def opened(path, mode="r", *arguments, **options):
        if path.name in (name, f"{name}.partial") and mode in ("wb", "ab") and next(openings) >= opening:
            return Full(path, mode)
        return path_open(path, mode, *arguments, **options)

    patched.setattr(Path, "open", opened)


class Told:
    """A tracker that keeps how it ended."""

    def __init__(self):
        self.status = None

    def start(self, run):
        pass

    log = advance = flush = lambda self, *_: None

    def finish(self, status, summary):
        self.status = status


@pytest.fixture
def told(monkeypatch):
    tracker = Told()
    monkeypatch.setattr(training.trainer, "build_trackers", lambda names: [*build_trackers(names), tracker])
    return tracker


@pytest.mark.parametrize(
    ("name", "opening", "status"),
    [("metrics.jsonl", 1, "failed"), ("summary.json", 2, "running"), ("curves.png", 1, "failed")],
)
def test_a_file_that_finds_no_room_is_named_and_the_run_resumed(
    tmp_path, whole, compiled, monkeypatch, told, name, opening, status
):
    run_dir = tmp_path / "run"
    with monkeypatch.context() as patched:
        fill_at(patched, name, opening)
        with pytest.raises(NotWritten) as full:
            compiled.run(run_dir)
    sentence = str(full.value)
    assert sentence.startswith(f"{run_dir / name} could not be written ({FULL}); ")
    assert "\n" not in sentence
    summary = json.loads((run_dir / "summary.json").read_text())
    assert summary["status"] == status
    assert summary.get("error", sentence) == sentence
    assert told.status == "failed"
    assert not list(run_dir.rglob("*.partial"))
    assert not (run_dir / LOCK).exists()
    check_resumed(compiled, run_dir, whole)


def test_a_configuration_that_finds_no_room_is_refused_and_nothing_begun(tmp_path, compiled, monkeypatch):
    with monkeypatch.context() as patched:
        fill_at(patched, "config.yaml", 1)
        with pytest.raises(BadInput, match=rf"run_dir={tmp_path} cannot be written \({FULL}\)"):
            compiled.run(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_that_finds_no_room_leaves_the_one_before_whole(
    tmp_path, whole, compiled, monkeypatch, told, capfd
):
    resource = pytest.importorskip("resource", reason="limits the size of a file")
    run_dir, save = tmp_path / "run", Checkpoints.save
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limited(checkpoints, step, *arguments):
        if step == 8:
            checkpoints.wait()
            resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
        save(checkpoints, step, *arguments)

    monkeypatch.setattr(Checkpoints, "save", limited)
    capfd.readouterr()
    try:
        with pytest.raises(NotWritten) as full:
            compiled.run(run_dir)
        printed = capfd.readouterr()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        monkeypatch.setattr(Checkpoints, "save", save)
    sentence = str(full.value)
    assert sentence.startswith(f"{run_dir / 'checkpoints'} could not be written ({os.strerror(errno.EFBIG)}); ")
    assert (printed.out, printed.err) == ("", "")
    summary = json.loads((run_dir / "summary.json").read_text())
    assert (summary["status"], summary["error"], told.status) == ("failed", sentence, "failed")
    assert [path.name for path in (run_dir / "checkpoints").iterdir()] == ["4"]
    check_resumed(compiled, run_dir, whole)


def check_resumed(compiled, run_dir, whole):
    assert compiled.run(run_dir, resume=True)["status"] == "completed"
    assert rows_of(run_dir) == rows_of(whole)
    left, right = (params_of(directory, MODEL, probes=PROBES) for directory in (run_dir, whole))
    assert_same_bits(left, right)
