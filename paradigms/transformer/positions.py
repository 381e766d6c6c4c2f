"""Rotary position embedding (Su et al. 2021, arXiv 2104.09864), along one or several axes."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from paradigms.interface import Unsupported

# Longest wavelength over 2π: Su et al. for text; for the short axes of images Heo et al. 2024 (arXiv 2403.13298).
_BASE_SEQUENCE = 10_000.0
_BASE_IMAGE = 100.0


class RotaryAngles(NamedTuple):
    """Cosines and sines of the angles of every token and pair of features, of all examples or of each."""

    cos: Float[Array | np.ndarray, "*batch tokens pairs"]
    sin: Float[Array | np.ndarray, "*batch tokens pairs"]


def check_rotary(grid: tuple[int, ...], head_width: int) -> None:
    """Raise :class:`Unsupported` unless the features of a head can be shared out in pairs among the axes."""
    if head_width % (2 * len(grid)):
        raise Unsupported(
            f"paradigm.positions=rotary needs paradigm.width / paradigm.heads ({head_width}) divisible by "
            f"{2 * len(grid)}, two features for each of {len(grid)} axes; change them or use positions=learned"
        )


def rotation(grid: tuple[int, ...], head_width: int, base: float | None = None) -> RotaryAngles:
    """The rotation of each token of a row-major grid.

    Each of A axes owns ``head_width / (2A)`` pairs of features; pair i of them turns by position × base^(-2iA /
    head_width) radians (Su et al. 2021, Eq. 15, for A = 1).

    Args:
        grid: Tokens along each axis.
        head_width: Features of a head.
        base: The longest wavelength over 2π; ``None`` for the default of sequences, or of images.
    """
    pairs_an_axis = head_width // (2 * len(grid))
    if base is None:
        base = _BASE_SEQUENCE if len(grid) == 1 else _BASE_IMAGE
    frequencies = base ** (-np.arange(pairs_an_axis) / pairs_an_axis)
    coordinates = np.stack([axis.ravel() for axis in np.indices(grid)], axis=-1)
    angles = (coordinates[:, :, None] * frequencies).reshape(len(coordinates), -1)
    return RotaryAngles(np.cos(angles), np.sin(angles))


def rotate(
    features: Float[Array, "batch tokens heads head_width"], by: RotaryAngles
) -> Float[Array, "batch tokens heads head_width"]:
    """Turn feature pairs (i, i + head_width / 2), so that query · key depends on the difference of positions only."""
    exact = jnp.promote_types(features.dtype, jnp.float32)
    cos, sin = (jnp.asarray(table, exact)[..., None, :] for table in by)
    first, second = jnp.split(features.astype(exact), 2, axis=-1)
    turned = jnp.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)
    return turned.astype(features.dtype)
