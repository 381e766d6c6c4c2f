"""The settings of a comparison."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

from paradigms import NAMES
from paradigms.interface import Paradigm, Spec
from training.config import MeshConfig, OptimizerConfig, ProbesConfig, TrainerConfig
from training.errors import BadInput
from training.tasks import TaskConfig


@dataclass(frozen=True)
class Contender:
    """A paradigm as it comes.

    Attributes:
        name: One of ``paradigms.NAMES``.
        config: Its ``Config``.
        learning_rate: The peak rate for this size.
    """

    name: str
    config: Any
    learning_rate: float

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise BadInput(f"paradigms={self.name} is unknown: choose among {', '.join(NAMES)}")
        if not hasattr(package(self.name), "resized"):
            raise BadInput(
                f"paradigms={self.name} cannot be made as large as another: give paradigms.{self.name} a function "
                "resized(config, count, target), or leave it out"
            )


@dataclass(frozen=True)
class CompareConfig:
    """Who is compared, and how. The same data, updates, batches and seed for all.

    Attributes:
        contenders: The first sets the parameter count that the others are matched to.
        learning_rates: Tried by every contender at the matched size, the best by validation accuracy kept: an equal
            tuning budget, since a rate that suits a paradigm's default size need not suit another. Empty: each keeps
            its own.
        default_size: Also train each of the others as it comes.
        parameter_shift_steps: Updates of the circuit with its gradient by the parameter-shift rule, run for their cost
            alone; 0 leaves them out.
        task: The data.
        optimizer: All but the learning rate.
        tracking: Trackers of every run.
    """

    contenders: tuple[Contender, ...]
    learning_rates: tuple[float, ...] = (0.002, 0.01, 0.05)
    default_size: bool = True
    parameter_shift_steps: int = 10
    seed: int = 0
    task: TaskConfig = field(default_factory=TaskConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    probes: ProbesConfig = field(default_factory=ProbesConfig)
    mesh: MeshConfig = field(default_factory=MeshConfig)
    tracking: tuple[str, ...] = ("jsonl",)

    def __post_init__(self) -> None:
        names = [contender.name for contender in self.contenders]
        if not names or len(set(names)) < len(names):
            raise BadInput(f"paradigms={names} must list at least one paradigm, each once")
        if any(rate <= 0 for rate in self.learning_rates):
            raise BadInput(f"learning_rates={list(self.learning_rates)} must all be positive; [] tries none")
        if self.parameter_shift_steps < 0:
            raise BadInput(f"parameter_shift_steps={self.parameter_shift_steps} must be 0 (left out) or more")


def build(name: str, config: Any, spec: Spec) -> Paradigm:
    """The paradigm for a task; its libraries are imported only now.

    Raises:
        Unsupported: The paradigm cannot serve the specification.
    """
    return package(name).build(config, spec)


def package(name: str) -> Any:
    """Import the package of a paradigm."""
    return importlib.import_module(f"paradigms.{name}")
