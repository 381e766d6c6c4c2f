"""Inputs that are understood: images, recordings of spikes or of numbers, or features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import jax
import numpy as np
from jaxtyping import Int, Shaped

from training.data.arrays import as_stored, unit_interval
from training.data.generated import unit_range
from training.errors import BadInput

Form: TypeAlias = Literal["features", "image", "recording"]
Scaling: TypeAlias = Literal["none", "unit", "standard"]
EXACT = 2**24
"""The largest whole number up to which single precision holds all."""
CHANNELS = (1, 2, 3, 4)
"""Channels of images."""


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
        note = f"{described}, bytes from {inputs.min()} to {inputs.max()}, divided by 255"
        return Inputs(inputs, unit_interval, jax.ShapeDtypeStruct(inputs.shape[1:], np.float32), (note,))
    values = _single(source, inputs)
    found = f"{described}, {inputs.dtype} from {values.min():.4g} to {values.max():.4g}"
    if (values[train] == values[train][0]).all():
        raise BadInput(f"{source}: inputs is the same in every training example: there is nothing to learn from")
    scaled, how = _scaled(values, values[train], form, scaling)
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


def _single(source: str, inputs: np.ndarray) -> np.ndarray:
    """Return inputs as float32, once it is seen that it holds them."""
    if inputs.dtype.kind in "iu" and max(abs(int(inputs.min())), abs(int(inputs.max()))) > EXACT:
        raise BadInput(
            f"{source}: inputs holds whole numbers beyond {EXACT}, which single precision rounds: scale them"
        )
    with np.errstate(over="ignore"):
        values = inputs.astype(np.float32)
    if not np.isfinite(values).all():
        place = tuple(int(one) for one in np.argwhere(~np.isfinite(values))[0])
        raise BadInput(
            f"{source}: inputs holds {inputs[place]} in example {place[0]}: every number must be finite in single "
            "precision; drop or fill in what is missing, and scale what is too large"
        )
    return values


def _scaled(
    values: np.ndarray, train: np.ndarray, form: Form, scaling: Scaling | None
) -> tuple[np.ndarray, tuple[str, ...]]:
    within = values.min() >= 0 and values.max() <= 1
    if scaling == "none" or (scaling is None and within):
        return values, ("the values are left as they are",)
    # Features are of different kinds, the pixels of an image or the channels of a recording of one.
    each = "each feature" if form == "features" else "all values"
    axes = (0,) if form == "features" else tuple(range(values.ndim))
    rows = train.reshape(len(train), -1) if form == "features" else train.reshape(-1, 1)
    shown = values.reshape(len(values), -1) if form == "features" else values.reshape(-1, 1)
    constant = rows.min(axis=0) == rows.max(axis=0)
    notes = []
    if constant.any():
        notes.append(f"{int(constant.sum())} of {constant.size} features, the same in all of training, become 0")
    if scaling == "standard":
        wide = train.astype(np.float64)
        mean, deviation = wide.mean(axis=axes, keepdims=True), wide.std(axis=axes, keepdims=True)
        scaled = np.where(deviation > 0, (values - mean) / np.where(deviation > 0, deviation, 1), 0)
        notes.insert(0, f"{each} shifted and scaled to mean 0 and deviation 1 in the training split")
        return scaled.astype(np.float32), tuple(notes)
    scaled = np.zeros_like(shown)
    scaled[:, ~constant] = unit_range(shown[:, ~constant], reference=rows[:, ~constant])
    notes.insert(0, f"{each} scaled to [0, 1] by the range in the training split, and clipped to it elsewhere")
    return scaled.reshape(values.shape), tuple(notes)
