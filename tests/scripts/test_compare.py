"""``python -m scripts.compare`` takes what its YAML says, and refuses the rest in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from eval.compare import CompareConfig
from paradigms import snn, transformer, vqc
from scripts.compare import Places, read_settings
from scripts.running.command import CONF
from training.config import TrainerConfig
from training.errors import BadInput

ROOT = Path(__file__).parents[2]


def composed(*overrides):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        values = dict(OmegaConf.to_container(compose("compare", overrides=list(overrides)), resolve=True))
    assert values.pop("allocator") == "keep"  # the process's, which the command has chosen before
    return values


def test_the_defaults_are_those_of_the_dataclasses():
    config, places = read_settings(composed())
    assert places == Places()
    assert [each.config for each in config.contenders] == [vqc.Config(), snn.Config(), transformer.Config()]
    default = CompareConfig(config.contenders, tracking=("jsonl", "progress"), trainer=TrainerConfig(eval_every=100))
    assert config == default


def test_each_paradigm_is_set_under_its_name():
    config, places = read_settings(
        composed("paradigms=[snn,vqc]", "vqc.paradigm.layers=3", "snn.optimizer.learning_rate=0.5", "run_dir=here")
    )
    spiking, circuit = config.contenders
    assert (spiking.name, spiking.learning_rate) == ("snn", 0.5)
    assert circuit.config == vqc.Config(layers=3)
    assert places.run_dir == "here"


def test_presets_set_the_length():
    config, _ = read_settings(composed("preset=quick"))
    assert config.trainer.steps == 200


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("paradigms=[gnn]", r"paradigms=\['gnn'\] must be a list of some of quantised, snn, transformer, vqc"),
        ("paradigms=snn", "must be a list of some of"),
        ("paradigms=[]", "must list at least one paradigm"),
        ("trainer.steps=-1", "trainer.steps=-1 must be at least 1"),
        ("learning_rates=[fast]", r"learning_rates\[0\]=fast must be a finite number"),
        ("resume=perhaps", "resume=perhaps must be true or false"),
        ("snn.paradigm.time_steps=0", "paradigm.time_steps=0 must be at least 1"),
        ("+typo=1", "typo is not a setting"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(override, sentence):
    with pytest.raises(ValueError, match=sentence) as refusal:
        read_settings(composed(override))
    assert isinstance(refusal.value, BadInput) or override.startswith("snn.")


def test_the_command_exits_with_2_and_one_line(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "scripts.compare", "task=digits", "trainer.batch_size=0", f"run_dir={tmp_path / 'run'}"],
        cwd=ROOT,
        env=os.environ | {"GRADIENT_COST_TRACEBACK": "0"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 2
    assert run.stderr.splitlines() == ["error: trainer.batch_size=0 must be at least 1"]
    assert not (tmp_path / "run").exists()
