"""The settings of the transformer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from paradigms.interface import Kind, require
from paradigms.transformer.quantisation import CALIBRATIONS

Positions = Literal["rotary", "learned"]
Norm = Literal["layer", "rms"]
Differentiation = Literal["backprop", "checkpointed"]

_CHOICES = {"positions": Positions, "norm": Norm, "differentiation": Differentiation}
_FOUR_BIT_ACTIVATIONS = ("w4a4", "w8a4")


@dataclass(frozen=True)
class Config:
    """A pre-norm transformer.

    Attributes:
        width: Features of a token.
        layers: Blocks, each attention and a feed-forward network.
        heads: Attention heads; must divide ``width``.
        hidden: Features inside the feed-forward network; ``None`` for ``4 * width``.
        positions: ``rotary`` turns queries and keys by an angle proportional to their position (Su et al. 2021), along
            rows and columns for images; ``learned`` adds a trained table to the tokens. ``None`` is ``rotary`` for text
            and ``learned`` otherwise: rotary positions are relative, and the mean over tokens, which reads out an
            image, loses where its parts were.
        norm: ``layer`` (Ba et al. 2016) or ``rms`` (Zhang & Sennrich 2019), before each residual branch.
        dropout: Probability of dropping a feature of the embedding or of a residual branch while training.
        patch: Side in pixels of the square patch that becomes one token; ``None`` for the smallest side, of 2 pixels
            or more, that gives at most 8 × 8 tokens. An image that it does not divide is padded with zeros.
        event_patch: Time steps of a recording that become one token, all channels together.
        differentiation: ``backprop`` keeps every activation; ``checkpointed`` keeps the input of each block and
            recomputes the rest (Chen et al. 2016). On a CPU, XLA recomputes up to 4 blocks as soon as it can, and their
            temporaries are as large as without; those of more blocks are not.
        quantisation: ``w8a8`` or ``w4a8`` rounds weights to 8 or 4 bits and what they multiply to 8, in training too,
            by qwix; ``None`` for floating point. Steps are not learned and whole numbers not frozen: that is what
            ``paradigm=quantised`` does.

    Raises:
        Unsupported: If a value is out of range.
    """

    width: int = 64
    layers: int = 2
    heads: int = 4
    hidden: int | None = None
    positions: Positions | None = None
    norm: Norm = "layer"
    dropout: float = 0.0
    patch: int | None = None
    event_patch: int = 8
    differentiation: Differentiation = "backprop"
    quantisation: str | None = None

    def __post_init__(self) -> None:
        for name in ("width", "layers", "heads", "event_patch"):
            value = getattr(self, name)
            require(value >= 1, f"paradigm.{name}={value} must be at least 1")
        for name in ("hidden", "patch"):
            value = getattr(self, name)
            require(value is None or value >= 1, f"paradigm.{name}={value} must be at least 1, or null for the default")
        for name, choices in _CHOICES.items():
            value, allowed = getattr(self, name), get_args(choices)
            known = value in allowed or (name == "positions" and value is None)
            require(known, f"paradigm.{name}={value} must be one of {', '.join(allowed)}")
        formats = ", ".join(CALIBRATIONS)
        require(
            self.quantisation not in _FOUR_BIT_ACTIVATIONS,
            f"paradigm.quantisation={self.quantisation} asks for activations of 4 bits, whose products XLA does not "
            f"compile on a CPU: choose one of {formats}",
        )
        require(
            self.quantisation is None or self.quantisation in CALIBRATIONS,
            f"paradigm.quantisation={self.quantisation} must be one of {formats}, or null for floating point",
        )
        require(0 <= self.dropout < 1, f"paradigm.dropout={self.dropout} must be in [0, 1)")
        require(
            self.width % self.heads == 0,
            f"paradigm.heads={self.heads} must divide paradigm.width={self.width}",
        )

    @property
    def hidden_width(self) -> int:
        """Features inside the feed-forward network."""
        return 4 * self.width if self.hidden is None else self.hidden

    def positions_for(self, kind: Kind) -> Positions:
        """Which positions a task of this kind gets."""
        return self.positions or ("rotary" if kind == "language" else "learned")
