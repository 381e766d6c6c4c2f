"""The settings of the study of bandwidth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.errors import BadInput

NeuronName = Literal["if", "lif"]
EncodingName = Literal["direct", "rate"]
TaskName = Literal["digits", "mnist"]

LONGEST = 30
"""Steps whose spikes are packed into one integer."""


@dataclass(frozen=True)
class Config:
    """What is measured; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first repetition; the others follow.
        task: ``digits``, all of whose examples are presented after training, or ``mnist``, whose test examples are.
        neurons: The kinds of neuron.
        encodings: How intensities enter: ``direct`` is without noise, ``rate`` draws spikes.
        time_steps: The numbers of steps, ascending.
        hidden: The neurons of each hidden layer, in the spiking network and in the ReLU network.
        seeds: The repetitions, with other initial weights and batches.
        steps: The updates of Adam.
        batch_size: The examples per update.
        learning_rate: The learning rate of Adam.
        presentations: How often every example is presented, each time with other input spikes, where the encoding draws
            them.
        activation_bits: The numbers of bits to which activations of the ReLU network are rounded.
        repeats: The repetitions of each check of the estimators on trains of known information.
    """

    seed: int = 0
    task: TaskName = "digits"
    neurons: tuple[NeuronName, ...] = ("if", "lif")
    encodings: tuple[EncodingName, ...] = ("direct", "rate")
    time_steps: tuple[int, ...] = (2, 4, 8, 16)
    hidden: tuple[int, ...] = (64, 64)
    seeds: int = 6
    steps: int = 300
    batch_size: int = 64
    learning_rate: float = 2e-3
    presentations: int = 8
    activation_bits: tuple[int, ...] = (4, 8)
    repeats: int = 8

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "presentations"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        for name in ("seeds", "repeats"):
            value = getattr(self, name)
            _require(value >= 2, f"settings.{name}={value} must be at least 2 for an interval")
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(self.learning_rate > 0, f"settings.learning_rate={self.learning_rate} must be positive")
        for name in ("neurons", "encodings"):
            _require(len(getattr(self, name)) > 0, f"settings.{name} is empty: give at least one")
        for name, most in (("time_steps", LONGEST), ("activation_bits", 16)):
            values = getattr(self, name)
            _require(
                len(values) > 0 and list(values) == sorted(set(values)) and 1 <= min(values) <= max(values) <= most,
                f"settings.{name}={list(values)} must be ascending numbers from 1 to {most}",
            )
        _require(
            len(self.hidden) > 0 and min(self.hidden) >= 1,
            f"settings.hidden={list(self.hidden)} must list at least one layer, each of at least 1 neuron",
        )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
