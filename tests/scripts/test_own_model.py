"""A model of the user's own from the command line, trained and compared."""

import json

import pytest
import yaml

from scripts import compare, train

BARE = ("probes.every=0", "probes.timing_repeats=0", "trainer.steps=4", "trainer.batch_size=16", "tracking=[progress]")
SOURCE = """
from flax import nnx


class Network(nnx.Module):
    def __init__(self, spec, rngs):
        self.layer = nnx.Linear(64, spec.outputs, rngs=rngs)

    def __call__(self, images):
        return self.layer(images.reshape(len(images), -1))


class Narrow(nnx.Module):
    def __init__(self, rngs):
        self.layer = nnx.Linear(64, 3, rngs=rngs)

    def __call__(self, images):
        return self.layer(images.reshape(len(images), -1))
"""


@pytest.fixture
def module(tmp_path):
    """The name of a module in the working directory; each test has its own, since Python imports a name once."""
    name = f"mine_{abs(hash(tmp_path))}"
    (tmp_path / f"{name}.py").write_text(SOURCE)
    return name


def test_a_model_trains_is_recorded_and_goes_on(command, module, tmp_path):
    given = (*BARE, "paradigm=custom", f"model={module}:Network", "run_dir=here")
    found = command(train.main, *given)
    assert found.code == 0, found.err
    assert "Network on digits: 650 parameters" in found.out
    recorded = yaml.safe_load((tmp_path / "here" / "config.yaml").read_text())["paradigm"]
    assert (recorded["name"], recorded["model"]) == ("custom", f"{module}:Network")
    longer = command(train.main, *given, "trainer.steps=6", "resume=true")
    assert longer.code == 0, longer.err


def test_a_model_is_compared_with_the_paradigms(command, module, tmp_path):
    found = command(
        compare.main, *BARE, "paradigms=[custom,snn]", f"model={module}:Network", "learning_rates=[]", "run_dir=here",
        "default_size=false",
    )  # fmt: skip
    assert found.code == 0, found.err
    rows = {row["paradigm"]: row for row in json.loads((tmp_path / "here" / "table.json").read_text())}
    assert set(rows) == {"custom", "snn"}
    assert abs(rows["snn"]["parameters"] - 650) <= 0.05 * 650


@pytest.mark.parametrize(
    ("main", "arguments", "sentence"),
    [
        (train.main, ("paradigm=custom",), "say where it is, as in model=my_module:build"),
        (train.main, ("paradigm=custom", "model=mine"), "model=mine must be MODULE:NAME"),
        (train.main, ("paradigm=custom", "model=nowhere:build"), "there is no module nowhere"),
        (train.main, ("model=mine:build",), "model=mine:build is a model of your own, and snn has its own: add parad"),
        (compare.main, ("model=mine:build",), "add custom, as in paradigms=[custom,vqc,snn,transformer]"),
        (compare.main, ("paradigms=[custom]",), "say where it is, as in model=my_module:build"),
    ],
)
def test_what_does_not_do_is_refused(main, arguments, sentence, command, tmp_path):
    refused = command(main, *BARE, *arguments, "run_dir=here")
    assert refused.code == 2
    assert sentence in refused.error
    assert not (tmp_path / "here" / "config.yaml").exists()


def test_a_model_with_other_outputs_than_the_task_has_is_refused(command, module):
    refused = command(train.main, *BARE, "paradigm=custom", f"model={module}:Narrow", "run_dir=here")
    assert refused.code == 2
    assert "give the model 10 outputs" in refused.error


def test_a_model_of_one_size_stands_first(command, module):
    refused = command(
        compare.main, *BARE, "paradigms=[snn,custom]", f"model={module}:Network", "learning_rates=[]", "run_dir=here"
    )
    assert refused.code == 2
    assert "list another paradigm first" in refused.error
