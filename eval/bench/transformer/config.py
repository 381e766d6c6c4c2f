"""What is timed, how often, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eval.bench.side_by_side.limits import Limits
from eval.bench.transformer.contenders import IMPLEMENTATIONS
from training.errors import BadInput

OPTIMIZER = {"learning_rate": 1e-4, "weight_decay": 0.1, "clip_norm": 1.0}
"""Of everybody: small steps, for the same batch is learned again and again."""


@dataclass(frozen=True)
class Config(Limits):
    """The suite's settings, beside the limits; the seed is of parameters and text.

    Attributes:
        implementations: Who makes the update.
        threads: Threads of a step; each is combined with each vocabulary.
        vocabularies: Words of the language.
        layers: Blocks.
        width: Features of a token.
        heads: Attention heads.
        tokens: Tokens of an example.
        batch: Examples.
        peak_tflops: What the machine can do, in 10¹² operations per second and of the threads that are timed, for the
            share of it that is used (MFU); ``None`` where nobody publishes it.
    """

    implementations: tuple[str, ...] = tuple(IMPLEMENTATIONS)
    threads: tuple[int, ...] = (1, 2)
    vocabularies: tuple[int, ...] = (96, 32_000)
    layers: int = 4
    width: int = 256
    heads: int = 4
    tokens: int = 128
    batch: int = 16
    peak_tflops: float | None = None
    rounds: int = 9
    compile_cap_seconds: float = 600.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.implementations:
            if name not in IMPLEMENTATIONS:
                raise BadInput(f"implementations=[{name}] is not one of {', '.join(IMPLEMENTATIONS)}")
        self.require_distinct("implementations", "threads", "vocabularies")
        for value in self.threads:
            if value < 1:
                raise BadInput(f"threads=[{value}] must be at least 1")
        for value in self.vocabularies:
            if value < 2:
                raise BadInput(f"vocabularies=[{value}] must be at least 2 words")
        for name in ("layers", "width", "heads", "tokens", "batch"):
            if getattr(self, name) < 1:
                raise BadInput(f"{name}={getattr(self, name)} must be at least 1")
        if self.width % (2 * self.heads):
            raise BadInput(f"width={self.width} must be divisible by twice heads={self.heads}, for rotary positions")
        if self.peak_tflops is not None and self.peak_tflops <= 0:
            raise BadInput(f"peak_tflops={self.peak_tflops} must be positive, or null where it is not known")

    def case(self, vocabulary: int, name: str) -> dict[str, Any]:
        """Arguments of ``make`` in ``eval/peers/transformer/case.py``.

        Args:
            vocabulary: Words of the language.
            name: The implementation.
        """
        shape = {one: getattr(self, one) for one in ("seed", "width", "layers", "heads", "tokens", "batch")}
        return {**shape, **OPTIMIZER, "vocabulary": vocabulary, **dict(IMPLEMENTATIONS[name].settings)}
