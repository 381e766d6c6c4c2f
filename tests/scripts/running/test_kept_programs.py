"""Commands keep what they compile, for themselves alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.running import kept_programs, study_shards
from scripts.running.kept_programs import keep_compiled_programs
from scripts.study import study

ROOT = Path(__file__).parents[3]
RUN = [
    "paradigm=transformer", "paradigm.width=8", "paradigm.layers=1", "paradigm.heads=2", "trainer.steps=2",
    "trainer.batch_size=8", "tracking=[jsonl]", "probes.every=0", "probes.timing_repeats=0",
]  # fmt: skip


def train(home: Path, name: str, **environment: str) -> dict:
    own = {key: value for key, value in os.environ.items() if not key.startswith("JAX_")}
    own |= {"HOME": str(home), "JAX_PLATFORMS": "cpu", **environment}
    own.setdefault("GRADIENT_COST_DATA", str(Path("~/.cache/gradient-cost").expanduser()))
    arguments = [sys.executable, "-m", "scripts.train", *RUN, f"run_dir={home / name}"]
    subprocess.run(arguments, cwd=ROOT, env=own, check=True, capture_output=True, timeout=240)
    return json.loads((home / name / "summary.json").read_text())


def test_the_second_run_reads_what_the_first_has_compiled(tmp_path):
    first, second = train(tmp_path, "first"), train(tmp_path, "second")
    (folder,) = (tmp_path / ".cache/gradient-cost/compiled").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.glob("jit_step-*"))
    assert first["metrics"]["time/compile_seconds"] > 0.2
    assert "an earlier run" in second["unavailable"]["time/compile_seconds"]
    assert first["metrics"]["test/loss"] == second["metrics"]["test/loss"]
    anew = train(tmp_path, "anew", JAX_ENABLE_COMPILATION_CACHE="0")
    assert anew["metrics"]["time/compile_seconds"] > 0.2


@pytest.fixture
def told(tmp_path, monkeypatch):
    """What JAX is told, where it was told nothing before."""
    import jax

    class Config:
        jax_compilation_cache_dir = None
        jax_enable_compilation_cache = True

        def __init__(self):
            self.told = {}

        def update(self, name, value):
            self.told[name] = value

    config = Config()
    monkeypatch.setattr(jax, "config", config)
    monkeypatch.setattr(kept_programs, "DIRECTORY", str(tmp_path / "compiled"))
    return config


def test_it_is_bounded(told, tmp_path):
    keep_compiled_programs()
    assert Path(told.told["jax_compilation_cache_dir"]).parent == tmp_path / "compiled"
    assert told.told["jax_compilation_cache_max_size"] == 2**30


@pytest.mark.parametrize(
    ("name", "value"), [("jax_compilation_cache_dir", "/elsewhere"), ("jax_enable_compilation_cache", False)]
)
def test_what_the_user_told_jax_stands(told, name, value):
    setattr(type(told), name, value)
    keep_compiled_programs()
    assert told.told == {}


def test_a_folder_that_others_may_write_to_is_not_used(told, tmp_path):
    keep_compiled_programs()
    (folder,) = (tmp_path / "compiled").iterdir()
    told.told.clear()
    folder.chmod(0o777)
    keep_compiled_programs()
    assert told.told == {}


def test_without_a_place_to_keep_them_commands_go_on(told, tmp_path):
    (tmp_path / "compiled").write_text("a file")
    keep_compiled_programs()
    assert told.told == {}


def test_nor_does_a_user_without_a_home_stop_them(told, monkeypatch):
    monkeypatch.setattr(kept_programs, "DIRECTORY", "~no-such-user/compiled")
    keep_compiled_programs()
    assert told.told == {}


@pytest.mark.parametrize(("name", "kept"), [("inference", True), ("bandwidth", False)])
def test_a_study_whose_numbers_are_of_no_compiling_keeps_what_it_compiles(tmp_path, monkeypatch, name, kept):
    asked = []
    monkeypatch.setattr(kept_programs, "keep_compiled_programs", lambda: asked.append(name))
    monkeypatch.setattr(study_shards, "run_whole", lambda asked: None)
    study({"study": name, "settings": {}, "seed": 0, "run_dir": str(tmp_path / "run"), "resume": False})
    assert bool(asked) == kept
