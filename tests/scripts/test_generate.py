"""What a trained language model writes, from the command line."""

from __future__ import annotations

import functools

import pytest

from scripts import generate, train
from training import tasks
from training.data.puzzles import countdown

PROMPT = "prompt=BOS 3 7 2 PAD PAD ARROW 23 ARROW"
TINY = ("paradigm=transformer", "paradigm.width=8", "paradigm.heads=2", "paradigm.layers=1", "trainer.steps=1")
QUIET = (
    "trainer.batch_size=8",
    "trainer.eval_every=0",
    "probes.every=0",
    "probes.timing_repeats=0",
    "tracking=[jsonl]",
)
LOAD = functools.cache(tasks.load_task)


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch):
    """A command is a process of its own, and draws its puzzles anew; here all commands share one draw."""
    monkeypatch.setattr(tasks, "load_task", LOAD)


@pytest.fixture
def run_dir(command, tmp_path):
    assert command(train.main, "task=countdown", *TINY, *QUIET, f"run_dir={tmp_path}/run").code == 0
    return "run_dir=run"  # as one writes it, from the working directory


def test_a_language_model_writes_after_a_prompt(command, run_dir):
    greedy = command(generate.main, run_dir, PROMPT, "temperature=0", "most=6")
    assert greedy.code == 0
    assert 1 <= len(countdown.vocabulary.encode(greedy.out.strip())) <= 6
    assert command(generate.main, run_dir, PROMPT, "temperature=0.0", "most=6", "seed=5").out == greedy.out
    several = command(generate.main, run_dir, PROMPT, "samples=3", "most=6")
    assert len(several.out.splitlines()) == 3
    assert command(generate.main, run_dir, PROMPT, "samples=3", "most=6", "seed=1").out != several.out
    long = command(generate.main, run_dir, PROMPT, "most=30", "samples=20")
    assert long.out.splitlines()[-1].startswith("note: the model was trained on 21 tokens at a time")
    for settings, sentence in (
        ([run_dir, "prompt=BOS three"], "'three' is not in the vocabulary, which is: PAD BOS END"),
        ([run_dir, "prompt="], "prompt= is empty"),
        ([run_dir, PROMPT, "samples=two"], "samples=two must be a number"),
        ([run_dir, PROMPT, "top_k=2"], "top_k"),
        ([run_dir, PROMPT, "samples=2", "temperature=0"], "samples=2 at temperature=0 would all be the same"),
    ):
        refused = command(generate.main, *settings)
        assert refused.code == 2
        assert sentence in refused.error


def test_what_writes_nothing_is_refused(command, tmp_path):
    assert command(train.main, *TINY, *QUIET, f"run_dir={tmp_path}/digits").code == 0
    for settings, sentence in (
        ([f"run_dir={tmp_path}/digits", "prompt=3"], "was trained on task=digits, which is no language"),
        ([f"run_dir={tmp_path}/none", "prompt=3"], "holds no run"),
        (["prompt=3"], "run_dir is missing: write run_dir=DIR prompt=TEXT"),
        (["run_dir=x"], "prompt is missing"),
        (["model=x.gguf"], "prompt is missing"),
        (["model=x.gguf", "run_dir=x", "prompt=3"], "run_dir=x and model=x.gguf are two models: choose one of them"),
        ([f"model={tmp_path}/none.gguf", "prompt=3"], "none.gguf"),
        (["runs/mine"], "runs/mine is no setting"),
    ):
        refused = command(generate.main, *settings)
        assert refused.code == 2
        assert sentence in refused.error
    assert command(generate.main, "--help").out.startswith("usage: python -m scripts.generate")
