"""What was read, before it is known what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data.arrays import is_masked
from training.errors import BadInput


@dataclass(frozen=True)
class Examples:
    """Inputs and targets as they were found.

    Attributes:
        source: Where they were found, as messages name it.
        inputs: ``[examples, ...]``.
        targets: ``[examples]`` or ``[examples, values]``.
        split: ``[examples]`` names of the part that each belongs to; ``None`` where none are given.
        notes: What was done while reading, one sentence each.

    Raises:
        BadInput: The arrays are of different lengths, or hold no examples; ``split`` is none for each.
    """

    source: str
    inputs: np.ndarray
    targets: np.ndarray
    split: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("inputs", "targets") if self.split is None else ("inputs", "targets", "split"):
            array = getattr(self, name)
            if array.ndim == 0:
                raise BadInput(f"{self.source}: {name} is one value, {array}: give one for each example")
            if len(array) != len(self.inputs):
                raise BadInput(
                    f"{self.source}: {name} holds {len(array)} examples and inputs holds {len(self.inputs)}: give one "
                    "for each example"
                )
        if self.split is not None and self.split.shape not in ((len(self.split),), (len(self.split), 1)):
            raise BadInput(
                f"{self.source}: split has the shape {list(self.split.shape)}: give the name of one part for each "
                "example"
            )
        if len(self.inputs) == 0:
            raise BadInput(f"{self.source} holds no examples")


def as_array(source: str, name: str, data: Any) -> np.ndarray:
    """Return data as an array of any type.

    Args:
        source: Where it was found.
        name: What it is called there.
        data: Arrays, lists, or what NumPy makes arrays of.

    Raises:
        BadInput: It is a masked array, a list of unequal lengths, or refuses to be an array.
    """
    if is_masked(data):
        raise BadInput(f"{source}: {name} is a masked array, whose mask would be lost: drop what is masked, or fill it")
    try:
        return np.asarray(data)
    # Tensors of other libraries raise what they like, as where they need a gradient or lie on a device.
    except Exception as error:
        if isinstance(error, ValueError) and "inhomogeneous" in str(error):
            raise BadInput(
                f"{source}: {name} is a list of unequal lengths, which makes no array: give every example the same "
                "shape"
            ) from error
        raise BadInput(f"{source}: {name} makes no array ({error}): give arrays of NumPy") from error


def plain_array(source: str, name: str, data: Any) -> np.ndarray:
    """Return data as an array of numbers, booleans or texts.

    Args:
        source: Where it was found.
        name: What it is called there.
        data: Arrays, lists, or what NumPy makes arrays of.

    Raises:
        BadInput: It is of another type, or :func:`as_array` refuses it.
    """
    array = as_array(source, name, data)
    if array.dtype.kind not in "biufUS":
        kind = "Python objects" if array.dtype.kind == "O" else str(array.dtype)
        raise BadInput(
            f"{source}: {name} holds {kind}: give an array of numbers, booleans or (for targets) texts, every example "
            "of the same shape"
        )
    return _decoded(source, name, array) if array.dtype.kind == "S" else array


def _decoded(source: str, name: str, array: np.ndarray) -> np.ndarray:
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{source}: {name} holds {error.object!r}, which is no UTF-8: give texts") from error


def examples_of(source: str, arrays: Mapping[str, Any], notes: tuple[str, ...] = ()) -> Examples:
    """Take what was read apart by its names.

    Args:
        source: Where it was found.
        arrays: ``inputs`` and ``targets``, and ``split`` where the parts are given.
        notes: What was done while reading.

    Raises:
        BadInput: One of the names is missing, another is there, or an array is no array of examples.
    """
    names = ("inputs", "targets", "split")
    missing = [name for name in names[:2] if name not in arrays]
    unknown = sorted(set(arrays) - set(names))
    if missing or unknown:
        found = ", ".join(sorted(arrays)) or "nothing"
        raise BadInput(
            f"{source} holds {found}, and must hold inputs and targets (and split, if the parts are given): "
            f"{'there is no ' + missing[0] if missing else unknown[0] + ' has no meaning here'}"
        )
    found = {name: plain_array(source, name, arrays[name]) for name in arrays}
    return Examples(source, found["inputs"], found["targets"], found.get("split"), notes)
