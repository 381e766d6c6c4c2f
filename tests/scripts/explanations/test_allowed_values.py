"""What is read from the source of a dataclass is what its types say."""

from __future__ import annotations

import importlib
import types
import typing
from dataclasses import fields
from pathlib import Path

import pytest

from eval.energy.models import MODELS
from eval.studies import NAMES as STUDIES
from paradigms import NAMES as PARADIGMS
from paradigms.snn.neurons.populations import NEURONS
from paradigms.snn.rules import RULES
from paradigms.transformer.quantisation import CALIBRATIONS
from scripts.bench import SUITES
from scripts.explanations import allowed_values as source
from scripts.explanations.allowed_values import Allowed, allowed_values
from scripts.explanations.yaml_comments import comments
from scripts.running.command import CONF

CLASSES = [
    ("scripts.configuration.run_config", "RunConfig"),
    ("scripts.compare", "Places"),
    ("scripts.study", "StudyPlace"),
    ("scripts.report", "ReportPlace"),
    ("eval.compare.config", "CompareConfig"),
    ("training.tasks", "TaskConfig"),
    *(("training.config", f"{name}Config") for name in ("Trainer", "Optimizer", "Probes", "Mesh")),
    *((f"paradigms.{name}.config", "Config") for name in PARADIGMS),
    *((f"eval.studies.{name}.config", "Config") for name in STUDIES),
    *((f"eval.bench.{name}", "Config") for name in SUITES),
]


def by_type(hint: object) -> Allowed | None:
    """The same from the types themselves."""
    if hint is bool:
        return Allowed(("true", "false"))
    if hint is types.NoneType:
        return Allowed(("null",))
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return Allowed(tuple(map(str, arguments)))
    if origin in (typing.Union, types.UnionType):
        parts = [by_type(one) for one in arguments]
        return None if None in parts else Allowed(tuple(value for part in parts for value in part.values))
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis and (item := by_type(arguments[0])):
        return Allowed(item.values, listed=True)
    return None


@pytest.mark.parametrize(("module", "name"), CLASSES)
def test_the_source_says_what_the_types_say(module, name):
    config = getattr(importlib.import_module(module), name)
    hints = typing.get_type_hints(config)
    expected = {field.name: by_type(hints[field.name]) for field in fields(config)}
    assert allowed_values(module, name) == {field: allowed for field, allowed in expected.items() if allowed}


def test_some_are_found():
    assert allowed_values("training.config", "OptimizerConfig") == {"name": Allowed(("adamw", "sgd"))}
    assert allowed_values("scripts.train", "RunConfig") == {}, "imported for type checkers alone"
    assert allowed_values("scripts.nowhere", "Config") == {}
    assert allowed_values("training.config", "Nothing") == {}
    assert allowed_values("training.gradients", "GradientName") == {}, "no class"


def test_names_are_followed_through_modules_bases_and_one_another(tmp_path, monkeypatch):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "__init__.py").write_text(
        "from typing import Literal\nFlow = Literal['sparse', 'dense']\nclass Base:\n    flow: Flow\n    deep: bool\n"
    )
    (tmp_path / "derived.py").write_text(
        "from base import Base, Flow as F\nfrom elsewhere import Other\nfrom typing import Literal, TypeAlias\n"
        "Any: TypeAlias = Literal[F, 'cheapest']\n"
        "class Config(Base):\n    deep: int\n    any: Any | None = None\n    other: Other = 1\n"
        "    flows: tuple[F, ...] = ()\n    pair: tuple[F, int] = 1\n    mixed: tuple[F, ...] | None = None\n"
        "    number: Literal[8] = 8\n"
    )
    monkeypatch.setattr(source, "_ROOT", tmp_path)
    source._names.cache_clear()
    assert allowed_values("derived", "Config") == {
        "flow": Allowed(("sparse", "dense")),
        "any": Allowed(("sparse", "dense", "cheapest", "null")),
        "flows": Allowed(("sparse", "dense"), listed=True),
        "number": Allowed(("8",)),
    }
    source._names.cache_clear()


@pytest.mark.parametrize(
    ("file", "path", "names"),
    [
        ("paradigm/snn", ("paradigm", "neuron"), NEURONS),
        ("paradigm/snn", ("paradigm", "differentiation"), RULES),
        ("paradigm/transformer", ("paradigm", "quantisation"), CALIBRATIONS),
    ],
)
def test_a_comment_lists_the_names_that_no_type_lists(file, path, names):
    said = comments(Path(CONF, f"{file}.yaml").read_text())[path]
    words = said.replace(",", " ").replace(";", " ").replace(":", " ").split()
    assert [word for word in words if word in names] == list(names)


def test_the_energy_model_that_help_names_is_one():
    assert "yan2024" in MODELS
    assert "yan2024" in comments(Path(CONF, "train.yaml").read_text())[("energy",)]
