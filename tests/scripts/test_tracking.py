"""The options of trackers, from the command line to the library."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from training.errors import BadInput
from training.tracking import RunInfo, build_trackers
from training.tracking import weights_and_biases as module
from training.tracking.wandb_mode import Mode


@pytest.fixture
def arguments(monkeypatch, tmp_path):
    """What wandb.init is called with, for these options of the tracker and this environment."""

    def call(options: dict[str, str | None], **environ: str) -> dict:
        for name in ("WANDB_PROJECT", "WANDB_RUN_GROUP", "WANDB_SWEEP_ID", "WANDB_ENTITY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        given: dict = {}

        def init(**keywords: object) -> SimpleNamespace:
            given.update(keywords)
            return SimpleNamespace(id="x", settings=SimpleNamespace(sync_dir="y"), url="z", finish=lambda **_: None)

        monkeypatch.setitem(sys.modules, "wandb", SimpleNamespace(init=init, Settings=dict))
        monkeypatch.setattr(module, "choose_mode", lambda _: Mode("offline", "it is a test"))
        _, tracker = build_trackers({"wandb": options})
        tracker.start(RunInfo(Path(tmp_path), {}, 9, 0, 4, name="a name", group="the run's"))
        return {name: given[name] for name in ("project", "entity", "group")}

    return call


def test_what_is_asked_for_beats_the_environment_which_beats_the_default(arguments):
    asked = {"project": "mine", "entity": "us", "group": "together"}
    environ = {"WANDB_PROJECT": "theirs", "WANDB_RUN_GROUP": "others"}
    assert arguments(asked, **environ) == asked
    # None: wandb reads the environment itself.
    assert arguments({}, **environ) == {"project": None, "entity": None, "group": None}
    nothing = {"project": None, "entity": None, "group": None}
    assert arguments(nothing) == {"project": "gradient-cost", "entity": None, "group": "the run's"}


def test_in_a_sweep_the_agent_has_chosen_the_project(arguments):
    chosen = arguments({"project": "mine", "entity": "us", "group": "together"}, WANDB_SWEEP_ID="s")
    assert chosen == {"project": None, "entity": None, "group": "together"}


@pytest.mark.parametrize(
    ("tracking", "message"),
    [
        ({"wandb": {"job": "x"}}, "tracking.wandb.job is no option; those of wandb are project, entity, group"),
        ({"jsonl": {"path": "x"}}, "tracking.jsonl.path is no option; jsonl has none"),
        ({"wandb": {"project": 3}}, "tracking.wandb.project=3 must be a text, or null for the default"),
        ({"wandb": "mine"}, "tracking.wandb=mine must be a group of options"),
        ({"comet": {}}, "tracking=comet is unknown; choose among jsonl, progress, wandb, tensorboard"),
    ],
)
def test_an_unknown_option_is_refused_in_one_sentence(tracking, message):
    with pytest.raises(BadInput) as caught:
        build_trackers(tracking)
    assert str(caught.value) == message


def test_names_alone_take_the_defaults():
    names = [type(tracker).__name__ for tracker in build_trackers({"progress": {}, "wandb": {}})]
    assert names == [type(tracker).__name__ for tracker in build_trackers(["progress", "wandb"])]
    assert names == ["JsonlTracker", "WandbTracker", "ProgressTracker"]
