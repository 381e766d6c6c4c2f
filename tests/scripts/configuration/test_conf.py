"""The YAML under ``scripts/conf`` and the dataclasses it fills say the same."""

from __future__ import annotations

import importlib
from dataclasses import fields, replace
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from scripts.configuration.conversion import convert
from scripts.configuration.run_config import PARADIGMS, read_config
from scripts.running.command import CONF
from training.config import DistributedConfig, MeshConfig, OptimizerConfig, ProbesConfig, TrainerConfig
from training.tasks import TASKS, TaskConfig
from training.tracking import KNOWN, OPTIONS


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (Path(CONF) / group).glob("*.yaml"))


def loaded(group: str, choice: str) -> dict:
    return yaml.safe_load((Path(CONF) / group / f"{choice}.yaml").read_text())


def test_the_defaults_of_the_command_are_those_of_the_dataclasses(composed):
    config = composed()
    assert config.trainer == TrainerConfig()
    assert config.probes == ProbesConfig()
    assert config.mesh == MeshConfig()
    assert config.distributed == DistributedConfig()
    assert config.task == TaskConfig()
    assert replace(config.optimizer, learning_rate=1e-3) == OptimizerConfig(learning_rate=1e-3)


def test_the_yaml_shows_every_setting():
    raw = yaml.safe_load((Path(CONF) / "train.yaml").read_text())
    for name, config in (
        ("trainer", TrainerConfig),
        ("probes", ProbesConfig),
        ("mesh", MeshConfig),
        ("distributed", DistributedConfig),
    ):
        assert list(raw[name]) == [field.name for field in fields(config)]
    for choice in choices("optimizer"):
        assert list(loaded("optimizer", choice)) == [field.name for field in fields(OptimizerConfig)]


def test_adamw_is_the_default_optimizer_and_sgd_differs_in_its_rate_only():
    assert convert(_numbers(loaded("optimizer", "adamw")), OptimizerConfig) == OptimizerConfig()
    sgd = convert(_numbers(loaded("optimizer", "sgd")), OptimizerConfig)
    assert sgd == OptimizerConfig(name="sgd", learning_rate=sgd.learning_rate)


def _numbers(values: dict) -> dict:
    """As Hydra reads them: PyYAML takes 1e-3, without a dot, for a text."""
    return OmegaConf.to_container(OmegaConf.create(yaml.dump(values).replace("'", "")))


@pytest.mark.parametrize("name", sorted(PARADIGMS))
def test_a_paradigm_s_yaml_shows_every_setting_with_its_default(name):
    settings = loaded("paradigm", name)["paradigm"]
    if settings.get("model") == "${model}":  # taken up from the setting of the command, whose default is null
        settings["model"] = None
    config = importlib.import_module(PARADIGMS[name]).Config
    assert settings.pop("name") == name
    assert list(settings) == [field.name for field in fields(config)]
    assert convert(settings, config) == config()


def test_there_is_a_choice_for_everything():
    assert choices("paradigm") == sorted(PARADIGMS)
    assert choices("task") == sorted(TASKS)
    assert choices("tracking") == sorted(KNOWN)
    for choice in choices("tracking"):
        assert tuple(loaded("tracking", choice)[choice]) == OPTIONS[choice]


@pytest.mark.parametrize("preset", choices("preset"))
def test_every_two_choices_are_a_valid_configuration(composed, preset):
    for place, paradigm in enumerate(choices("paradigm")):
        rates = set()
        for number, task in enumerate(choices("task")):
            # Each optimiser beside each task, and beside each paradigm.
            optimizers = choices("optimizer")
            optimizer = optimizers[(place + number) % len(optimizers)]
            config = composed(f"preset={preset}", f"optimizer={optimizer}", f"paradigm={paradigm}", f"task={task}")
            assert (config.paradigm.name, config.task.name, config.optimizer.name) == (paradigm, task, optimizer)
            rates.add(config.optimizer.learning_rate)
        assert rates == {float(loaded("paradigm", paradigm)["optimizer"]["learning_rate"])}


def test_a_preset_does_not_beat_what_was_said_on_the_command_line(composed):
    assert composed("preset=quick").trainer.steps == 200
    assert composed("preset=quick", "trainer.steps=7").trainer.steps == 7
    assert composed("trainer.steps=7", "preset=quick").trainer.steps == 7


def test_the_default_learning_rate_is_the_paradigm_s_own(composed):
    assert composed("paradigm=vqc").optimizer.learning_rate == 0.05
    assert composed("paradigm=vqc", "optimizer.learning_rate=0.1").optimizer.learning_rate == 0.1


def test_no_tracker_leaves_the_record_alone(composed):
    assert composed("tracking=[]").tracking == {}
    assert composed("tracking=[wandb]", "tracking.wandb.project=mine").tracking["wandb"]["project"] == "mine"


@pytest.mark.parametrize("paradigm", sorted(PARADIGMS))
def test_what_is_recorded_reads_back_as_the_same_configuration(composed, paradigm):
    config = composed(f"paradigm={paradigm}")
    recorded = yaml.safe_load(yaml.safe_dump(config.plain()))
    assert read_config(recorded) == config
