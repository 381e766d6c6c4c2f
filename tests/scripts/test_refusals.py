"""Wrong input to ``scripts.train``: exit code 2 and one sentence, before anything is compiled or written."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import jax
import pytest
import requests
import yaml

from scripts import train
from training.data import files


@pytest.fixture
def refuse(command, monkeypatch, tmp_path):
    """Calls the command, checks that it refused in one line and compiled nothing; returns the sentence."""

    def compiled(*_, **__):
        raise AssertionError("something was compiled")

    monkeypatch.setattr(jax.stages.Lowered, "compile", compiled)

    def call(*arguments: str, run_dir: Path | None = None) -> str:
        directory = run_dir or tmp_path / "refused"
        existed = directory.exists()
        result = command(train.main, *arguments, f"run_dir={directory}")
        assert result.code == 2, result.err
        assert directory.exists() == existed, "a refused run leaves no directory"
        assert result.out == ""
        assert result.error.startswith("error: ")
        assert "HYDRA_FULL_ERROR" not in result.err
        return result.error.removeprefix("error: ")

    return call


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("foo=1", "foo is not a setting; --help lists"),
        ("+foo=1", "foo is not a setting; the settings here are seed, run_dir"),
        ("trainer.foo=1", "trainer.foo is not a setting; --help lists"),
        ("+trainer.foo=1", "trainer.foo is not a setting; the settings here are trainer.steps"),
        ("++paradigm.foo=1", "paradigm.foo is not a setting; the settings here are paradigm.architecture"),
        ("paradigm=resnet", "paradigm=resnet is not one of custom, quantised, snn, transformer, vqc"),
        ("task=imagenet", "task=imagenet is not one of arrays, bars_and_stripes, braille, chain, cifar10, countdown"),
        ("tracking=[jsonl,comet]", "tracking=comet is not one of jsonl, progress, tensorboard, wandb; --help lists"),
        ("trainer.step=10", "trainer.step is not a setting; did you mean trainer.steps? --help lists the settings of"),
        ("steps=10", "steps is not a setting; did you mean trainer.steps? --help lists"),
        ("presets=quick", "presets is not a setting; did you mean preset? --help lists"),
        ("hydra.jbo=1", "hydra.jbo is not a setting; --help lists"),
        ("path=~/mine.npz", """meaning of their own: put the value into quotes, 'path="~/mine.npz"'"""),
        ("path=a=b.npz", """put the value into quotes, 'path="a=b.npz"'"""),
        ("+trainer.step=10", "trainer.step is not a setting; did you mean trainer.steps? The settings here are"),
        (
            "paradigm=sn",
            "paradigm=sn is not one of custom, quantised, snn, transformer, vqc; did you mean snn? --help lists",
        ),
        ("task=digit", "shakespeare, two_curves; did you mean digits? --help lists the choices"),
        ("tracking=[progres]", "wandb; did you mean progress? --help lists the choices"),
        ("gradient=revers", "gradient=revers is not one of reverse, spsa, forward; did you mean reverse?"),
        ("paradigm=null", "Config group override must be a string or a list"),
        ("paradigm.name=resnet", "paradigm=resnet is not one of quantised, snn, transformer, vqc, custom"),
        ("~paradigm", "paradigm=null is not one of"),
        ("~seed", "seed is missing"),
        ("gradient=exact", "gradient=exact is not one of reverse, spsa, forward"),
        ("allocator=jemalloc", "allocator=jemalloc is not one of auto, keep, shared, system"),
        ("trainer.steps=-1", "trainer.steps=-1 must be at least 1"),
        ("trainer.steps=many", "trainer.steps=many must be a whole number"),
        ("trainer.steps=1.5", "trainer.steps=1.5 must be a whole number"),
        ("trainer.steps=${unknown}", "trainer.steps: Interpolation key 'unknown' not found"),
        ("trainer=3", "trainer=3 must be a group of settings"),
        ("seed=[1", "no viable alternative at input '[1'"),
        ("seed=1,2", "To sweep over it, add --multirun"),
        ("resume=1", "resume=1 must be true or false, or restart"),
        ("optimizer.learning_rate=nan", "optimizer.learning_rate=nan must be a finite number"),
        ("optimizer.clip_norm=None", "optimizer.clip_norm=None must be a finite number (write null for none)"),
        ("paradigm.hidden=64", "paradigm.hidden=64 must be a list, for example paradigm.hidden=[1,2]"),
        ("paradigm.hidden=[64,x]", "paradigm.hidden[1]=x must be a whole number"),
        ("trainer.batch_size=100000", "batch size 100000 exceeds the 1260 training examples"),
        ("paradigm=vqc paradigm.qubits=60", "paradigm.qubits=60 with paradigm.layers=12 needs"),
        ("paradigm=vqc paradigm.qubits=2", "10 outputs exceed the 3 diagonal Pauli words"),
        (
            "paradigm=transformer paradigm.quantisation=w8",
            "paradigm.quantisation=w8 must be one of w8a8, w4a8, or null",
        ),
        (
            "paradigm=transformer paradigm.quantisation=w4a4",
            "paradigm.quantisation=w4a4 asks for activations of 4 bits",
        ),
        ("task=braille data_dir=nowhere", "braille_events.npz is missing and no host serves it"),
    ],
)
def test_wrong_input_is_refused_in_one_sentence(refuse, arguments, expected):
    assert expected in refuse(*arguments.split(" "))


def test_null_is_accepted_where_none_is_refused(refuse):
    # The next refusal, which comes after every value was converted, shows that null was taken.
    assert "batch size" in refuse("optimizer.clip_norm=null", "trainer.batch_size=100000")


@pytest.mark.parametrize(
    ("paradigm", "task", "expected"),
    [
        ("snn", "shakespeare", "cannot serve a language task; use paradigm=transformer"),
        ("vqc", "shakespeare", "use paradigm=transformer for text"),
        ("vqc", "braille", "not spike recordings of shape (256, 12)"),
    ],
)
def test_a_paradigm_that_cannot_serve_a_task_says_which_can(refuse, paradigm, task, expected):
    if not any(Path(os.environ["GRADIENT_COST_DATA"]).glob("*")):
        pytest.skip("GRADIENT_COST_DATA holds no data sets")
    assert expected in refuse(f"paradigm={paradigm}", f"task={task}")


def sparse(root: Path, wanted: list[files.DataFile], altered: int = 0) -> Path:
    """Files of the right size (the first ``altered`` bytes short) and of zeros."""
    for file in wanted:
        path = root / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as content:
            content.truncate(file.size - altered)
        altered = 0
    return root


def test_a_data_file_that_cannot_be_downloaded_is_named_with_the_ways_out(command, monkeypatch, tmp_path):
    def no_network(url: str, path: Path) -> None:
        raise requests.ConnectionError(f"a long text\nabout {url}")

    monkeypatch.setattr(files, "_fetch", no_network)
    result = command(train.main, "task=mnist", f"data_dir={tmp_path / 'empty'}", f"run_dir={tmp_path / 'run'}")
    assert result.code == 2
    for part in ("train-images-idx3-ubyte.gz is missing", "(ConnectionError)", "data_dir or GRADIENT_COST_DATA"):
        assert part in result.error
    assert not (tmp_path / "run").exists()


def test_a_corrupted_file_is_found_by_its_checksum(refuse, tmp_path):
    from training.data.sets.braille import FILES

    message = refuse("task=braille", f"data_dir={sparse(tmp_path / 'data', list(FILES))}")
    assert "braille_events.npz is damaged, since it has SHA-256" in message
    assert "delete it" in message


def test_a_truncated_idx_file_is_found_by_its_size(refuse, tmp_path):
    from training.data.sets.mnist import FILES

    message = refuse("task=mnist", f"data_dir={sparse(tmp_path / 'data', list(FILES), altered=1000)}")
    size = FILES[0].size
    assert f"train-images-idx3-ubyte.gz is damaged, since it has {size - 1000} bytes where {size}" in message


@pytest.mark.parametrize(
    ("name", "arguments", "setting"),
    [
        ("train", [], "run_dir"),
        ("train", ["resume=true"], "run_dir"),
        ("train", [], "data_dir"),
        ("compare", [], "run_dir"),
        ("compare", [], "data_dir"),
        ("study", ["study=barren_plateaus", "preset=quick"], "run_dir"),
        ("bench", ["suite=trainer_overhead"], "run_dir"),
        ("bench", ["suite=trainer_overhead"], "data_dir"),
        ("report", [], "run_dir"),
        ("report", [], "runs"),
        ("spikes", [], ""),
        ("gather", [], ""),
        ("gather", ["runs"], "run_dir"),
    ],
)
def test_an_address_is_refused_by_every_command(command, monkeypatch, tmp_path, name, arguments, setting):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    given = f"{setting}=gs://bucket/run" if setting else "gs://bucket/run"
    result = command(importlib.import_module(f"scripts.{name}").main, *arguments, given)
    assert result.code == 2
    assert "gs://bucket/run is an address" in result.error
    assert list(here.iterdir()) == []


def test_a_run_directory_is_never_mixed_up_with_another_run(refuse, composed, tmp_path):
    directory = tmp_path / "used"
    directory.mkdir()
    recorded = yaml.safe_dump(composed("seed=5").plain() | {"run_dir": str(directory)})
    (directory / "config.yaml").write_text(recorded)
    assert "already holds a run; resume=true continues it" in refuse("seed=5", run_dir=directory)
    message = refuse("seed=6", "resume=true", run_dir=directory)
    assert "holds a run of another configuration (seed was 5 and is now 6)" in message
    assert (directory / "config.yaml").read_text() == recorded
    assert [path.name for path in directory.iterdir()] == ["config.yaml"]


def test_a_damaged_configuration_and_a_directory_in_use_are_refused_and_left_alone(refuse, tmp_path):
    directory = tmp_path / "used"
    directory.mkdir()
    (directory / "config.yaml").write_text("seed: [1")
    assert f"{directory / 'config.yaml'} cannot be read" in refuse("resume=true", run_dir=directory)
    (directory / "lock.json").write_text('{"host": "elsewhere", "process": 7, "started": null}')
    assert "is in use by process 7 on elsewhere" in refuse("resume=restart", run_dir=directory)
    assert {path.name for path in directory.iterdir()} == {"config.yaml", "lock.json"}


def test_a_run_directory_that_cannot_be_written_is_refused(refuse, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert "cannot be written (Not a directory); choose another" in refuse(run_dir=tmp_path / "file" / "run")
    assert "cannot be written (File exists); choose another" in refuse(run_dir=tmp_path / "file")
