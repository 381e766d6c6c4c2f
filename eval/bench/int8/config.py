"""What is timed, how often, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass

from eval.bench.int8.contenders import IMPLEMENTATIONS
from eval.bench.side_by_side.limits import Limits
from training.errors import BadInput

LARGEST = 8192
"""The most rows of a matrix: the product that others are held against takes half a gigabyte."""


@dataclass(frozen=True)
class Config(Limits):
    """The suite's settings, beside the limits; the seed is of the operands.

    Attributes:
        implementations: Libraries.
        sizes: Rows and columns of both matrices.
        channels: The channels of images, before and after a convolution of 3 × 3; none leaves convolutions out.
        batch: Images.
        side: The side of an image, in pixels.
    """

    implementations: tuple[str, ...] = tuple(IMPLEMENTATIONS)
    sizes: tuple[int, ...] = (256, 512, 1024, 2048)
    channels: tuple[int, ...] = (128,)
    batch: int = 8
    side: int = 28

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.implementations:
            if name not in IMPLEMENTATIONS:
                raise BadInput(f"implementations=[{name}] is not one of {', '.join(IMPLEMENTATIONS)}")
        self.require_distinct("implementations", "sizes", *(["channels"] if self.channels else []))
        for name, values in (("sizes", self.sizes), ("channels", self.channels)):
            for value in values:
                # Kernels of bytes take four at a time, and some refuse what is left over.
                if not 8 <= value <= LARGEST or value % 8:
                    raise BadInput(f"{name}=[{value}] must be a multiple of 8 from 8 to {LARGEST}")
        for name in ("batch", "side"):
            value = getattr(self, name)
            if value < 1:
                raise BadInput(f"{name}={value} must be at least 1")
