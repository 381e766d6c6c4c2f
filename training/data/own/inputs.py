"""Inputs that are understood: images, recordings of spikes or of numbers, or features."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import jax
import numpy as np
from jaxtyping import Int, Shaped

from training.data.arrays import as_stored, unit_interval
from training.data.own.room import require_room
from training.errors import BadInput

Form: TypeAlias = Literal["features", "image", "recording"]
Scaling: TypeAlias = Literal["none", "unit", "standard"]
EXACT = 2**24
"""The largest whole number up to which single precision holds all."""
CHANNELS = (1, 2, 3, 4)
"""Channels of images."""
LOST = 1e-3
"""Of the range of a number, what single precision may round away."""
PIECE = 2**22
"""Numbers that are copied at once."""


@dataclass(frozen=True)
class Inputs:
    """Inputs as a split stores them.

    Attributes:
        stored: ``[examples, ...]``, in as small a type as holds them.
        decode: What turns a batch of them into what the model reads.
        example: Shape and dtype of one example as the model reads it.
        notes: What was understood and done, one sentence each.
    """

    stored: Shaped[np.ndarray, "examples ..."]
    decode: Callable[[Any], Any]
    example: jax.ShapeDtypeStruct
    notes: tuple[str, ...]


def understood(
    source: str, inputs: np.ndarray, train: Int[np.ndarray, " train"], form: Form | None, scaling: Scaling | None
) -> Inputs:
    """Say what inputs are, and scale them, or refuse them.

    Booleans ``[examples, time, channels]`` are recordings of spikes; bytes of two or three axes are images, and become
    numbers from 0 to 1; one axis of numbers are features. Real numbers outside of [0, 1] are scaled to it, features one
    by one, by their range in the training split, unless ``scaling`` says otherwise.

    Args:
        source: Where they were found.
        inputs: ``[examples, ...]``.
        train: The examples whose range or moments scale all others.
        form: What they are; ``None`` to read it off their shape and type.
        scaling: What is done to their values.

    Raises:
        BadInput: They are not finite, have channels before rows, cannot be scaled so, or may be read in two ways.
    """
    if inputs.dtype.kind == "U":
        raise BadInput(f"{source}: inputs holds texts, and the models here read numbers: encode them first")
    if inputs.size == 0:
        raise BadInput(f"{source}: inputs has the shape {list(inputs.shape)}: an axis is empty")
    form = _form(source, inputs, form)
    if form == "image":
        inputs = _with_channels(source, inputs)
    if inputs.dtype.kind == "b" and form == "recording":
        if scaling not in (None, "none"):
            raise BadInput(f"{source}: inputs are spikes, true or false, and task.scaling={scaling} is for numbers")
        _extents(source, inputs, train)
        steps, channels = inputs.shape[1:]
        share = float(inputs.mean())
        note = f"recordings of spikes, {steps} time steps × {channels} channels, {share:.2%} of them spikes"
        return _kept(inputs, note)
    described = {
        "features": f"{inputs.shape[1]} features",
        "image": f"images of {' × '.join(map(str, inputs.shape[1:]))} (height, width, channels)",
        "recording": f"recordings of numbers, {' × '.join(map(str, inputs.shape[1:]))} (time steps, channels)",
    }[form]
    if inputs.dtype == np.uint8 and form == "image" and scaling in (None, "unit"):
        if inputs.max() <= 1:
            raise BadInput(
                f"{source}: inputs are bytes of 0 and 1 only: give images from 0 to 255, or booleans for images and "
                "spikes that are on or off"
            )
        _extents(source, inputs, train)
        note = f"{described}, bytes from {inputs.min()} to {inputs.max()}, divided by 255"
        return Inputs(inputs, unit_interval, jax.ShapeDtypeStruct(inputs.shape[1:], np.float32), (note,))
    require_room(
        f"{source}: inputs, as single precision,",
        4 * inputs.size,
        "give fewer examples, or bytes for images and booleans for spikes",
    )
    lowest, highest = _range(source, inputs)
    found = f"{described}, {inputs.dtype.name} from {lowest:.4g} to {highest:.4g}"
    # Wide, so that no difference overflows.
    low, high = (one.astype(np.float64) for one in _extents(source, inputs, train))
    # Features are of different kinds, the pixels of an image or the channels of a recording of one.
    if form != "features":
        low, high = np.asarray(low.min()), np.asarray(high.max())
    if scaling == "none" or (scaling is None and lowest >= 0 and highest <= 1):
        _require_resolved(source, inputs, low, high)
        return _kept(inputs.astype(np.float32), found, "the values are left as they are")
    scaled, how = _scaled(inputs, train, low, high, form, scaling)
    return _kept(scaled, found, *how)


def _kept(values: np.ndarray, *notes: str) -> Inputs:
    return Inputs(values, as_stored, jax.ShapeDtypeStruct(values.shape[1:], values.dtype), notes)


def _form(source: str, inputs: np.ndarray, form: Form | None) -> Form:
    axes, shape = inputs.ndim - 1, f"[{', '.join(map(str, inputs.shape))}]"
    fitting: dict[int, tuple[Form, ...]] = {1: ("features",), 2: ("recording", "image"), 3: ("image",)}
    if axes not in fitting:
        rule = "give each example at least one number, inputs[:, None]" if axes == 0 else "at most three axes are read"
        raise BadInput(f"{source}: inputs has the shape {shape}: {rule}")
    if form is not None:
        if form == "features" and axes > 1:
            raise BadInput(f"{source}: inputs has the shape {shape}: features are inputs.reshape(len(inputs), -1)")
        if form not in fitting[axes]:
            raise BadInput(f"{source}: inputs has the shape {shape}, which task.form={form} does not fit")
        return form
    if axes == 3 and not {inputs.shape[1], inputs.shape[3]} & set(CHANNELS):
        raise BadInput(
            f"{source}: inputs has the shape {shape}, and an image [height, width, channels] of {inputs.shape[3]} "
            "channels is rare: say that it is one, task.form=image, or move the axis of the channels to the end"
        )
    if axes != 2:
        return fitting[axes][0]
    if inputs.dtype.kind == "b":
        return "recording"
    if inputs.dtype == np.uint8:
        return "image"
    raise BadInput(
        f"{source}: inputs is {inputs.dtype} of the shape {shape}: say whether an example is an image [height, width] "
        "or a recording [time, channels], task.form=image or task.form=recording"
    )


def _with_channels(source: str, inputs: np.ndarray) -> np.ndarray:
    if inputs.ndim == 3:
        return inputs[..., None]
    _, first, _, last = inputs.shape
    if first in CHANNELS and last not in CHANNELS:
        raise BadInput(
            f"{source}: inputs has the shape {list(inputs.shape)}, channels before rows: they come last here, as in "
            "inputs.transpose(0, 2, 3, 1)"
        )
    return inputs


def _range(source: str, inputs: np.ndarray) -> tuple[float, float]:
    """Return the lowest and the highest of all values, once it is seen that single precision holds each."""
    if inputs.dtype.kind in "iu" and max(abs(int(inputs.min())), abs(int(inputs.max()))) > EXACT:
        raise BadInput(
            f"{source}: inputs holds whole numbers beyond {EXACT}, which single precision rounds: scale them"
        )
    for rows in _pieces(np.arange(len(inputs)), inputs):
        with np.errstate(over="ignore"):
            lost = ~np.isfinite(inputs[rows].astype(np.float32))
        if lost.any():
            row, *place = np.argwhere(lost)[0]
            value = inputs[(rows[row], *place)]
            raise BadInput(
                f"{source}: inputs holds {value} in example {rows[row]}: every number must be finite in single "
                "precision; drop or fill in what is missing, and scale what is too large"
            )
    return float(inputs.min()), float(inputs.max())


def _pieces(rows: np.ndarray, inputs: np.ndarray) -> Iterator[np.ndarray]:
    """Return the rows in pieces, of which copies take little memory."""
    size = max(1, PIECE // inputs[0].size)
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _extents(source: str, inputs: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest training value of each number of an example.

    Raises:
        BadInput: Every training example is the same.
    """
    low = high = inputs[train[0]]
    for rows in _pieces(train, inputs):
        low, high = np.minimum(low, inputs[rows].min(axis=0)), np.maximum(high, inputs[rows].max(axis=0))
    if (low == high).all():
        raise BadInput(f"{source}: inputs is the same in every training example: there is nothing to learn from")
    return low, high


