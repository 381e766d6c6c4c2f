"""The settings of a comparison."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

from paradigms import CUSTOM, NAMES
from paradigms.interface import Paradigm, Spec
from training.config import MeshConfig, OptimizerConfig, ProbesConfig, TrainerConfig
from training.errors import BadInput
from training.tasks import TaskConfig


@dataclass(frozen=True)
class Contender:
    """A paradigm that takes part in a comparison.

    Attributes:
        name: The name of the paradigm, one of ``paradigms.NAMES``, or ``custom``.
        config: The paradigm's own ``Config``.
        learning_rate: The peak of the learning rate.

    Raises:
        BadInput: If there is no such paradigm, or it cannot be made as large as another.
    """

    name: str
    config: Any
    learning_rate: float

    def __post_init__(self) -> None:
        if self.name not in (*NAMES, CUSTOM):
            raise BadInput(f"paradigms={self.name} is unknown: choose among {', '.join((*NAMES, CUSTOM))}")
        if not hasattr(package(self.name), "resized"):
            raise BadInput(
                f"paradigms={self.name} cannot be made as large as another: give paradigms.{self.name} a function "
                "resized(config, count, target), or leave it out"
            )


@dataclass(frozen=True)
class CompareConfig:
    """What is compared, and how: data, updates, batches and seed are the same for all contenders.

    Attributes:
        contenders: The paradigms that are compared; the others are brought to the parameter count of the first.
        learning_rates: The learning rates that every contender tries at the matched size, to keep the one of the best
            validation accuracy. All have the same budget, since a rate that suits a paradigm's default size need not
            suit another size. Where none is given, each contender keeps its own.
        default_size: Whether the others are trained at their default size too.
        parameter_shift_steps: The number of updates of the circuit with its gradient by the parameter-shift rule, which
            are run for their cost alone; 0 leaves them out.
        seed: The seed of every run.
        task: The data that all learn from.
        trainer: The settings of the training loop.
        optimizer: The settings of the optimiser, whose learning rate is each contender's.
        probes: The settings of what is measured beside training.
        mesh: The devices that every run is spread over.
        tracking: The trackers of every run.

    Raises:
        BadInput: If there is no contender, one is listed twice, a rate is not positive, or a number is negative.
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
    """Build a paradigm for a task; its libraries are imported only now.

    Args:
        name: The name of the paradigm.
        config: The paradigm's own ``Config``.
        spec: The shapes and kind of the task.

    Returns:
        The paradigm.

    Raises:
        Unsupported: If the paradigm cannot serve the specification.
    """
    return package(name).build(config, spec)


def package(name: str) -> Any:
    """Import the package of a paradigm."""
    return importlib.import_module(f"paradigms.{name}")
