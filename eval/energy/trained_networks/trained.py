"""A trained network: what it got right on the test images, and what its layers did there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Bool, Int

from eval.energy.activity import Activity

NetworkKind: TypeAlias = Literal["quantised", "twin_synchronous", "twin_stepwise", "direct", "early_exit"]
"""A quantised network; its spiking twin, run a layer after the other or all layers at every step; a spiking network
trained as one, run for all steps or until it is sure."""
SPIKING: tuple[NetworkKind, ...] = ("twin_synchronous", "twin_stepwise", "direct", "early_exit")


@dataclass(frozen=True)
class Trained:
    """A network after training, with its answers and activities on the test images.

    Attributes:
        kind: How it computes.
        architecture: The kind of layers, such as ``mlp``.
        seed: The seed of its initial parameters and of the order of the batches.
        weight_bits: Bits of a weight.
        activation_bits: Bits of a quantised activation; of a spiking network those that its time steps stand for,
            the least b with 2^b − 1 of at least T.
        time_steps: T, the most time steps that an example takes; ``None`` of a quantised network.
        latency_steps: Time steps until the answer is there, the most over examples; ``None`` of a quantised network.
        penalty: The weight of activity in the loss.
        exit_margin: The lead of the first class over the second, in sums of read-out potentials over the steps, at
            which an example stops; ``None`` where all take all steps.
        answers: The class that it gave to each test image.
        correct: Which test images it got right.
        layers: What every layer did, in order, the read-out last.
        train_seconds: Seconds that its training took.
    """

    kind: NetworkKind
    architecture: str
    seed: int
    weight_bits: int
    activation_bits: int
    time_steps: int | None
    latency_steps: int | None
    penalty: float
    exit_margin: float | None
    answers: Int[np.ndarray, " examples"]
    correct: Bool[np.ndarray, " examples"]
    layers: tuple[Activity, ...]
    train_seconds: float
