"""Images of Pillow's as pixels: upright, grey or in colour, the first of several frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from PIL import Image, ImageOps

GREY, COLOUR = ("1", "L"), ("RGB", "RGBA", "P", "LA", "PA", "CMYK", "YCbCr")
ORIENTATION = 0x0112
"""The tag of a camera's note on how it was held."""
Mode: TypeAlias = Literal["L", "RGB"]


class Head(NamedTuple):
    """What an image says of itself before its pixels are read.

    Attributes:
        size: Width and height, upright.
        mode: How its pixels are written, as Pillow names it.
        transparent: Whether some of it may be seen through.
        several: Whether it has more frames or pages than one.
        turned: Whether its pixels are written otherwise than upright.
    """

    size: tuple[int, int]
    mode: str
    transparent: bool
    several: bool
    turned: bool


def head(image: Image.Image) -> Head:
    """Read what an image says of itself."""
    orientation = image.getexif().get(ORIENTATION, 1)
    width, height = image.size
    return Head(
        (height, width) if orientation in (5, 6, 7, 8) else (width, height),
        image.mode,
        image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info,
        getattr(image, "is_animated", False),
        orientation in range(2, 9),
    )


def together(heads: Sequence[Head]) -> Mode:
    """Return how all images are read: grey if every one is; else in colour."""
    return "L" if all(one.mode in GREY for one in heads) else "RGB"


def pixels(image: Image.Image, mode: Mode, side: int | None) -> np.ndarray:
    """Read the pixels of an image.

    Args:
        image: The image.
        mode: How it is read.
        side: The largest square in its middle is resampled to ``side`` by ``side`` pixels; ``None`` to take all of it.
    """
    image = ImageOps.exif_transpose(image).convert(mode)
    if side is not None:
        smaller = min(image.size)
        left, top = ((one - smaller) // 2 for one in image.size)
        image = image.crop((left, top, left + smaller, top + smaller))
        image = image.resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image, np.uint8)


def notes(heads: Sequence[Head]) -> list[str]:
    """Say what is lost of images or done to them, one sentence each."""
    found = []
    if any(one.transparent for one in heads):
        found.append("transparency is dropped")
    if any(one.several for one in heads):
        found.append(f"images of several frames or pages, of which the first is read: {_count(heads, 'several')}")
    if any(one.turned for one in heads):
        found.append(f"images turned upright, as their camera was held: {_count(heads, 'turned')}")
    return found


def _count(heads: Sequence[Head], what: str) -> int:
    return sum(getattr(one, what) for one in heads)
