"""The settings of the study of long-range dependencies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.errors import BadInput

TaskName = Literal["recall", "adding", "digits", "mnist"]
Order = Literal["rows", "pixels"]
Matching = Literal["parameters", "state_bytes"]
Models = Literal["design", "all"]

GENERATED: tuple[TaskName, ...] = ("recall", "adding")
"""Tasks with a lag; the others are sequences of images."""
LOOKS = 4
"""Runs are looked at after each quarter of their updates."""


@dataclass(frozen=True)
class Config:
    """What is trained; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first repetition; the others follow.
        tasks: ``recall`` of a symbol after a delay, ``adding`` of two marked numbers, or images read in sequence.
        order: The order of images: a row per step, or a pixel per step.
        lags: Steps from what must be kept to the answer, ascending; the sequence is as long as the longest needs.
        symbols: The number of symbols of ``recall``.
        window: Steps at the end in which the answer is asked for, and over which outputs are averaged.
        width: Neurons in each of the two layers of the leaky spiking network, which sets the size of all models.
        models: Which networks are trained: ``design`` is the factorial design and a GRU; ``all`` adds networks with
            adaptive thresholds or fed-back spikes, transformers with and without spikes, and state-space layers that
            start from their source's time constants.
        matchings: Other models have its number of parameters, or its bytes of state.
        seeds: Repetitions with other initial weights and examples, the same for all models.
        learning_rates: The learning rates of Adam; each is tried for every model, and the validation score chooses.
        steps: Updates, a multiple of 4.
        batch_size: Sequences an update.
        held_out: Sequences of each of validation and test, at most.
        time_constant: The usual time constant at the start, in steps, beside which that of the lag is tried.
    """

    seed: int = 0
    tasks: tuple[TaskName, ...] = ("recall",)
    order: Order = "pixels"
    lags: tuple[int, ...] = (5, 60)
    symbols: int = 8
    window: int = 4
    width: int = 24
    models: Models = "design"
    matchings: tuple[Matching, ...] = ("parameters",)
    seeds: int = 8
    learning_rates: tuple[float, ...] = (0.01, 0.03)
    steps: int = 2400
    batch_size: int = 16
    held_out: int = 256
    time_constant: float = 5.0

    def __post_init__(self) -> None:
        for name in ("window", "steps", "batch_size", "held_out"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        for name in ("symbols", "seeds"):
            value = getattr(self, name)
            _require(value >= 2, f"settings.{name}={value} must be at least 2")
        _require(
            self.steps % LOOKS == 0,
            f"settings.steps={self.steps} must be a multiple of {LOOKS}: the last quarter says whether training has "
            "come to its plateau",
        )
        _require(self.width >= 8, f"settings.width={self.width} must be at least 8: the others are made as small")
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(self.time_constant > 0, f"settings.time_constant={self.time_constant} must be positive")
        _require(
            len(self.lags) > 0 and list(self.lags) == sorted(set(self.lags)) and min(self.lags) >= 2,
            f"settings.lags={list(self.lags)} must be ascending numbers of at least 2 steps",
        )
        _require(
            min(self.learning_rates, default=0) > 0 and len(set(self.learning_rates)) == len(self.learning_rates),
            f"settings.learning_rates={list(self.learning_rates)} must list positive numbers, each once",
        )
        _require(len(self.matchings) > 0, "settings.matchings is empty: give parameters, state_bytes or both")
        _require(len(self.tasks) > 0, "settings.tasks is empty: give recall, adding, digits or mnist")


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
