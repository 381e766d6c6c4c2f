"""The resolved configuration of a training run."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from paradigms import CUSTOM, NAMES
from paradigms.interface import Paradigm, Spec
from scripts.configuration.conversion import convert
from training.config import DistributedConfig, MeshConfig, OptimizerConfig, ProbesConfig, Settings, TrainerConfig
from training.errors import BadInput
from training.gradients import GradientName
from training.run.paths import local_path
from training.run.run_directory import Resume, plain
from training.tasks import TaskConfig

PARADIGMS = {name: f"paradigms.{name}" for name in (*NAMES, CUSTOM)}
"""Name on the command line to the package with its ``Config`` and ``build``; imported only when chosen."""


@dataclass(frozen=True)
class ParadigmChoice:
    """A paradigm's name and its own settings."""

    name: str
    config: Any

    def build(self, spec: Spec) -> Paradigm:
        """The paradigm for a task of this specification.

        Raises:
            Unsupported: The paradigm cannot serve the specification.
        """
        return importlib.import_module(PARADIGMS[self.name]).build(self.config, spec)


@dataclass(frozen=True)
class RunConfig:
    """Everything ``python -m scripts.train`` takes; the YAML under ``scripts/conf`` says what each setting means."""

    seed: int
    run_dir: str | None
    resume: Resume
    data_dir: str | None
    gradient: GradientName
    tracking: dict[str, Any]
    trainer: TrainerConfig
    optimizer: OptimizerConfig
    probes: ProbesConfig
    mesh: MeshConfig
    task: TaskConfig
    paradigm: ParadigmChoice
    energy: str | None = None
    hops: float | None = None
    distributed: DistributedConfig = field(default_factory=DistributedConfig)

    def __post_init__(self) -> None:
        if self.run_dir is not None:
            local_path("run_dir", self.run_dir)
        if self.hops is not None and self.energy is None:
            raise BadInput(f"hops={self.hops:g} is of energy=, which is not set: name an energy model, energy=yan2024")

    def settings(self) -> Settings:
        """Everything about the run but the model and the data."""
        return Settings(
            trainer=self.trainer,
            optimizer=self.optimizer,
            probes=self.probes,
            mesh=self.mesh,
            seed=self.seed,
            gradient=self.gradient,
            tracking=self.tracking,
        )

    def plain(self) -> dict[str, Any]:
        """The same as plain values, to record beside the results."""
        return plain(self) | {"paradigm": {"name": self.paradigm.name, **plain(self.paradigm.config)}}


def read_paradigm(raw: Mapping[str, Any]) -> ParadigmChoice:
    """Convert the group ``paradigm``: its ``name``, and the settings of that paradigm's ``Config``.

    Raises:
        BadInput: An unknown name or key, or a value of the wrong type.
        Unsupported: Settings that the paradigm refuses.
    """
    settings = dict(raw)
    name = settings.pop("name", "null")
    if name not in PARADIGMS:
        raise BadInput(f"paradigm={name} is not one of {', '.join(PARADIGMS)}")
    return ParadigmChoice(name, convert(settings, importlib.import_module(PARADIGMS[name]).Config, "paradigm"))


def read_config(raw: Mapping[str, Any]) -> RunConfig:
    """Convert what Hydra composed.

    Raises:
        BadInput: An unknown key, a value of the wrong type or out of range.
        Unsupported: Settings that the chosen paradigm refuses.
    """
    # A list of choices that is empty, tracking=[], leaves nothing behind of its group.
    choice = read_paradigm(raw.get("paradigm", {}))
    given = {"tracking": {}, **without_own(raw, [choice.name], "paradigm=custom"), "paradigm": choice}
    return convert(given, RunConfig)


def without_own(raw: Mapping[str, Any], paradigms: Collection[str], way_out: str) -> dict[str, Any]:
    """Leave out ``path`` and ``model``, which groups have taken up where data or a model are the user's own.

    Args:
        raw: What Hydra composed.
        paradigms: The names of what is trained.
        way_out: What lets a model of the user's own be trained.

    Raises:
        BadInput: One of the two is given, and the task reads none or no paradigm is ``custom``.
    """
    settings = dict(raw)
    path, task = settings.pop("path", None), settings.get("task", {})
    model = settings.pop("model", None)
    if path is not None and isinstance(task, Mapping) and "path" not in task:
        raise BadInput(f"path={path} is of data of your own, and task={task.get('name')} has its own: add task=arrays")
    if model is not None and CUSTOM not in paradigms:
        raise BadInput(f"model={model} is a model of your own, and {', '.join(paradigms)} has its own: add {way_out}")
    return settings
