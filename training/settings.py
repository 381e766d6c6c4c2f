"""Everything about a run but the model and the data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.config import MeshConfig, OptimizerConfig, ProbesConfig, TrainerConfig
from training.errors import BadInput
from training.gradients import GradientName


@dataclass(frozen=True)
class Settings:
    """Everything about a run but the model and the data.

    Attributes:
        trainer, optimizer, probes, mesh: See ``training.config``.
        seed: The seed of the initial variables, the order of the data and every random number.
        gradient: The estimator at the level of the loss, see ``training.gradients``.
        tracking: Where rows go beside ``metrics.jsonl``, as names or as names with their options.
    """

    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    probes: ProbesConfig = field(default_factory=ProbesConfig)
    mesh: MeshConfig = field(default_factory=MeshConfig)
    seed: int = 0
    gradient: GradientName = "reverse"
    tracking: Collection[str] | Mapping[str, Mapping[str, Any]] = ("jsonl",)

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise BadInput(f"seed={self.seed} must be in 0 … 2³² − 1: JAX would silently cut off the rest")
