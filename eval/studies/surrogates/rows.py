"""The kinds of row of the study: biases and noises of surrogate gradients, and trainings with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

from eval.rows import Row

Network: TypeAlias = Literal["noisy", "deterministic"]
NETWORKS: tuple[Network, ...] = get_args(Network)
"""Kinds of network in which a surrogate gradient is taken; see ``bias.py``."""
Place: TypeAlias = Literal["initial", "early"]
PLACES: tuple[Place, ...] = get_args(Place)
"""Parameters at which gradients are compared, the same for all surrogates: as drawn, and after ``noise_step`` updates
with the reference surrogate."""


@dataclass(frozen=True, kw_only=True)
class Bias(Row):
    """Surrogate gradients of small networks, compared with the gradients of their expected losses.

    Attributes:
        noise: The standard deviation of the threshold's noise that makes the reference, in thresholds.
        shape: The shape of the surrogate.
        width: Its width, in thresholds.
        network: The kind of network in which the surrogate gradient was taken.
        cosines: Its cosine with the reference in each network; 0 where a gradient is zero.
        length_ratios: Its length in each network, in units of the reference's.
    """

    part: ClassVar[str] = "biases"

    noise: float
    shape: str
    width: float
    network: Network
    cosines: tuple[float, ...]
    length_ratios: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Noise(Row):
    """The noise of a surrogate's gradient at parameters that all surrogates share: unbiased moments over examples.

    Attributes:
        shape: The shape of the surrogate.
        width: Its width, in thresholds.
        training_seed: The seed of the parameters.
        place: The parameters at which the gradients were taken.
        covariance_trace: The trace of the per-example gradient's covariance.
        squared_norm_unbiased: The squared norm of the true gradient.
        variance_over_examples: The per-example gradient's variance, mean over parameters.
    """

    part: ClassVar[str] = "noises"

    shape: str
    width: float
    training_seed: int
    place: Place
    covariance_trace: float
    squared_norm_unbiased: float
    variance_over_examples: float


@dataclass(frozen=True, kw_only=True)
class Training(Row):
    """A network trained with a surrogate.

    Attributes:
        shape: The shape of the surrogate.
        width: Its width, in thresholds.
        training_seed: The seed of weights and batches.
        spike_rate: Spikes per hidden neuron and step on the test split, after training.
        test_accuracy: The accuracy on the test split, after training.
        test_loss: The loss on the test split, after training, in nats.
    """

    part: ClassVar[str] = "trainings"

    shape: str
    width: float
    training_seed: int
    spike_rate: float
    test_accuracy: float
    test_loss: float


KINDS: tuple[type[Row], ...] = (Bias, Noise, Training)
"""All of them, in the table's order."""
