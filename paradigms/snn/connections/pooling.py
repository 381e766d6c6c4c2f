"""Pooling of spikes over squares or windows of images ``[height, width, channels]``."""

from __future__ import annotations

from typing import NamedTuple

import jax
from jaxtyping import Array, Float

Pair = tuple[int, int]


class Window(NamedTuple):
    """A window over which spikes are summed: its size, the steps between windows, the zeros around; rows first."""

    size: Pair
    stride: Pair
    padding: Pair = (0, 0)

    def output_size(self, height: int, width: int) -> Pair:
        """Count the windows that fit: what is left over at the lower and right border is cut off."""
        rows, columns = (
            (length + 2 * pad - size) // stride + 1
            for length, size, stride, pad in zip((height, width), *self, strict=True)
        )
        return rows, columns


def pooled(
    images: Float[Array, "*batch height width channels"], size: int
) -> Float[Array, "*batch rows columns channels"]:
    """Take the largest value of each ``size`` x ``size`` square (of spikes: whether any fired); the rest is cut off."""
    *batch, height, width, channels = images.shape
    rows, columns = height // size, width // size
    cut = images[..., : rows * size, : columns * size, :]
    return cut.reshape(*batch, rows, size, columns, size, channels).max(axis=(-4, -2))


def summed(
    images: Float[Array, "*batch height width channels"], window: Window
) -> Float[Array, "*batch rows columns channels"]:
    """Sum over each window."""
    leading = (1,) * (images.ndim - 3)
    padding = (*((0, 0) for _ in leading), *((pad, pad) for pad in window.padding), (0, 0))
    return jax.lax.reduce_window(
        images, 0.0, jax.lax.add, (*leading, *window.size, 1), (*leading, *window.stride, 1), padding
    )
