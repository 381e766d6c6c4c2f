"""The settings of the study of energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eval.energy.models import MODELS
from training.errors import BadInput

TaskName = Literal["digits", "mnist", "fashion_mnist", "cifar10"]
ArchitectureName = Literal["mlp", "small_conv", "vgg"]


@dataclass(frozen=True)
class Config:
    """What is trained and charged; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first repetition; the others follow.
        tasks: What networks are trained on.
        architecture: Their kind of layers; spiking networks are trained directly of ``mlp`` alone.
        hidden: Neurons of each dense hidden layer.
        seeds: Repetitions, the same for all that is compared.
        steps: Updates of each training.
        batch_size: Examples per update.
        learning_rate: The peak learning rate of Adam.
        weight_bits: Bits of a weight, each tried.
        activation_bits: Bits of an activation of quantised networks, each tried; their twins take 2^b − 1 time steps.
        time_steps: Time steps of spiking networks that are trained directly, each tried.
        penalties: Weights of activity in the loss, each tried.
        exit_margins: Leads of the first class at which a spiking network stops, each tried.
        models: Energy models under which networks are charged.
        hops: Mean hops of a bit, for the break-even map.
        etas: Prices of sparse movement in units of dense movement, for the map.
        map_steps: Time steps, for the map.
    """

    seed: int = 0
    tasks: tuple[TaskName, ...] = ("digits",)
    architecture: ArchitectureName = "mlp"
    hidden: tuple[int, ...] = (128, 128)
    seeds: int = 8
    steps: int = 400
    batch_size: int = 64
    learning_rate: float = 0.004
    weight_bits: tuple[int, ...] = (4, 8)
    activation_bits: tuple[int, ...] = (1, 2, 3)
    time_steps: tuple[int, ...] = (5, 10)
    penalties: tuple[float, ...] = (0.0, 1.0, 10.0)
    exit_margins: tuple[float, ...] = (2.0,)
    models: tuple[str, ...] = ("yan2024",)
    hops: tuple[float, ...] = (0.25, 1.0, 4.0)
    etas: tuple[float, ...] = (1.0, 4.0, 12.0, 64.0)
    map_steps: tuple[int, ...] = (1, 2, 3, 5, 7, 10, 15)

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(self.seeds >= 2, f"settings.seeds={self.seeds} must be at least 2 for an interval")
        _require(self.learning_rate > 0, f"settings.learning_rate={self.learning_rate} must be positive")
        for name in (
            "tasks",
            "hidden",
            "weight_bits",
            "activation_bits",
            "penalties",
            "models",
            "hops",
            "etas",
            "map_steps",
        ):
            values = getattr(self, name)
            _require(len(values) > 0, f"settings.{name} is empty: give at least one value")
        for value in self.models:
            _require(value in MODELS, f"settings.models has {value}, which is none of {', '.join(MODELS)}")
        for name in ("weight_bits", "activation_bits"):
            for value in getattr(self, name):
                _require(1 <= value <= 8, f"settings.{name} has {value}, which must be between 1 and 8")
        for name in ("time_steps", "map_steps", "hidden"):
            for value in getattr(self, name):
                _require(value >= 1, f"settings.{name} has {value}, which must be at least 1")
        for name in ("penalties", "hops"):
            for value in getattr(self, name):
                _require(value >= 0, f"settings.{name} has {value}, which must be 0 or more")
        for name in ("exit_margins", "etas"):
            for value in getattr(self, name):
                _require(value > 0, f"settings.{name} has {value}, which must be above 0")
        _require(
            "yan2024" in self.models,
            f"settings.models={list(self.models)} must contain yan2024, under which the claim is judged",
        )
        _require(
            self.architecture == "mlp" or not self.time_steps,
            f"settings.architecture={self.architecture} has no directly trained spiking networks: set "
            "settings.time_steps=[]",
        )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