def _require_resolved(source: str, inputs: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Refuse values that are left as they are, if single precision hardly tells them apart.

    Args:
        source: Where they were found.
        inputs: ``[examples, ...]``.
        low: The lowest of each number of an example in training, or of all together.
        high: The highest.

    Raises:
        BadInput: Rounding moves one by more than :data:`LOST` of its range.
    """
    for rows in _pieces(np.arange(len(inputs)), inputs):
        wide = inputs[rows].astype(np.float64)
        moved = np.abs(wide.astype(np.float32) - wide) > LOST * (high - low)
        if (moved & (low < high)).any():
            row, *place = np.argwhere(moved & (low < high))[0]
            raise BadInput(
                f"{source}: inputs holds {wide[(row, *place)]} in example {rows[row]}, and others are so near to it "
                "that single precision does not tell them apart: choose task.scaling=unit or task.scaling=standard"
            )


def _scaled(
    inputs: np.ndarray, train: np.ndarray, low: np.ndarray, high: np.ndarray, form: Form, scaling: Scaling | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Scale in double precision, since single may not tell apart numbers that lie far from 0."""
    each = "each feature" if form == "features" else "all values"
    constant = low == high
    shift, width = low, high - low
    if scaling == "standard":
        shift, width = _moments(inputs, train, form)
    scaled = np.empty(inputs.shape, np.float32)
    for rows in _pieces(np.arange(len(inputs)), inputs):
        values = np.where(constant, 0, (inputs[rows] - shift) / np.where(constant, 1, width))
        scaled[rows] = values if scaling == "standard" else np.clip(values, 0, 1)
    how = (
        f"{each} shifted and scaled to mean 0 and deviation 1 in the training split"
        if scaling == "standard"
        else f"{each} scaled to [0, 1] by the range in the training split, and clipped to it elsewhere"
    )
    count = int(constant.sum())
    told = f"{count} of {constant.size} features, the same in all of training, become 0"
    return scaled, (how, told) if count else (how,)


def _moments(inputs: np.ndarray, train: np.ndarray, form: Form) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the deviation of each feature in training, or of all values of images and recordings."""
    axes = 0 if form == "features" else None
    pieces = list(_pieces(train, inputs))
    count = len(train) * (1 if form == "features" else inputs[0].size)
    mean = sum(inputs[rows].sum(axis=axes, dtype=np.float64) for rows in pieces) / count
    squares = sum(np.square(inputs[rows] - mean).sum(axis=axes, dtype=np.float64) for rows in pieces)
    return np.asarray(mean), np.asarray(np.sqrt(squares / count))
