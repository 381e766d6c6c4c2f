"""The settings of the transformer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import jax.numpy as jnp

from paradigms.interface import Kind, require
from paradigms.transformer.quantisation import CALIBRATIONS

Positions = Literal["rotary", "learned"]
Norm = Literal["layer", "rms"]
FeedForwardName = Literal["gelu", "swiglu"]
Differentiation = Literal["backprop", "checkpointed"]
RematPolicy = Literal["linear", "products"]
Compute = Literal["bfloat16"]

_CHOICES = {
    "positions": Positions,
    "norm": Norm,
    "feed_forward": FeedForwardName,
    "differentiation": Differentiation,
    "remat_policy": RematPolicy,
    "compute": Compute,
}
_NULLABLE = ("positions", "remat_policy", "compute")
_FOUR_BIT_ACTIVATIONS = ("w4a4", "w8a4")


@dataclass(frozen=True)
class Config:
    """A pre-norm transformer.

    Attributes:
        width: Features of a token.
        layers: Blocks, each attention and a feed-forward network.
        heads: Attention heads; must divide ``width``.
        key_value_heads: Heads of keys and values, each shared by ``heads / key_value_heads`` heads of queries (Ainslie
            et al. 2023); must divide ``heads``. ``None`` for as many as there are.
        hidden: Features inside the feed-forward network; ``None`` for ``4 * width``.
        positions: ``rotary`` turns queries and keys by an angle proportional to their position (Su et al. 2021), along
            rows and columns for images; ``learned`` adds a trained table to the tokens. ``None`` is ``rotary`` for text
            and ``learned`` otherwise: rotary positions are relative, and the mean over tokens, which reads out an
            image, loses where its parts were.
        rotary_base: The longest wavelength of rotary positions, over 2π; ``None`` for 10,000 (Su et al.), and 100 for
            images (Heo et al. 2024).
        norm: ``layer`` (Ba et al. 2016) or ``rms`` (Zhang & Sennrich 2019), before each residual branch.
        norm_epsilon: What is added to the variance, or to the mean square, before its root is taken.
        feed_forward: ``gelu`` is two linear maps with a GELU between them (Hendrycks & Gimpel 2016); ``swiglu``
            multiplies the SiLU of one map by another (Shazeer 2020), three maps in all.
        bias: Whether linear maps, and norms of ``layer``, add a bias.
        tied: Whether the read-out is the token embedding, transposed and without a bias (Press & Wolf 2017); of
            language alone.
        dropout: Probability of dropping a feature of the embedding or of a residual branch while training.
        patch: Side in pixels of the square patch that becomes one token; ``None`` for the smallest side, of 2 pixels
            or more, that gives at most 8 × 8 tokens. An image that it does not divide is padded with zeros.
        event_patch: Time steps of a recording that become one token, all channels together.
        text_start: The token that each text of a language begins with, where an example holds several: a token then
            attends to those of its own text alone, and a text is read as it is in an example of its own. With rotary
            positions, which are relative. ``None`` where an example is one text.
        differentiation: ``backprop`` keeps every activation; ``checkpointed`` keeps the input of each block and
            recomputes the rest (Chen et al. 2016). On a CPU, XLA recomputes up to 4 blocks as soon as it can, and their
            temporaries are as large as without; those of more blocks are not.
        remat_policy: What ``checkpointed`` keeps of a block beside its input: the results of its ``linear`` maps, or
            those of all ``products``, attention's too; the rest is recomputed. ``None`` for nothing.
        compute: The type of activations and of the operands of products; ``None`` for that of the parameters, float32.
            Under ``bfloat16`` parameters, their gradient and the optimiser's state stay in float32, and so do norms'
            statistics, softmax and logits.
        readout_pieces: Pieces that a batch of language is cut into, along time, for read-out and cross-entropy: logits
            of one piece exist at a time. ``None`` for as many as keep them below ``MOST_LOGIT_BYTES``, often one.
        quantisation: ``w8a8`` or ``w4a8`` rounds weights to 8 or 4 bits and what they multiply to 8, in training too,
            by qwix; ``None`` for floating point. Steps are not learned and whole numbers not frozen: that is what
            ``paradigm=quantised`` does.

    Raises:
        Unsupported: If a value is out of range.
    """

    width: int = 64
    layers: int = 2
    heads: int = 4
    key_value_heads: int | None = None
    hidden: int | None = None
    positions: Positions | None = None
    rotary_base: float | None = None
    norm: Norm = "layer"
    norm_epsilon: float = 1e-6
    feed_forward: FeedForwardName = "gelu"
    bias: bool = True
    tied: bool = False
    dropout: float = 0.0
    patch: int | None = None
    event_patch: int = 8
    text_start: int | None = None
    differentiation: Differentiation = "backprop"
    remat_policy: RematPolicy | None = None
    compute: Compute | None = None
    readout_pieces: int | None = None
    quantisation: str | None = None

    def __post_init__(self) -> None:
        for name in ("width", "layers", "heads", "event_patch"):
            value = getattr(self, name)
            require(value >= 1, f"paradigm.{name}={value} must be at least 1")
        for name in ("hidden", "patch", "readout_pieces"):
            value = getattr(self, name)
            require(value is None or value >= 1, f"paradigm.{name}={value} must be at least 1, or null for the default")
        for name, choices in _CHOICES.items():
            value, allowed = getattr(self, name), get_args(choices)
            may_be_null = name in _NULLABLE
            way_out = f"{', '.join(allowed)}{', or null for the default' if may_be_null else ''}"
            require(
                value in allowed or (may_be_null and value is None), f"paradigm.{name}={value} must be one of {way_out}"
            )
        first = self.text_start
        require(
            first is None or (isinstance(first, int) and not isinstance(first, bool) and first >= 0),
            f"paradigm.text_start={first} must be the number of a token, or null where an example is one text",
        )
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
        require(
            self.remat_policy is None or self.differentiation == "checkpointed",
            f"paradigm.remat_policy={self.remat_policy} is of what is recomputed, and "
            f"paradigm.differentiation={self.differentiation} recomputes nothing: use differentiation=checkpointed",
        )
        for name in ("compute", "readout_pieces"):
            value = getattr(self, name)
            require(
                self.quantisation is None or value is None,
                f"paradigm.{name}={value} and paradigm.quantisation={self.quantisation} exclude each other: whole "
                "numbers are made of all tokens in float32; set one of them aside",
            )
        require(0 <= self.dropout < 1, f"paradigm.dropout={self.dropout} must be in [0, 1)")
        require(
            self.width % self.heads == 0,
            f"paradigm.heads={self.heads} must divide paradigm.width={self.width}",
        )
        groups = self.key_value_heads
        require(
            groups is None or (groups >= 1 and self.heads % groups == 0),
            f"paradigm.key_value_heads={groups} must divide paradigm.heads={self.heads}, or be null for as many",
        )
        base, epsilon = self.rotary_base, self.norm_epsilon
        require(
            base is None or 1 < base < math.inf,
            f"paradigm.rotary_base={base} must be a finite number above 1, or null for the default",
        )
        require(0 < epsilon < 1, f"paradigm.norm_epsilon={epsilon} must be between 0 and 1")
        require(
            not self.tied or self.quantisation is None,
            f"paradigm.tied=true and paradigm.quantisation={self.quantisation} exclude each other: the table would be "
            "read out in whole numbers and looked up in floating point; set one of them aside",
        )

    @property
    def head_width(self) -> int:
        """Features of a head."""
        return self.width // self.heads

    @property
    def compute_dtype(self) -> Any:
        """The type that operands are converted to; ``None`` to take them as they come."""
        return None if self.compute is None else jnp.dtype(self.compute)

    @property
    def groups(self) -> int:
        """Heads of keys and values."""
        return self.heads if self.key_value_heads is None else self.key_value_heads

    @property
    def hidden_width(self) -> int:
        """Features inside the feed-forward network."""
        return 4 * self.width if self.hidden is None else self.hidden

    def positions_for(self, kind: Kind) -> Positions:
        """Which positions a task of this kind gets."""
        return self.positions or ("rotary" if kind == "language" else "learned")
