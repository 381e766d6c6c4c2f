"""The settings of quantised networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from paradigms.interface import require
from paradigms.quantisers import MOST_BITS

Architecture = Literal["mlp", "small_conv", "vgg"]
CHANNELS = {"small_conv": (32, 64, 96), "vgg": (64, 64, 128, 128, 256, 256)}


@dataclass(frozen=True)
class Config:
    """A network of dense or convolutional layers, with rectified or quantised activations.

    Attributes:
        architecture: ``mlp`` has dense layers; ``small_conv`` has 3 × 3 convolutions, each but the first with a stride
            of 2, and then dense layers; in ``vgg`` every second convolution has a stride of 2.
        hidden: The neurons of each dense hidden layer.
        channels: The channels of each convolution; ``None`` for the architecture's own.
        weight_bits: Bits of a weight, sign included, 1 to 8; ``None`` for floating point, and then of activations too.
        activation_bits: Bits of an activation, 1 to 8; ``None`` for floating point.
        input_bits: Bits of the input, 1 to 8.
        activity_penalty: Weight, in the loss, of the mean activation as a share of the highest level, which is the
            spike rate of the spiking twin; for floating point, of the mean activation.

    Raises:
        Unsupported: A value is out of range.
    """

    architecture: Architecture = "mlp"
    hidden: tuple[int, ...] = (128,)
    channels: tuple[int, ...] | None = None
    weight_bits: int | None = 8
    activation_bits: int | None = 8
    input_bits: int = 8
    activity_penalty: float = 0.0

    def __post_init__(self) -> None:
        known = get_args(Architecture)
        require(
            self.architecture in known, f"paradigm.architecture={self.architecture} must be one of {', '.join(known)}"
        )
        convolutional = self.architecture != "mlp"
        require(
            len(self.hidden) >= (0 if convolutional else 1) and min(self.hidden, default=1) >= 1,
            f"paradigm.hidden={list(self.hidden)} must list at least one layer, each of at least 1 neuron",
        )
        require(
            self.channels is None or (convolutional and len(self.channels) >= 1 and min(self.channels) >= 1),
            f"paradigm.channels={self.channels and list(self.channels)} must list at least one convolution, each of at "
            "least 1 channel, of a convolutional architecture; or be null",
        )
        for name in ("weight_bits", "activation_bits", "input_bits"):
            bits = getattr(self, name)
            optional = name != "input_bits" and bits is None
            require(
                optional or (isinstance(bits, int) and 1 <= bits <= MOST_BITS),
                f"paradigm.{name}={bits} must be between 1 and {MOST_BITS}"
                + ("" if name == "input_bits" else ", or null for floating point"),
            )
        require(
            (self.weight_bits is None) == (self.activation_bits is None),
            f"paradigm.weight_bits={self.weight_bits} and paradigm.activation_bits={self.activation_bits} must both be "
            "numbers of bits, or both null for floating point",
        )
        require(
            0 <= self.activity_penalty < float("inf"),
            f"paradigm.activity_penalty={self.activity_penalty} must be a finite number of at least 0",
        )

    @property
    def levels(self) -> int | None:
        """The highest level of an activation, 2^bits − 1: the time steps of the spiking twin."""
        return None if self.activation_bits is None else 2**self.activation_bits - 1
