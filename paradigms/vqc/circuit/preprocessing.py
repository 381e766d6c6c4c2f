"""What is done to an example before it is embedded: luminance and pooling to as many features as a circuit can hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from paradigms.interface import Spec, Unsupported
from paradigms.vqc.circuit.products import product

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (ITU-R BT.601)."""


@dataclass(frozen=True)
class Preprocessing:
    """A fixed map from an example to features: luminance, average pooling to a grid, then rows in order.

    A plain vector passes as it is.

    Attributes:
        shape: The shape of one example: ``(height, width, channels)`` or ``(features,)``.
        grid: Rows and columns after pooling; ``None`` for a vector.
        notes: What is done to an example, in one sentence each.
    """

    shape: tuple[int, ...]
    grid: tuple[int, int] | None
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """The number of features."""
        return math.prod(self.grid) if self.grid else self.shape[0]

    def __call__(self, example: Float[Array, "*shape"]) -> Float[Array, " features"]:
        """Return the features of one example, in the range of its values."""
        if self.grid is None:
            return example
        height, width, channels = self.shape
        weights = jnp.asarray(LUMINANCE if channels == 3 else [1 / channels] * channels, example.dtype)
        rows = jnp.asarray(pooling_matrix(height, self.grid[0]), example.dtype)
        columns = jnp.asarray(pooling_matrix(width, self.grid[1]), example.dtype)
        return product(product(rows, product(example, weights)), columns.T).reshape(-1)


def pooling_matrix(size: int, cells: int) -> Float[np.ndarray, "cells size"]:
    """Make the matrix that averages ``size`` pixels over ``cells`` equal intervals.

    A pixel that is cut by a border counts by its share.
    """
    edges = np.linspace(0, size, cells + 1)
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None) * (cells / size)


def preprocessing_for(spec: Spec, capacity: int, place: str) -> Preprocessing:
    """Choose the preprocessing for a task.

    Args:
        spec: The task; one example is an image ``[height, width, channels]`` or a vector ``[features]`` of floats.
        capacity: The largest number of features that the circuit holds.
        place: What holds one feature in this circuit, for the notes (``gate angles``, ``amplitudes``).

    Raises:
        Unsupported: If the inputs are of another kind.
    """
    inputs = spec.inputs
    if spec.kind == "language" or not isinstance(inputs, jax.ShapeDtypeStruct):
        raise Unsupported(
            "the quantum circuit takes one image or vector an example, not sequences of tokens or several arrays; "
            "use paradigm=transformer for text"
        )
    if inputs.dtype == np.bool_:
        raise Unsupported(
            f"the quantum circuit takes images or vectors of floats, not spike recordings of shape {inputs.shape}; "
            "use paradigm=snn or paradigm=transformer, or count the spikes into a vector of floats"
        )
    if not np.issubdtype(inputs.dtype, np.floating) or len(inputs.shape) not in (1, 3):
        raise Unsupported(
            f"the quantum circuit takes float images [height, width, channels] or vectors, not {inputs.dtype} arrays "
            f"of shape {inputs.shape}; give it float images or vectors"
        )
    if len(inputs.shape) == 1:
        if inputs.shape[0] > capacity:
            raise Unsupported(
                f"an input of {inputs.shape[0]} features exceeds the {capacity} {place} of this circuit; "
                "raise paradigm.qubits or paradigm.layers, or reduce the features"
            )
        return Preprocessing(inputs.shape, None, ())
    return _image_map(inputs.shape, capacity, place)


def _image_map(shape: tuple[int, ...], capacity: int, place: str) -> Preprocessing:
    height, width, channels = shape
    notes = []
    if channels == 3:
        red, green, blue = LUMINANCE
        notes.append(f"Colour is reduced to luminance, {red} R + {green} G + {blue} B.")
    elif channels > 1:
        notes.append(f"The {channels} channels are averaged.")
    grid = (height, width)
    if height * width > capacity:
        side = min(math.isqrt(capacity), height, width)
        grid = (side, side)
        notes.append(
            f"The {height}×{width} pixels are averaged over a grid of {side}×{side} equal cells, the largest square "
            f"grid that fits the circuit's {capacity} {place}."
        )
    return Preprocessing(shape, grid, tuple(notes))
