"""The settings of the study of surrogates."""

from __future__ import annotations

from dataclasses import dataclass

from paradigms.snn.neurons.surrogates import SURROGATES
from training.errors import BadInput

REFERENCE_SHAPE, REFERENCE_WIDTH = "arctan", 1.0
"""The surrogate that the paradigm has by default; the parameters at which gradients are compared were trained by it."""

MOST_SPIKES = 20
"""Neurons times steps of the network whose spike patterns are enumerated: 2^20 of them."""


@dataclass(frozen=True)
class Config:
    """What is measured; the defaults are the preset ``quick``.

    Attributes:
        seed: The seed of the first repetition; the others follow.
        shapes: The shapes of the surrogate.
        widths: The widths of the surrogate, in thresholds.
        hidden: The neurons of each hidden layer of the network that is trained on digits.
        time_steps: The steps of time of that network.
        seeds: The repetitions, with other initial weights and batches, the same for all surrogates.
        steps: The updates of Adam.
        batch_size: The digits per update.
        learning_rate: The learning rate of Adam, the same for all.
        noise_examples: The training digits from whose gradients the variance is taken.
        noise_step: The updates, with the reference surrogate, after which it is taken a second time.
        bias_layers: The neurons of each hidden layer of the network whose bias is computed.
        bias_steps: The steps of time of that network.
        bias_examples: The inputs over which its gradients are averaged.
        bias_networks: How many such networks, each with other weights, inputs and classes.
        noise_levels: The standard deviations of the threshold's noise that makes the reference, in thresholds.
    """

    seed: int = 0
    shapes: tuple[str, ...] = ("arctan", "fast_sigmoid", "triangular")
    widths: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)
    hidden: tuple[int, ...] = (64, 64)
    time_steps: int = 10
    seeds: int = 5
    steps: int = 300
    batch_size: int = 64
    learning_rate: float = 2e-3
    noise_examples: int = 512
    noise_step: int = 50
    bias_layers: tuple[int, ...] = (2, 2)
    bias_steps: int = 3
    bias_examples: int = 16
    bias_networks: int = 24
    noise_levels: tuple[float, ...] = (0.2, 0.5)

    def __post_init__(self) -> None:
        for name in ("time_steps", "steps", "bias_steps", "bias_examples"):
            value = getattr(self, name)
            _require(value >= 1, f"settings.{name}={value} must be at least 1")
        for name in ("seeds", "bias_networks", "batch_size", "noise_examples"):
            value = getattr(self, name)
            _require(value >= 2, f"settings.{name}={value} must be at least 2")
        for name in ("batch_size", "noise_examples"):
            value = getattr(self, name)
            _require(value <= 1260, f"settings.{name}={value} exceeds the 1260 training digits")
        _require(
            self.noise_step >= 1 and self.steps % self.noise_step == 0,
            f"settings.noise_step={self.noise_step} must divide settings.steps={self.steps}",
        )
        _require(self.seed >= 0, f"seed={self.seed} must be 0 or more")
        _require(self.learning_rate > 0, f"settings.learning_rate={self.learning_rate} must be positive")
        _require(
            len(self.shapes) > 0 and set(self.shapes) <= set(SURROGATES),
            f"settings.shapes={list(self.shapes)} must be some of {', '.join(SURROGATES)}",
        )
        for name in ("widths", "noise_levels"):
            values = getattr(self, name)
            _require(
                len(values) > 0 and min(values) > 0, f"settings.{name}={list(values)} must list positive numbers only"
            )
        for name in ("hidden", "bias_layers"):
            sizes = getattr(self, name)
            _require(
                len(sizes) > 0 and min(sizes) >= 1,
                f"settings.{name}={list(sizes)} must list at least one layer, each of at least 1 neuron",
            )
        spikes = sum(self.bias_layers) * self.bias_steps
        _require(
            spikes <= MOST_SPIKES,
            f"settings.bias_layers and bias_steps make 2^{spikes} spike patterns to enumerate, more than "
            f"2^{MOST_SPIKES}: use fewer neurons or steps",
        )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise BadInput(sentence)
