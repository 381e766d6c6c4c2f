"""The settings of the study of precision."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from eval.energy.models import MODELS
from eval.energy.trained_networks.quantised import TWINS, Twin
from training.errors import BadInput

MOST_TWIN_STEPS = 15
"""Time steps up to which a quantised network is also run as a spiking twin: one of 8 bits would take 255."""


@dataclass(frozen=True)
class Config:
    """What is trained and charged; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first repetition; the others follow.
        task: The images.
        hidden: The neurons of each hidden layer, of every network.
        seeds: Repetitions, with other initial weights and batches, the same for all that is compared.
        bits: Bits of quantised networks whose weights and activations have as many.
        weight_bits: Bits of the weights of all other networks, the spiking ones among them.
        activation_bits: Bits of the activations of further quantised networks.
        time_steps: The time steps of spiking networks that are trained as such.
        penalties: Weights of activity in the loss, of quantised and of spiking networks.
        exit_margins: Leads of the first class over the second at which a spiking network that is trained as such stops
            early.
        steps: Updates.
        batch_size: Images per update.
        learning_rate: The learning rate of Adam.
        models: Names of energy models.
        hops: The mean number of hops that a bit travels.
    """

    seed: int = 0
    task: Literal["digits", "mnist", "fashion_mnist"] = "digits"
    hidden: tuple[int, ...] = (64, 64)
    seeds: int = 8
    bits: tuple[int, ...] = (1, 2, 4, 8)
    weight_bits: int = 4
    activation_bits: tuple[int, ...] = (1, 2, 3, 4, 8)
    time_steps: tuple[int, ...] = (1, 2, 4, 8, 15)
    penalties: tuple[float, ...] = (0.0, 1.0, 3.0)
    exit_margins: tuple[float, ...] = ()
    steps: int = 400
    batch_size: int = 64
    learning_rate: float = 5e-3
    models: tuple[str, ...] = ("yan2024", "bit_budget", "compute_only")
    hops: float = 1.0

    def __post_init__(self) -> None:
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(self.seeds >= 2, f"settings.seeds={self.seeds} must be at least 2 for an interval")
        for name in ("steps", "batch_size"):
            _require(getattr(self, name) >= 1, f"settings.{name}={getattr(self, name)} must be at least 1")
        _require(self.learning_rate > 0, f"settings.learning_rate={self.learning_rate} must be positive")
        _require(
            len(self.hidden) >= 1 and min(self.hidden) >= 1,
            f"settings.hidden={list(self.hidden)} must list at least one layer, each of at least 1 neuron",
        )
        for name in ("bits", "activation_bits"):
            values = getattr(self, name)
            _require(
                len(values) >= 1 and min(values) >= 1 and max(values) <= 8,
                f"settings.{name}={list(values)} must list bits between 1 and 8",
            )
        _require(1 <= self.weight_bits <= 8, f"settings.weight_bits={self.weight_bits} must be between 1 and 8")
        _require(
            len(self.time_steps) >= 1 and min(self.time_steps) >= 1,
            f"settings.time_steps={list(self.time_steps)} must list time steps of at least 1",
        )
        _require(
            0.0 in self.penalties and all(0 <= one < math.inf for one in self.penalties),
            f"settings.penalties={list(self.penalties)} must list numbers of at least 0, and 0 among them",
        )
        _require(
            all(one >= 0 for one in self.exit_margins),
            f"settings.exit_margins={list(self.exit_margins)} must list margins of at least 0",
        )
        _require(
            len(self.models) >= 1 and set(self.models) <= set(MODELS),
            f"settings.models={list(self.models)} must be some of {', '.join(MODELS)}",
        )
        _require(0 <= self.hops < math.inf, f"settings.hops={self.hops:g} must be a finite number of at least 0")

    @property
    def widths(self) -> tuple[tuple[int, int], ...]:
        """Bits of weights and of activations of every quantised network."""
        diagonal = [(bits, bits) for bits in self.bits]
        return tuple(dict.fromkeys([*diagonal, *((self.weight_bits, bits) for bits in self.activation_bits)]))

    def twins(self, weight_bits: int, activation_bits: int) -> tuple[Twin, ...]:
        """Return how a quantised network is run as its spiking twin: not at all with other weights or many steps."""
        same_weights, steps = weight_bits == self.weight_bits, 2**activation_bits - 1
        return TWINS if same_weights and steps <= MOST_TWIN_STEPS else ()


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
